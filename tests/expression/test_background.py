"""Backgrounds: percentiles and bands, and backgrounds of other runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError, InputError
from genoscore.scores.background import ALT_CLASSES, classes, load_background, smaller
from genoscore.scoring.backgrounds import make_background
from tests.conftest import Score
from tests.expression.oracle import variants_of
from tests.small import SmallGenome, info, read_table, records, vcf_text


def test_background_gives_percentiles(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    rows = [" ".join(map(str, row)) for row in variants_of(small)]
    (tmp_path / "in.vcf").write_text(vcf_text(rows))
    path = tmp_path / "b.npz"
    config = {"predictor": "weighed", "annotation": str(small.genes)}
    done = make_background(RunConfig(str(tmp_path / "in.vcf"), small.fasta, (str(path),), **config))  # type: ignore[arg-type]
    assert any("has only" in warning for warning in done.warnings)
    vcf, tsv = score_small(rows, "o.vcf", "o.tsv", background=str(path)).outputs
    found = [info(columns) for columns in records(vcf)]
    sizes = np.array([abs(float(one["GS_WEIGHED_MAX"])) for one in found])
    for one, size in zip(found, sizes, strict=True):
        below, percent = 100 * np.mean(sizes < size), float(one["GS_WEIGHED_PCT"])
        assert abs(percent - below) <= 100 * np.mean(np.abs(sizes - size) < 0.01 * size + 1e-9) + 0.01
        band = "low" if percent < 90 else "moderate" if percent < 99 else "high" if percent < 99.9 else "very_high"
        assert one["GS_WEIGHED_BAND"] == band
    assert {one["GS_WEIGHED_BAND"] for one in found} >= {"low", "moderate"}
    table = [row for row in read_table(tsv) if row["TRACK"] == "other" and row["GENE"] == "."]
    sizes = np.array([abs(float(row["LOG2FC"])) for row in table])
    for row, size in zip(table, sizes, strict=True):
        near = 100 * np.mean(np.abs(sizes - size) < 0.05 * size + 1e-9) + 0.01
        assert abs(float(row["PCT"]) - 100 * np.mean(sizes < size)) <= near
    few = score_small(rows, "few.vcf", background=str(path), min_band="moderate").outputs[0]
    assert 0 < len(records(few)) < len(rows)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strand": "both"}, "was made with Strand=forward"),
        ({"shifts": "0,1"}, "was made with Shifts=0"),
        ({"predictor": "weighed_signal"}, "is for weighed, not for weighed_signal"),
    ],
)
def test_backgrounds_of_other_runs_are_refused(
    score_small: Score, small: SmallGenome, tmp_path: Path, options: dict[str, object], message: str
) -> None:
    rows = [" ".join(map(str, row)) for row in list(variants_of(small))[:5]]
    (tmp_path / "in.vcf").write_text(vcf_text(rows))
    path = tmp_path / "b.npz"
    config = RunConfig(str(tmp_path / "in.vcf"), small.fasta, (str(path),), ("weighed",), annotation=str(small.genes))
    make_background(config)
    with pytest.raises(InputError, match=message):
        score_small(rows, "o.vcf", background=str(path), **options)
    assert not (tmp_path / "o.vcf").exists()


def test_what_is_no_background(score_small: Score, tmp_path: Path) -> None:
    for name, data in (("text.npz", b"hello"), ("cut.npz", b"PK\x03\x04abc")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(InputError, match="is not a background"):
            load_background(tmp_path / name)
    with pytest.raises(InputError, match="cannot be read"):
        load_background(tmp_path / "missing.npz")
    with pytest.raises(ConfigError, match="--min-band"):
        score_small(["chr1 300 A C"], "o.vcf", min_band="high")


def test_percentiles_of_classes() -> None:
    """Against sorting, within the width of a class."""
    rng = np.random.default_rng(5)
    values = np.concatenate([np.zeros(50), np.exp(rng.normal(-4, 2, 3_000))])
    counts = np.bincount(classes(values, ALT_CLASSES), minlength=ALT_CLASSES)
    for value in (0.0, 1e-4, 0.01, 0.3, 5.0, 1e9):
        assert smaller(counts, value) == pytest.approx(100 * np.mean(values < value), abs=0.1)
