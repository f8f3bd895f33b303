"""Reading JSON from an HTTP server that may be slow, huge, broken or hostile: one deadline, one byte cap, our errors."""
