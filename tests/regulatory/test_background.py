"""The background that comes with the weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.predictors import registry
from genoscore.predictors.regulatory.weights import BACKGROUND
from genoscore.scoring.backgrounds import make_background
from genoscore.scoring.run import score_vcf
from tests.conftest import Score
from tests.regulatory.oracle import variants_of
from tests.small import SmallGenome, info, read_table, records, vcf_text


def test_shipped_background(score_small: Score, small: SmallGenome, as_shipped: Path, tmp_path: Path) -> None:
    rows = [" ".join(map(str, one)) for one in variants_of(small)]
    plain = score_small(rows, "plain.vcf", shifts=None).outputs[0]
    assert "GS_REGULATORY_PCT" not in plain.read_text()
    made = as_shipped / BACKGROUND
    config = RunConfig(str(tmp_path / "in.vcf"), small.fasta, (str(made),), ("regulatory",), annotation="none")
    make_background(config)
    vcf, tsv = score_small(rows, "o.vcf", "o.tsv", shifts=None).outputs
    sizes = [abs(float(info(one)["GS_REGULATORY_MAX"])) for one in records(vcf)]
    for columns, size in zip(records(vcf), sizes, strict=True):
        found = info(columns)
        least, most = (100 * np.mean([other < size * wide for other in sizes]) for wide in (0.99, 1.01))
        assert least - 0.01 <= float(found["GS_REGULATORY_PCT"]) <= most
        assert found["GS_REGULATORY_BAND"] in ("low", "moderate")
    assert 'Background="of genoscore"' in vcf.read_text()
    assert all(row["PCT"] != "." for row in read_table(tsv))
    given = score_small(rows, "given.vcf", shifts=None, background=str(made)).outputs[0]
    assert [info(one) for one in records(given)] == [info(one) for one in records(vcf)]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"shifts": (0, 3)}, "was made with Shifts=0, and this run has 0,3"),
        ({"tracks": "liver"}, "has 2 tracks, and this run has 1 of them"),
        ({"precision": "bf16"}, "was made with Precision=fp32, and this run has bf16"),
    ],
)
def test_a_shipped_background_of_another_run(
    small: SmallGenome, as_shipped: Path, tmp_path: Path, options: dict[str, Any], why: str
) -> None:
    """It is left out, and that is said; a band cannot be asked for then."""
    rows = ["chr1 600 " + small.sequences["chr1"][599] + " " + ("A" if small.sequences["chr1"][599] != "A" else "C")]
    (tmp_path / "in.vcf").write_text(vcf_text(rows))
    config = RunConfig(
        str(tmp_path / "in.vcf"), small.fasta, (str(as_shipped / BACKGROUND),), ("regulatory",), annotation="none"
    )
    make_background(config)
    config = replace(config, output=(str(tmp_path / "o.vcf"),), **options)
    summary = score_vcf(config)
    assert [one for one in summary.warnings if f"the background that comes with it {why}" in one]
    written = (tmp_path / "o.vcf").read_text()
    assert "GS_REGULATORY_PCT" not in written
    assert "Background" not in written
    with pytest.raises(ConfigError, match="have no bands without a background"):
        score_vcf(replace(config, min_band="low"))


def test_ones_own_weights_have_no_shipped_background(small: SmallGenome, as_shipped: Path, weights: Path) -> None:
    config = RunConfig("-", Path("-"), predictor="regulatory", weights={"regulatory": weights})  # type: ignore[arg-type]
    assert registry.get("regulatory").spec(config).background is None
    assert registry.get("regulatory").spec(replace(config, weights={})).background == as_shipped / BACKGROUND
