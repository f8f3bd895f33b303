"""Recording and alert rules: one rule each for all tenants, judged by limits that are series as well."""
