"""A variant's effect on binned tracks: at the variant, over the window, and at transcription starts.

The alternate window's bins are compared with the reference's one by one. After an insertion or deletion, the bins right
of the variant are moved by whole bins, by the number nearest to the change in length; bins without a counterpart are
not compared. At a transcription start that a deletion removes, or moves to the variant, the bins where it was are
compared with those at the deletion. Replicates are averaged first.

SAD, the sum of alt - ref over all bins, is from Kelley et al. (Genome Research 2018) and used by Avsec et al. (Nature
Methods 2021) for Enformer. LOG2FC = log2((alt + 1) / (ref + 1)) of the signal summed over three bins; the pseudocount
is 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from genoscore.core.edits import Edit
from genoscore.core.windows import output_span
from genoscore.planning.jobs import Job
from genoscore.predictors.base import PredictorSpec
from genoscore.scores.base import Percentiles, ScoreField
from genoscore.scores.track_scorer import TrackScorer

PSEUDOCOUNT = 1.0
AROUND = 1  # bins on either side of the variant's bin, or of a transcription start's

_SAD = ScoreField("SAD", "A", "Float", "Sum over all bins of alt - ref", "signal", 5, False, "variant")
_MAX_ABS = ScoreField("MAX_ABS", "A", "Float", "Largest magnitude of alt - ref of a bin", "signal", 5, False, "variant")
_DISTANCE = ScoreField(
    "TSS_DISTANCE",
    "A",
    "Integer",
    "Where the gene's transcription starts: bases from POS, positive to the right on the forward strand",
    "bases",
    0,
    False,
    "gene",
)
_FOLD = "log2((alt + 1) / (ref + 1)) of the signal summed over"
_LOG2FC = ScoreField(
    "LOG2FC", "A", "Float", f"{_FOLD} the variant's bin and its two neighbours", "log2 fold change", 5, True, "variant"
)
_TSS_LOG2FC = ScoreField(
    "TSS_LOG2FC",
    "A",
    "Float",
    f"{_FOLD} the bin of the gene's transcription start and its two neighbours",
    "log2 fold change",
    5,
    True,
    "gene",
)
_CHANGE = "alt - ref of the signal averaged over"
_DELTA = ScoreField(
    "DELTA", "A", "Float", f"{_CHANGE} the variant's bin and its two neighbours", "signal", 5, True, "variant"
)
_TSS_DELTA = ScoreField(
    "TSS_DELTA",
    "A",
    "Float",
    f"{_CHANGE} the bin of the gene's transcription start and its two neighbours",
    "signal",
    5,
    True,
    "gene",
)


class ExpressionScorer(TrackScorer):
    """Log2 fold changes of tracks without negative values."""

    local, at_start = _LOG2FC, _TSS_LOG2FC

    def __init__(self, spec: PredictorSpec, percentiles: Percentiles | None = None) -> None:
        super().__init__(spec, percentiles)
        self._spec = spec
        self.fields = (_SAD, self.local, _MAX_ABS, *((self.at_start, _DISTANCE) if spec.genes.starts else ()))

    def score(self, ref: torch.Tensor, alt: torch.Tensor, jobs: Sequence[Job]) -> torch.Tensor:
        """(E, R, T, N) twice to (E, T, F): SAD, LOG2FC, MAX_ABS; TSS_LOG2FC, TSS_DISTANCE. All jobs are of one edit."""
        edit = jobs[0].edit
        before, moved = (outputs[0].mean(dim=0) for outputs in (ref, alt))  # (T, N)
        after = realigned(before, moved, edit, self._spec)
        delta = after - before
        here = self._variant_bin(edit)
        local = [delta.sum(dim=1), self._change(before, after, here), delta.abs().amax(dim=1)]
        rows = []
        for job in jobs:
            columns = list(local)
            if self._spec.genes.starts:
                missing = torch.full_like(local[0], torch.nan)
                columns += [missing, missing] if job.gene is None else self._at_start(before, after, moved, job)
            rows.append(torch.stack(columns, dim=1))
        return torch.stack(rows)

    def _variant_bin(self, edit: Edit) -> int:
        """Index of the bin with REF's first base."""
        return (edit.start - output_span(edit, self._spec)[0]) // self._spec.bin_size

    def _at_start(self, before: torch.Tensor, after: torch.Tensor, moved: torch.Tensor, job: Job) -> list[torch.Tensor]:
        """The change and the distance, (T,) each.

        Args:
            after: realigned. moved: as the network returns it.
        """
        assert job.gene is not None
        edit = job.edit
        bin_ = (job.gene.tss - output_span(edit, self._spec)[0]) // self._spec.bin_size
        distance = torch.full_like(before[:, 0], job.gene.tss - (job.pos - 1))
        here, deleted = self._variant_bin(edit), whole_bins(edit.ref_length - len(edit.alt), self._spec)
        if deleted <= 0 or bin_ <= here:
            return [self._change(before, after, bin_), distance]
        there = max(bin_ - deleted, here)  # a deleted start is compared at the deletion
        left = min(AROUND, there)
        right = min(AROUND, before.shape[1] - 1 - bin_)
        bins, others = (slice(at - left, at + right + 1) for at in (bin_, there))
        return [self._compare(before[:, bins], moved[:, others]), distance]

    def _change(self, before: torch.Tensor, after: torch.Tensor, bin_: int) -> torch.Tensor:
        """(T,), over the bin and its neighbours, as far as they are in the window."""
        bins = slice(max(bin_ - AROUND, 0), bin_ + AROUND + 1)
        return self._compare(before[:, bins], after[:, bins])

    def _compare(self, before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
        sums = ((bins.sum(dim=1, dtype=torch.float64) + PSEUDOCOUNT).log2() for bins in (after, before))
        return torch.sub(*sums).float()  # differences of close logarithms, hence float64


class SignalScorer(ExpressionScorer):
    """Differences of tracks that may have negative values, such as logarithms."""

    local, at_start = _DELTA, _TSS_DELTA

    def _compare(self, before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
        return after.mean(dim=1) - before.mean(dim=1)


def whole_bins(change: int, spec: PredictorSpec) -> int:
    """The nearest whole number of bins; halves are rounded away from zero."""
    bins = (abs(change) + spec.bin_size // 2) // spec.bin_size
    return bins if change > 0 else -bins


def realigned(before: torch.Tensor, after: torch.Tensor, edit: Edit, spec: PredictorSpec) -> torch.Tensor:
    """The alternate window's (T, N) bins, each at the position of its counterpart in the reference.

    Bins up to the variant's stay in place. Those right of it are shifted by the difference in length of ALT and REF, in
    whole bins. A bin without a counterpart (inserted, deleted, or beyond the window) takes the reference's value: no
    change.
    """
    change = len(edit.alt) - edit.ref_length
    moved = abs(whole_bins(change, spec))
    if moved == 0:
        return after
    n_bins = before.shape[1]
    first = max((edit.start - output_span(edit, spec)[0]) // spec.bin_size + 1, 0)  # right of the variant
    aligned = before.clone()
    aligned[:, :first] = after[:, :first]
    width = max(n_bins - first - moved, 0)
    to, source = (first, first + moved) if change > 0 else (first + moved, first)
    aligned[:, to : to + width] = after[:, source : source + width]
    return aligned
