"""Reading repairs."""
