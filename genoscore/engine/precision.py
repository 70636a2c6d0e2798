"""Which precision a run computes in."""

from __future__ import annotations


def resolve_precision(asked: str) -> str:
    """`auto` is fp32: no predictor has a measured bf16 error to screen with yet.

    >>> resolve_precision("auto"), resolve_precision("bf16")
    ('fp32', 'bf16')
    """
    return "fp32" if asked == "auto" else asked
