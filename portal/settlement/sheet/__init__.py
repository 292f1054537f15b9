"""What a statement prints: its view (`view`), what each base granted (`grants`), every line behind it (`sections`)."""

from portal.settlement.sheet.view import as_data, build, changes, from_data

__all__ = ["as_data", "build", "changes", "from_data"]
