"""The verbs of polls. Each takes a row or its id, holds the transaction, and returns the jobs it opened."""
