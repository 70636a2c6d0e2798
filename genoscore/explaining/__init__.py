"""What moves a score: mutagenesis, profiles, contributions and attention for single variants, as figures and pages."""
