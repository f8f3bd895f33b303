"""The terminal console. The only part that knows Textual."""
