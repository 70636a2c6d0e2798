"""The public functions under one name; `from genoscore import score_vcf` gives the same."""

from __future__ import annotations

from genoscore.scoring.backgrounds import make_background
from genoscore.scoring.loading import load_predictor
from genoscore.scoring.observers import Observer
from genoscore.scoring.run import score_into, score_vcf

__all__ = ["Observer", "load_predictor", "make_background", "score_into", "score_vcf"]
