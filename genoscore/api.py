"""The public functions under one name; `from genoscore import score_vcf` gives the same."""

from __future__ import annotations

from genoscore.scoring.observers import Observer
from genoscore.scoring.run import input_files, journal_path, load_predictor, make_background, score_into, score_vcf

__all__ = ["Observer", "input_files", "journal_path", "load_predictor", "make_background", "score_into", "score_vcf"]
