"""Optimisation: what tenants' keys look like, another expiry for some of them, and the way back."""
