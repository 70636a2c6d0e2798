"""Defects of expression and chromatin runs that a second reading found, each kept from coming back."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from genoscore.core.config import RunConfig
from genoscore.core.edits import Edit
from genoscore.core.errors import ConfigError, InputError
from genoscore.core.variants import Variant
from genoscore.core.windows import FixedWindow, read_span
from genoscore.engine.results import GeneScores
from genoscore.engine.scoring_stretches import _groups
from genoscore.inputs.gene import Gene
from genoscore.outputs.best import best_of_gene
from genoscore.outputs.info import InfoFields
from genoscore.planning.jobs import Job
from genoscore.predictors import registry
from genoscore.scores.expression import ExpressionScorer
from genoscore.scores.registry import make_scorer
from genoscore.scoring.backgrounds import make_background
from tests.conftest import Run, Score
from tests.small import SmallGenome, vcf_text


def test_one_substitution_on_two_contigs(score_small: Score, small: SmallGenome) -> None:
    """The same POS, REF and ALT there are two variants, each with the windows of its own contig."""
    one, two = small.sequences["chr1"], small.sequences["chr2"]
    place = next(place for place in range(300, 900) if one[place] == two[place])
    alt = "A" if one[place] != "A" else "C"
    rows = [f"{name} {place + 1} {one[place]} {alt}" for name in ("chr1", "chr2")]
    together = score_small(rows, "both.vcf").infos
    alone = [score_small([row], "alone.vcf").infos[0] for row in rows]
    assert together == alone
    assert alone[0] != alone[1]


def _snvs(small: SmallGenome, *places: int) -> list[str]:
    bases = [(place, small.sequences["chr1"][place - 1]) for place in places]
    return [f"chr1 {place} {base} {'A' if base != 'A' else 'C'}" for place, base in bases]


def test_genes_of_both_strands_are_scored_apart() -> None:
    """A plug-in may read windows of one length on the gene's own strand."""
    spec = replace(registry.get("weighed").spec(RunConfig("-", Path("-"), predictor=("weighed",))), strand="gene")
    edit = Edit(500, 501, "A")
    jobs = [Job(Variant("chr1", 501, "C", "A"), None, strand, 501, *read_span(edit, spec), edit) for strand in "+-+"]
    assert _groups(jobs, spec) == [[jobs[0], jobs[2]], [jobs[1]]]


@pytest.mark.parametrize("strand", ["+", "-"])
def test_a_deleted_start_is_no_unchanged_start(strand: str) -> None:
    """Forty bases, five bins, are deleted, and with them the only peak, that of a gene's start."""
    config = RunConfig("-", Path("-"), predictor=("weighed",))
    spec = replace(registry.get("weighed").spec(config), n_bins=12, fixed=FixedWindow(112, centre=30))
    edit = Edit(1_000, 1_041, "A")  # in the third bin, of [994, 1002)
    tss = 1_000 + 20  # in the sixth
    bounds = (tss, tss + 500) if strand == "+" else (tss - 500, tss + 1)
    gene = Gene("G", "G", "1", strand, *bounds, (bounds[0],), (bounds[1],))
    job = Job(Variant("chr1", 1_001, "A" * 41, "A"), gene, "+", 1_001, *read_span(edit, spec), edit)
    before = torch.ones(1, 1, 1, 12)
    before[..., 5] = 100
    scores = ExpressionScorer(spec).score(before, torch.ones(1, 1, 1, 12), [job])
    assert scores[0, 0, 3].item() == pytest.approx(math.log2((3 + 1) / (102 + 1)))
    assert scores[0, 0, 4].item() == 20


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"annotation": "none"}, "Genes=[0-9a-f]{16}, and this run has none"),
        ({"centre": "grid"}, "Centre=variant"),
        ({"precision": "bf16"}, "Precision=fp32"),
    ],
)
def test_backgrounds_are_of_the_same_genes_and_windows(
    score_small: Score, small: SmallGenome, tmp_path: Path, options: dict[str, str], message: str
) -> None:
    """The largest score over genes is not comparable with the largest without them."""
    rows = _snvs(small, 300, 320)
    (tmp_path / "in.vcf").write_text(vcf_text(rows))
    path = tmp_path / "b.npz"
    given = {"predictor": "weighed", "annotation": str(small.genes)}
    make_background(RunConfig(str(tmp_path / "in.vcf"), small.fasta, (str(path),), **given))  # type: ignore[arg-type]
    score_small(rows, "same.vcf", background=str(path))
    with pytest.raises(InputError, match=message):
        score_small(rows, "o.vcf", background=str(path), **options)


