"""Reads what users bring: VCF/BCF, FASTA, gene tables, regions. Nothing else opens these files."""
