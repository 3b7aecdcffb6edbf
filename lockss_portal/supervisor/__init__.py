"""``manage.py up``: every process of one node in one terminal, and nothing left when it ends."""
