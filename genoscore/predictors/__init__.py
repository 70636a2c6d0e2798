"""What a model is and how it is run: spec, weights, prediction. Add a predictor here (docs/adding_a_predictor.md)."""
