"""The generic way to compute edits: cut the two windows of each, batch them, predict.

Windows that several edits share (all ALTs of a site have one reference window) are computed once. Outputs of
windows of fixed length are averaged over the spec's shifts.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from genoscore.core.encode import TABLES, one_hot, reverse_complement
from genoscore.core.windows import Stretch, placed_windows
from genoscore.planning.jobs import Job
from genoscore.predictors.base import Predictor, PredictorSpec
from genoscore.predictors.strands import predict_on

_BYTES_PER_BASE = 32 * 4 * 6  # channels, float32, tensors alive at once
_CPU_BYTES = 512 << 20


def fit_windows(spec: PredictorSpec, device: torch.device, length: int | None = None) -> int:
    """Number of windows per call that fit in the device's memory.

    Args:
        length: of a window, in bases; None: that of a variant's reference window.
    """
    window = (length or spec.context_length + spec.n_bins * spec.bin_size) * _BYTES_PER_BASE
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return max(1, min(512, free // 2 // window))
    return max(1, min(spec.limits.cpu_windows, _CPU_BYTES // window))


class FullWindows:
    """Outputs of whole reference and alternate windows, in genomic order.

    Args:
        batch_size: windows per call.
    """

    def __init__(self, predictor: Predictor, batch_size: int) -> None:
        self._predictor = predictor
        self._batch_size = batch_size
        self._table = TABLES[predictor.spec.iupac]

    def predict(self, stretches: Sequence[tuple[Stretch, Job]]) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """For each (stretch, job): ref (R, T, N) and alt (R, T, N'), not realigned."""
        spec = self._predictor.spec
        pairs = []
        for stretch, job in stretches:
            edit, strand = stretch.placed(job.edit), stretch.strand
            windows = placed_windows(stretch, edit, spec)
            pairs.append(([(ref, strand) for ref, _ in windows], [(alt, strand) for _, alt in windows]))
        outputs = self._predict_all({window for pair in pairs for windows in pair for window in windows})

        def averaged(windows: list[tuple[str, str]]) -> torch.Tensor:
            window_outputs = [outputs[window] for window in windows]
            return window_outputs[0] if len(window_outputs) == 1 else torch.stack(window_outputs).mean(dim=0)

        return [(averaged(refs), averaged(alts)) for refs, alts in pairs]

    def _predict_all(self, windows: set[tuple[str, str]]) -> dict[tuple[str, str], torch.Tensor]:
        outputs: dict[tuple[str, str], torch.Tensor] = {}
        by_length: dict[int, list[tuple[str, str]]] = {}
        for window in sorted(windows):
            by_length.setdefault(len(window[0]), []).append(window)
        for same_length in by_length.values():
            for first in range(0, len(same_length), self._batch_size):
                batch = same_length[first : first + self._batch_size]
                outputs.update(zip(batch, self._predict_batch(batch), strict=True))
        return outputs

    def _predict_batch(self, batch: list[tuple[str, str]]) -> list[torch.Tensor]:
        x = one_hot([sequence for sequence, _ in batch], self._predictor.spec.n_fill, self._table)  # (B, 4, L)
        if self._predictor.spec.strand == "both":
            return list(predict_on("both", self._predictor, x))
        backward = torch.tensor([strand == "-" for _, strand in batch])
        x = torch.where(backward[:, None, None], reverse_complement(x), x)
        y = predict_on("forward", self._predictor, x)  # (B, R, T, N)
        return [output.flip(-1) if reverse else output for output, reverse in zip(y, backward.tolist(), strict=True)]
