"""Annotated VCF and BCF, TSV, Parquet, and the JSON summary. Add a format here: one Writer, one suffix row."""
