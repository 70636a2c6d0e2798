"""Models and how they are run: spec, weights, prediction. New predictors go here (docs/adding_a_predictor.md)."""
