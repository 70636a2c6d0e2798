"""From outputs to probabilities of splice sites: which tracks say what, and whether an edit changes any site."""

from __future__ import annotations

import torch

from genoscore.predictors.base import PredictorSpec
from genoscore.scores.realign import realign

CHANGED = 0.1  # of a probability: less than this near a variant, and its sites are not looked for any further


def site_tracks(spec: PredictorSpec) -> list[list[int]]:
    """Indices of the tracks of acceptors and of donors; a single list if the predictor does not tell them apart."""
    if spec.family == "splicing":
        return [[spec.tracks.index("acceptor")], [spec.tracks.index("donor")]]
    return [list(range(len(spec.tracks)))]


def site_probabilities(outputs: torch.Tensor, tracks: list[list[int]]) -> torch.Tensor:
    """(E, T, N) to (E, K, N): the largest over the tracks of each of K kinds of site."""
    return torch.stack([outputs[:, of_kind].amax(dim=1) for of_kind in tracks], dim=1)


def changes_sites(ref: torch.Tensor, alt: torch.Tensor, reach: int, shape: tuple[int, int]) -> torch.Tensor:
    """(E,) bool: whether a probability changes by CHANGED or more, at any base that was computed.

    A site within an insertion is a change of its own, also beside one that REF has: unlike scores, which take the
    largest of them all.

    Args:
        ref, alt: (E, K, N) and (E, K, N'), around edits of one shape.
    """
    ref_length, alt_length = shape
    first, last = reach + min(shape), reach + alt_length  # of what ALT inserts, if it inserts anything
    others = torch.cat([alt[..., :first], alt[..., last:]], dim=-1)
    aligned = realign(others, reach, ref_length, min(shape), ref.shape[-1])
    inserted = alt[..., first:last]
    changed = torch.cat([aligned - ref, inserted], dim=-1)
    return changed.abs().flatten(1).amax(dim=1) >= CHANGED
