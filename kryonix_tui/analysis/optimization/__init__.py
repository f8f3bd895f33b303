"""What is known of a tenant, what is recommended for it, and whether that has helped. Pure: values in, values out."""
