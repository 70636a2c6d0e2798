"""A predictor of splice sites that reads their consensus: GT and AG with enough of what is usual around them.

Its probabilities are as real ones: near 1 at a full consensus, near 0 almost everywhere else, so that variants lose,
gain and shift sites.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch.nn import functional

from genoscore.core.config import RunConfig
from genoscore.core.edits import Edit
from genoscore.core.encode import one_hot, reverse_complement
from genoscore.core.windows import Stretch, placed_windows
from genoscore.predictors.base import PredictorSpec
from genoscore.predictors.splicing.predictor import splicing_spec
from genoscore.weights.card import ModelCard

CONTEXT = 800  # bases; what is read beyond a few bases is not used, but it bounds how far sites are looked for
DONOR = "CAGGTAAGT"  # the exon's last base is the third
ACCEPTOR = "YYYYYYYYYYYYAGG"  # the exon's first base is the last
_LETTERS = {"Y": "CT"}
_SLOPE, _MIDDLE = 1.5, {DONOR: 5.0, ACCEPTOR: 10.2}  # of the number of bases that fit, beside GT and AG


def _filter(motif: str, only: str) -> torch.Tensor:
    """(1, 4, L): 1 for every base that fits; where `only` is a letter, for nothing else."""
    weights = torch.zeros(1, 4, len(motif))
    for at, letter in enumerate(motif):
        if only[at] != "-":
            weights[0, ["ACGT".index(base) for base in _LETTERS.get(letter, letter)], at] = 1
    return weights


def _probability(x: torch.Tensor, motif: str, core: str, at: int) -> torch.Tensor:
    """(B, L): of a site at each base; `at`: which base of the motif that is."""
    length = x.shape[2]
    padded = functional.pad(x, (at, len(motif) - 1 - at))
    fits = functional.conv1d(padded, _filter(motif, core.replace("-", "x").translate(str.maketrans("ACGT", "----"))))
    holds = functional.conv1d(padded, _filter(motif, core)) > 1.5
    p = torch.sigmoid(_SLOPE * (fits - _MIDDLE[motif])) * holds
    return p[:, 0, :length]


class MotifPredictor:
    """See the module; it computes all that is asked for."""

    def __init__(self, spec: PredictorSpec) -> None:
        self.spec = spec
        self.device = torch.device("cpu")

    def predict(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) to (B, 1, 3, L - CONTEXT)."""
        donor = _probability(x, DONOR, "---GT----", 2)
        acceptor = _probability(x, ACCEPTOR, "-" * 12 + "AG-", 14)
        both = torch.stack([1 - torch.maximum(donor, acceptor), acceptor, donor], dim=1)
        flank = CONTEXT // 2
        return both[:, None, :, flank : both.shape[2] - flank]

    def predict_edits(
        self,
        stretch: Stretch,
        edits: Sequence[Edit],
        batch_size: int | None = None,
        screen: bool = False,
        computed: Callable[[float], None] = lambda _: None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See EditPredictor."""
        return self._around(stretch, edits, self.spec)

    def predict_far(
        self, stretch: Stretch, edits: Sequence[Edit], near: int, reach: int, floor: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See FarPredictor."""
        ref, alt = self._around(stretch, edits, replace(self.spec, n_bins=2 * reach + 1))
        return ref[:, 0], alt[:, 0]

    def _around(
        self, stretch: Stretch, edits: Sequence[Edit], spec: PredictorSpec
    ) -> tuple[torch.Tensor, torch.Tensor]:
        pairs = [placed_windows(stretch, edit, spec)[0] for edit in edits]
        sides = [[self._of(window, stretch.strand) for window in side] for side in zip(*pairs, strict=True)]
        ref, alt = ([_widened(output, max(one.shape[-1] for one in side)) for output in side] for side in sides)
        return torch.stack(ref), torch.stack(alt)

    def _of(self, window: str, strand: str) -> torch.Tensor:
        x = one_hot([window])
        return self.predict(x)[0] if strand == "+" else self.predict(reverse_complement(x))[0].flip(-1)

    def to_fallback(self) -> MotifPredictor:
        """Itself."""
        return self


def _widened(output: torch.Tensor, width: int) -> torch.Tensor:
    return functional.pad(output, (0, width - output.shape[-1]))


class MotifEntry:
    """Registry row."""

    card = ModelCard("motif", "", "", "MIT", "made here", "", {}, commercial=True)

    def spec(self, config: RunConfig) -> PredictorSpec:
        """As SpliceAI's, with a shorter context and one network."""
        from genoscore.core.windows import PeerRules

        peer = PeerRules(2 * config.distance)
        spec = splicing_spec(config, "motif", CONTEXT, replicates=1, peer=peer, peer_info_id="Motif")
        return replace(spec, max_allele_length=600)

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        """No files."""
        return {}

    def load(self, config: RunConfig, spec: PredictorSpec) -> MotifPredictor:
        """Nothing to read."""
        return MotifPredictor(spec)


MOTIF = MotifEntry()
