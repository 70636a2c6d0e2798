"""Defects of expression and chromatin runs that a second reading found, each kept from coming back."""

from __future__ import annotations

from pathlib import Path

import pytest

from genoscore.api import score_vcf
from genoscore.config import RunConfig
from genoscore.predictors import registry
from tests.small import SmallGenome, records, vcf_text


@pytest.fixture(autouse=True)
def _weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._BUILT_IN, "weighed", "tests.toy:WEIGHED")


def _run(small: SmallGenome, rows: list[str], output: Path, **options: object) -> Path:
    source = output.with_name("in.vcf")
    source.write_text(vcf_text(rows))
    given = {"predictor": "weighed", "annotation": str(small.genes)} | options
    score_vcf(RunConfig(str(source), small.fasta, (str(output),), **given))  # type: ignore[arg-type]
    return output


def test_one_substitution_on_two_contigs(small: SmallGenome, tmp_path: Path) -> None:
    """The same POS, REF and ALT there are two variants, each with the windows of its own contig."""
    one, two = small.sequences["chr1"], small.sequences["chr2"]
    place = next(place for place in range(300, 900) if one[place] == two[place])
    alt = "A" if one[place] != "A" else "C"
    rows = [f"{name} {place + 1} {one[place]} {alt}" for name in ("chr1", "chr2")]
    together = records(_run(small, rows, tmp_path / "both.vcf"))
    alone = [records(_run(small, [row], tmp_path / "alone.vcf"))[0] for row in rows]
    assert together == alone
    assert alone[0][7] != alone[1][7]