@pytest.mark.parametrize("option", [{"min_score": 0.1}, {"min_band": "low"}, {"keep_existing": True}])
def test_a_background_leaves_no_variant_out(small: SmallGenome, tmp_path: Path, option: dict[str, object]) -> None:
    """A configuration file that is meant for `score` may say so."""
    (tmp_path / "in.vcf").write_text(vcf_text(_snvs(small, 300)))
    config = RunConfig(
        str(tmp_path / "in.vcf"), small.fasta, (str(tmp_path / "b.npz"),), ("weighed",), annotation="none", **option
    )  # type: ignore[arg-type]  # fmt: skip
    with pytest.raises(ConfigError, match="counts every variant"):
        make_background(config)
    assert not (tmp_path / "b.npz").exists()


def test_names_of_classes_and_tracks_replace_each_other(score_small: Score, small: SmallGenome) -> None:
    """Annotated by profiles, then by classes: the profile's name must not stay beside the class's score."""
    row = _snvs(small, 300)[0].split()
    line = "\t".join([*row[:2], ".", *row[2:], ".", ".", "GS_WEIGHED_CLASS=E1;DP=3"])
    found = score_small([line], "o.vcf").infos[0]
    assert "GS_WEIGHED_CLASS" not in found
    assert found["DP"] == "3"
    spec = registry.get("weighed").spec(RunConfig("-", Path("-"), predictor=("weighed",)))
    assert {"GS_P_TRACK", "GS_P_CLASS"} <= InfoFields("p", ExpressionScorer(spec), False).ids


def test_the_best_track_is_that_of_the_printed_values() -> None:
    """In float32, 5e-6 x 1e5 rounds to another side than the value that is printed."""
    spec = registry.get("weighed").spec(RunConfig("-", Path("-"), predictor=("weighed",)))
    scorer = ExpressionScorer(spec)
    rng = np.random.default_rng(2)
    half = (rng.integers(1, 60_000, 4_000) + 0.5) / 1e5
    for low in half.astype(np.float32):
        table = np.full((2, 5), np.nan, np.float32)
        table[:, 1] = low, np.nextafter(low, np.float32(1))
        best = best_of_gene(GeneScores(None, None, table), scorer)
        assert best is not None
        assert best.printed == max(scorer.fields[1].text(float(value)) for value in table[:, 1])


def test_random_weights_mark_profiles_and_classes(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"sequence_length": 64, "n_genomic_features": 4}')
    config = RunConfig("-", Path("-"), predictor=("sei",), weights={"sei": tmp_path}, untrained=True)
    assert registry.get("sei").spec(config).tracks[0] == "UNTRAINED profile_0"
    np.save(tmp_path / "projvec_targets.npy", np.ones((61, 4)))
    np.save(tmp_path / "histone_inds.npy", np.array([1]))
    scorer = make_scorer(registry.get("sei").spec(config), config)
    assert len(scorer.tracks) == 40
    assert all(name.startswith("UNTRAINED class_") for name in scorer.tracks)


def test_damaged_weights_of_one_hide_no_other(genoscore: Run, tmp_path: Path) -> None:
    folder = tmp_path / "weights" / "sei"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{")
    done = genoscore("models", "list", "--json", env=os.environ | {"GENOSCORE_HOME": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert {"enformer", "spliceai"} <= {row["name"] for row in json.loads(done.stdout)}
    assert "predictor sei cannot be used" in done.stderr
    assert "config.json" in done.stderr
