"""The predictors from Python, loaded once: variants of a frame to scores, a variant to its profiles."""
