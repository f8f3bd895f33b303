"""Adapters: each reads one kind of server and gives frozen values. They never import each other."""
