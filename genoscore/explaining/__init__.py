"""What moves a score: mutagenesis, profiles, contributions and attention of single variants, as figures and a page."""
