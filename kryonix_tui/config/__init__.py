"""Configuration: one strict, typed object, and how it comes together from file, environment and flags."""
