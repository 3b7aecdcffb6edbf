"""The verbs of the node's pages: acts of people, each audited, and the refreshing of summary rows."""
