"""The rules of repairs: RP-1 … RP-12, EN-11."""
