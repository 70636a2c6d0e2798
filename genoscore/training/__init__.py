"""`genoscore train`: networks of the embedded predictor from a table of sequences and measured values."""
