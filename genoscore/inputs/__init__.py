"""Reads the users' files: VCF/BCF, FASTA, gene tables, regions. Nothing else opens them."""
