"""Writing repairs."""
