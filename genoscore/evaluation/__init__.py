"""`genoscore evaluate`: scores against labels or measured effects."""
