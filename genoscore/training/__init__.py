"""`genoscore train`: fits networks of the embedded predictor to a table of sequences and measured values."""
