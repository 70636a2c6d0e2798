"""From chunks of records to results in input order. Opens no files and knows no model by name."""
