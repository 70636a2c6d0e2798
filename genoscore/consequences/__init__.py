"""From a predictor's outputs along REF and ALT to what happens to the transcript."""
