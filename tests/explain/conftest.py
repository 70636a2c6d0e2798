"""`explain` of the small genome, with and without drawing."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from genoscore.explaining import figures
from genoscore.explaining.config import ExplainConfig
from genoscore.explaining.run import ExplainObserver, ExplainSummary, explain
from genoscore.predictors import registry
from tests.explain.explained import Explain
from tests.small import SmallGenome, vcf_text


@pytest.fixture(autouse=True)
def _transformer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._BUILT_IN, "transformer", "tests.explain.transformer:TRANSFORMER_ENTRY")
    monkeypatch.setitem(registry._BUILT_IN, "bins", "tests.toy:BINS")


@pytest.fixture
def run(small: SmallGenome, tmp_path: Path) -> Explain:
    """Explain variants given as `CHROM POS REF ALT`, or any other input, into tmp_path / "out"."""

    def go(given: list[str] | str, observer: ExplainObserver | None = None, **options: object) -> ExplainSummary:
        if isinstance(given, list):
            (tmp_path / "in.vcf").write_text(vcf_text(given))
            given = str(tmp_path / "in.vcf")
        chosen = {
            "reference": small.fasta, "annotation": str(small.genes), "predictor": "toy", "window": 11, "flank": 12,
            "distance": 10, "output": str(tmp_path / "out"),
        }  # fmt: skip
        return explain(ExplainConfig(given, **(chosen | options)), observer)  # type: ignore[arg-type]

    return go


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are left out: drawing takes longer than all else."""
    for name in ("draw_mutagenesis", "draw_profile", "draw_contributions", "draw_attention"):
        monkeypatch.setattr(figures, name, lambda *_: Figure())
