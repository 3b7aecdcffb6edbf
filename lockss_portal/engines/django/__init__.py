"""Django's PostgreSQL backend that starts the embedded server when the first connection is made."""
