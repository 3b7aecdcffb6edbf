"""Shared by all tests. The database server starts with the first test that asks for it (lockss_portal/testing.py)."""
