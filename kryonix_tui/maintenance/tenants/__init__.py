"""The life of a tenant on Redis: its end (`purge`), and the end of its sessions (`suspend`).

Both save what they remove before they remove it, and remove by name only: names that the keyspace map, asked once more
right before, gives to this very tenant.
"""
