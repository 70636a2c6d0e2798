"""`-m none,site`: the first mask gives what it gives alone, the second's MAX is MAX_MASKED, in every output."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from genoscore import Scorer
from genoscore.cli.options import _choices
from genoscore.core.choices import MASKS
from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError, GenoscoreError
from genoscore.core.options.option import SCORE
from genoscore.core.options.table import options_of
from genoscore.engine.results import GeneScores
from genoscore.evaluation.config import EvaluateConfig
from genoscore.evaluation.evaluating import evaluate_table
from genoscore.outputs.best import best_of_gene
from genoscore.predictors import registry
from genoscore.scores.masks import largest_printed
from genoscore.scores.splicing import SplicingScorer
from genoscore.scoring import run as scoring_run
from tests.conftest import Invoke, Score
from tests.evaluate.variant_tables import LABELS, random_rows, write_rows
from tests.precomputed.score_files import row_at
from tests.random_variants import random_records
from tests.small import SmallGenome, infos, read_table
from tests.toy import TOY

pytestmark = pytest.mark.usefixtures("toy")
NAMES = ("toy", "tissue_toy")
OUTPUTS = ("o.vcf", "o.tsv", "o.wide.tsv", "o.parquet")
Found = dict[str, list[dict[str, Any]]]


def _found(score_small: Score, rows: list[str], mask: str, **options: object) -> Found:
    """Rows of every output."""
    done = score_small(rows, *OUTPUTS, predictor=NAMES, mask=mask, distance=30, **options)
    vcf, tsv, wide, parquet = done.outputs
    return {
        "vcf": [{**one} for one in infos(vcf)],
        "tsv": [{**one} for one in read_table(tsv)],
        "wide": [{**one} for one in read_table(wide)],
        "parquet": pq.read_table(parquet).to_pylist(),
    }


def _python(small: SmallGenome, rows: list[str], mask: str) -> Found:
    """Rows of a Scorer, one ALT a row."""
    split = [(chrom, int(pos), ref, alt) for chrom, pos, ref, alts in map(str.split, rows) for alt in alts.split(",")]
    with Scorer(NAMES, reference=small.fasta, annotation=small.genes, mask=mask, distance=30) as scorer:
        return {genes: scorer.score(split, genes=genes) for genes in ("max", "all")}


def _assert_both(first: Found, second: Found, both: Found) -> None:
    for output, rows in both.items():
        assert len(rows) == len(first[output]) == len(second[output])
        for row, one, two in zip(rows, first[output], second[output], strict=True):
            masked = {key: row.pop(key) for key in [*row] if key.endswith("MAX_MASKED")}
            assert row == one, output
            assert masked == {key: two[key.replace("MAX_MASKED", "MAX")] for key in masked}, output
            assert masked


def test_equal_to_two_runs(score_small: Score, small: SmallGenome) -> None:
    """Rounded values as text, unrounded ones in Parquet, of both predictors, for every pair of masks."""
    rows = random_records(small, 90, 1)
    alone = {mask: _found(score_small, rows, mask) for mask in MASKS}
    elsewhere = 0
    for first, second in permutations(MASKS, 2):
        both = _found(score_small, rows, f"{first},{second}")
        for fields in both["vcf"]:
            elsewhere += fields["GS_TOY_MAX_MASKED"] not in (fields["GS_TOY_MAX"], ".")
        _assert_both(alone[first], alone[second], both)
    assert elsewhere > 20


def test_equal_to_two_runs_from_python(small: SmallGenome) -> None:
    rows = random_records(small, 40, 2)
    for first, second in (("none", "site"), ("site", "spliceai")):
        _assert_both(*(_python(small, rows, mask) for mask in (first, second, f"{first},{second}")))


def test_equal_to_two_runs_under_compat(score_small: Score, small: SmallGenome) -> None:
    rows, options = random_records(small, 40, 3), {"compat": True}
    alone = {mask: _found(score_small, rows, mask, **options) for mask in MASKS}
    _assert_both(alone["none"], alone["site"], _found(score_small, rows, "none,site", **options))


def test_over_genes_it_is_the_largest_of_the_second_mask(score_small: Score, small: SmallGenome) -> None:
    """Not that of the gene in which the first mask's score is the largest."""
    rows = random_records(small, 90, 1)
    found = _found(score_small, rows, "none,site")
    alts = [alt for row in rows for alt in row.split()[3].split(",")]
    by_alt: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for row in found["tsv"]:
        if row["PREDICTOR"] == "toy":
            by_alt.setdefault(tuple(row[key] for key in ("CHROM", "POS", "REF", "ALT")), []).append(row)
    values = [value for fields in found["vcf"] for value in fields["GS_TOY_MAX_MASKED"].split(",")]
    genes = [gene for fields in found["vcf"] for gene in fields["GS_TOY_GENE"].split(",")]
    assert len(values) == len(alts)
    places = [(chrom, pos, ref, alt) for chrom, pos, ref, of in map(str.split, rows) for alt in of.split(",")]
    others = 0
    for place, value, gene in zip(places, values, genes, strict=True):
        of_genes = {row["GENE"]: row["MAX_MASKED"] for row in by_alt[place]}
        if value != ".":
            assert abs(float(value)) == max(abs(float(text)) for text in of_genes.values())
            others += of_genes[gene] != value
    assert others, "in no ALT do the masks differ in the gene"


