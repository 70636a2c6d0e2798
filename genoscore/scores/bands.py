"""Bands of a splicing delta score, after the cut-offs that SpliceAI's authors recommend (Jaganathan et al. 2019)."""

from __future__ import annotations

from genoscore.config import BANDS

_FROM = (0.0, 0.2, 0.5, 0.8)


def band(printed: str) -> str:
    """The band of a score as printed, so that filters on the number and on the band agree.

    >>> [band(text) for text in ("0.19", "0.20", "0.50", "0.80", "-0.91")]
    ['low', 'moderate', 'high', 'very_high', 'very_high']
    """
    magnitude = abs(float(printed))
    return BANDS[sum(magnitude >= least for least in _FROM[1:])]


def least_score(name: str) -> float:
    """The smallest score of a band.

    >>> least_score("high")
    0.5
    """
    return _FROM[BANDS.index(name)]
