"""Chunks of records in, results in input order out. Opens no file and knows no model by name."""
