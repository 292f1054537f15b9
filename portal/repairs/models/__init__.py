"""The rows of repairs: records, claims, service requests."""
