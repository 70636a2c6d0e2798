"""CpG sites that variants make or break: a predictor, its scorer, and an output format for genoscore."""
