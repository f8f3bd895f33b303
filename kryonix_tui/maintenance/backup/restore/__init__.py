"""Write a backup back: look what would happen, make sure it can, write in batches, prove it key by key."""
