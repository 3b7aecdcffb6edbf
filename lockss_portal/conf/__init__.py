"""Settings of one node: a typed schema, its values from the environment and one file, and their table."""
