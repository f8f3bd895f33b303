"""What an administrator runs or installs on the servers, generated from this configuration."""
