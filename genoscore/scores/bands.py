"""Bands: of splicing delta scores, by the cut-offs that SpliceAI's authors recommend (Jaganathan et al. 2019); of
percentiles, for scores without a scale of their own."""

from __future__ import annotations

import math

from genoscore.core.choices import BANDS

SCORE_FROM = (0.0, 0.2, 0.5, 0.8)
PERCENT_FROM = (0.0, 90.0, 99.0, 99.9)  # of background variants that score less


def band(printed: str) -> str:
    """The band of a score as printed, so that filters on the number and on the band agree.

    >>> [band(text) for text in ("0.19", "0.20", "0.50", "0.80", "-0.91")]
    ['low', 'moderate', 'high', 'very_high', 'very_high']
    """
    magnitude = abs(float(printed))
    return BANDS[sum(magnitude >= least for least in SCORE_FROM[1:])]


def percentile_text(percent: float) -> str:
    """A percentile as printed, with two decimals, truncated and not rounded: 99.999 is not yet 100.

    >>> percentile_text(99.999), percentile_text(float("nan"))
    ('99.99', '.')
    """
    return "." if math.isnan(percent) else f"{math.floor(percent * 100 + 1e-6) / 100:.2f}"


def percentile_band(percent: float) -> str:
    """The band of a percentile as printed; '' for NaN.

    >>> [percentile_band(percent) for percent in (89.99, 90.0, 99.0, 99.9, float("nan"))]
    ['low', 'moderate', 'high', 'very_high', '']
    """
    text = percentile_text(percent)
    return "" if text == "." else BANDS[sum(float(text) >= least for least in PERCENT_FROM[1:])]