_EDGES = [0.125, 0.375, -0.125, 0.005, -0.005, 0.015, 0.004999, -0.3, 0.3, 0.304, 0.0, -0.0, 1.0]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(_EDGES) | st.floats(-1, 1, width=32), min_size=4, max_size=4))
def test_the_largest_is_chosen_as_max_is(scores: list[float]) -> None:
    row = [float(np.float32(score)) for score in scores]
    scorer = SplicingScorer(TOY.spec(RunConfig("-", Path("-"))), "none")
    best = best_of_gene(GeneScores(None, (*row, *[0.0] * 5)), scorer)
    assert best is not None
    assert float(largest_printed(torch.tensor([row]))[0, 0]) == best.value


def test_what_is_not_finite_stays_so() -> None:
    assert largest_printed(torch.tensor([[0.9, float("nan"), 0.1, 0.0]])).isnan().all(), "its ALT is NON_FINITE"


def test_header_and_earlier_annotation(score_small: Score, small: SmallGenome) -> None:
    rows = [row_at(small, pos) for pos in (121, 700)]
    text = score_small(rows, "a.vcf", mask="none, site").outputs[0].read_text()
    assert 'Mask="none,site"' in text
    assert (
        '##INFO=<ID=GS_TOY_MAX_MASKED,Number=A,Type=Float,Description="Score of largest magnitude under the second '
        'mask, site (probability), over genes"' in text
    )
    again = score_small(text, "b.vcf").outputs[0].read_text()
    assert "MAX_MASKED" in text
    assert "MAX_MASKED" not in again, "a value of other masks would stand beside this run's"


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        ("none,none", "mask 'none,none' is not one choice, nor 2 different ones"),
        ("none,site,spliceai", "is not one choice, nor 2"),
        ("none,all", "mask 'all' is unknown"),
        ("none,", "mask '' is unknown"),
    ],
)
def test_what_is_no_pair_is_refused(mask: str, words: str, invoke: Invoke) -> None:
    with pytest.raises(ConfigError, match=words):
        RunConfig("-", Path("-"), mask=mask)
    done = invoke("score", "x.vcf", "-r", "x.fa", "-m", mask)
    assert (done.exit_code, words in done.stderr, done.stderr.count("\n")) == (1, True, 1)


def test_a_shell_completes_the_second() -> None:
    option = options_of(SCORE)["mask"]
    assert _choices(option, "s") == ["spliceai", "site"]
    assert _choices(option, "site,") == ["site,none", "site,spliceai"]
    assert _choices(option, "none,si") == ["none,site"]


