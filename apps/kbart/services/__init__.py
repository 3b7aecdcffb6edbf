"""The only writers of series, editions, keys and checks."""
