"""`genoscore evaluate`: compares scores with labels or measured effects."""
