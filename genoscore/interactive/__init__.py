"""The predictors from Python, loaded once: scores for the variants of a frame, profiles for a variant."""
