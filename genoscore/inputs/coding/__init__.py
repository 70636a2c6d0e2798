"""Coding sequences (CDS) of annotations: rows of GTF and GFF3 in, one `Coding` per transcript out."""