def test_pairs_from_python() -> None:
    assert RunConfig("-", Path("-"), mask=("none", "site")).masks == ("none", "site")  # type: ignore[arg-type]


def test_predictors_without_masks(monkeypatch: pytest.MonkeyPatch, score_small: Score, small: SmallGenome) -> None:
    monkeypatch.setitem(registry._BUILT_IN, "bins", "tests.toy:BINS")
    with pytest.raises(ConfigError, match="-m none,site: bins has no second mask"):
        score_small([row_at(small, 121)], "a.vcf", predictor="bins", mask="none,site")
    (fields,) = score_small([row_at(small, 121)], "a.vcf", predictor=("toy", "bins"), mask="none,site").infos
    assert "GS_TOY_MAX_MASKED" in fields
    assert "GS_BINS_MAX_MASKED" not in fields


def test_files_of_scores_have_the_first_mask_only(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    rows = [row_at(small, pos) for pos in (121, 480)]
    made = score_small(rows, "made.vcf.gz", mask="none,site").outputs[0]
    alone = score_small(rows, "alone.vcf").infos
    done = score_small([*rows, row_at(small, 700)], "a.vcf", mask="none,spliceai", precomputed=str(made))
    assert "precomputed scores of toy have no MAX_MASKED: missing where they are used" in done.summary.warnings
    sources = [fields["GS_TOY_SOURCE"] for fields in done.infos]
    assert sources == ["precomputed", "precomputed", "computed"]
    assert [fields["GS_TOY_MAX_MASKED"] == "." for fields in done.infos] == [True, True, False]
    assert [fields["GS_TOY_MAX"] for fields in done.infos][:2] == [fields["GS_TOY_MAX"] for fields in alone]
    with pytest.raises(GenoscoreError, match="was made with mask none,site, this run has site"):
        score_small(rows, "b.vcf", mask="site,none", precomputed=str(made))
    stated = {"precomputed": str(made), "precomputed_as": "distance=50,mask=none"}
    assert score_small(rows, "c.vcf", mask="none,site", **stated).summary.precomputed["toy"]["taken"] == 3


@pytest.mark.parametrize("changed", [{"mask": "none,spliceai"}, {"mask": "none"}, {"site_probabilities": False}])
def test_resume(
    changed: dict[str, object], score_small: Score, small: SmallGenome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same options give the same bytes, of other ones it says which."""
    rows = random_records(small, 30, 4)
    options = {"mask": "none,site", "site_probabilities": True, "resume": True}
    with monkeypatch.context() as patch:
        patch.setattr(scoring_run, "delete_journal", lambda journal: [])  # as if it had been interrupted at the end
        before = score_small(rows, "a.tsv", **options).outputs[0].read_bytes()
    (name,) = changed
    with pytest.raises(GenoscoreError, match=rf"--resume: (Mask of toy|{name}) was .* in the interrupted run and is"):
        score_small(rows, "a.tsv", **options | changed)
    assert score_small(rows, "a.tsv", **options).outputs[0].read_bytes() == before


def test_evaluate_can_compare_it(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    rows = random_rows(small)
    table = write_rows(tmp_path, rows)
    run = RunConfig(str(table), small.fasta, predictor="toy", annotation=str(small.genes), mask="none,site")  # type: ignore[arg-type]
    found = evaluate_table(EvaluateConfig(run, score=("MAX_MASKED",), resamples=100, **LABELS))  # type: ignore[arg-type]
    wanted = score_small((" ".join(map(str, row[:4])) for row in rows), "out.vcf", mask="site").infos
    texts = ["." if np.isnan(value) else f"{value:.2f}" for value in found.scored[0].values]
    assert texts == [fields["GS_TOY_MAX"] for fields in wanted]


def test_check_takes_both(small: SmallGenome, invoke: Invoke) -> None:
    place = row_at(small, 121).replace(" ", "-")
    done = invoke("check", place, "-r", small.fasta, "-a", small.genes, "-p", "toy", "-m", "none,site", "--strict")
    assert done.exit_code == 0, done.stderr
