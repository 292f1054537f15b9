"""Forms of repairs: records, claims, service requests."""
