"""Every ALT gets the first status that applies, and never a silent gap."""

from __future__ import annotations

from pathlib import Path

import pytest

from genoscore.core.variants import Status
from tests.conftest import Score
from tests.small import SmallGenome

pytestmark = pytest.mark.usefixtures("toy")


def _other(base: str) -> str:
    return "A" if base.upper() != "A" else "C"


def test_every_status(score_small: Score, small: SmallGenome) -> None:
    one, two = small.sequences["chr1"], small.sequences["chr2"]
    cases = [
        (f"chr1 121 {one[120]} .", "NO_ALT"),
        (f"chr1 121 {one[120]} <*>", "NO_ALT"),
        (f"chr1 121 {one[120]} <NON_REF>", "NO_ALT"),
        (f"chr1 121 {one[120]} <DEL>", "SYMBOLIC"),
        (f"chr1 121 {one[120]} {one[120]}]chr2:30]", "SYMBOLIC"),
        (f"chr1 121 {one[120]} {_other(one[120])},<NON_REF>", "SCORED,SYMBOLIC"),
        (f"chr1 121 {one[120]} *", "STAR"),
        (f"chr1 121 {one[120]} R", "NON_ACGT"),
        (f"chr1 121 {one[120]} {_other(one[120])}-", "NON_ACGT"),
        ("chr3 121 A C", "UNKNOWN_CONTIG"),
        ("chrM 121 A C", "UNKNOWN_CONTIG"),
        ("chr1 1201 A C", "OUT_OF_RANGE"),
        ("chr1 0 A C", "OUT_OF_RANGE"),
        (f"chr1 1200 {one[1199]}A C", "OUT_OF_RANGE"),
        ("chr2 55 A C", "REF_UNKNOWN"),
        (f"chr1 121 {_other(one[120])} {one[120]}", "REF_MISMATCH"),
        (f"chr1 121 {one[120]} {one[120]}{'ACGT' * 9}", "TOO_LONG"),
        (f"chr1 901 {one[900]} {_other(one[900])}", "NO_GENE"),
        (f"chr2 321 {two[320]} {_other(two[320])}", "SCORED"),
        (f"chr1 480 {one[479]} {_other(one[479])}", "SCORED"),
    ]
    for (row, wanted), found in zip(cases, score_small([row for row, _ in cases], "out.vcf").infos, strict=True):
        assert found["GS_TOY_STATUS"] == wanted, row
    seen = {status for _, wanted in cases for status in wanted.split(",")}
    options = Status.NOT_IN_PANEL, Status.COMPAT_SKIPPED, Status.NON_FINITE, Status.KEPT, Status.UNTRAINED
    assert seen == set(Status) - set(options)


def test_no_alt_has_a_status_and_nothing_else(score_small: Score, small: SmallGenome) -> None:
    (found,) = score_small([f"chr1 121 {small.sequences['chr1'][120]} ."], "out.vcf").infos
    assert found == {"GS_TOY_STATUS": "NO_ALT"}


def test_two_genes_are_both_named(score_small: Score, small: SmallGenome) -> None:
    base = small.sequences["chr1"][479]
    (found,) = score_small([f"chr1 480 {base} {_other(base)}"], "out.vcf").infos
    assert [one.split("|")[1] for one in found["SpliceAI"].split(",")] == ["PLUS", "MINUS"]


def test_deletion_whose_anchor_lies_before_the_gene(score_small: Score, small: SmallGenome) -> None:
    sequence = small.sequences["chr1"]
    row = f"chr1 98 {sequence[97:104]} {sequence[97]}"
    assert score_small([row], "out.vcf").infos[0]["GS_TOY_STATUS"] == "SCORED"
    assert score_small([row], "out.vcf", compat=True).infos[0]["GS_TOY_STATUS"] == "NO_GENE"


def test_mitochondria_need_equal_lengths(small: SmallGenome, tmp_path: Path) -> None:
    from genoscore.inputs.fasta import ReferenceGenome

    fasta = tmp_path / "mt.fa"
    fasta.write_text(">chrM\n" + "A" * 60 + "\n")
    genome = ReferenceGenome(fasta)
    assert (genome.resolve("MT", 60), genome.resolve("MT", 61), genome.resolve("MT"), genome.resolve("chrM")) == (
        "chrM",
        None,
        None,
        "chrM",
    )


def test_peer_gaps(score_small: Score, small: SmallGenome) -> None:
    one = small.sequences["chr1"]
    rows = [
        f"chr1 30 {one[29]} {_other(one[29])}",  # the window runs over the contig's start
        f"chr1 121 {one[120:122]} {_other(one[120])}{_other(one[121])}",  # MNV
        f"chr1 121 {one[120].lower()} {_other(one[120])}",  # lower-case REF
        f"chr1 121 {one[120:143]} {one[120]}",  # REF longer than 2 x distance
        f"chr1 121 {one[120:122]} {_other(one[120])}{one[121]}",  # untrimmed: a delins to the peer
        f"chr1 121 {one[120]} R",
    ]
    found = score_small(rows, "out.vcf", compat=True, distance=10).infos
    assert [one["GS_TOY_STATUS"] for one in found] == [
        "COMPAT_SKIPPED", "COMPAT_SKIPPED", "COMPAT_SKIPPED", "TOO_LONG", "COMPAT_SKIPPED", "SCORED",
    ]  # fmt: skip
    assert found[1]["SpliceAI"].endswith("|PLUS|.|.|.|.|.|.|.|.")
    assert ["SpliceAI" in one for one in found] == [False, True, False, False, True, True]
    assert [one["GS_TOY_STATUS"] for one in score_small(rows[:5], "out.vcf", distance=10).infos] == ["SCORED"] * 5


def test_not_finite_is_tried_again_and_then_said(
    score_small: Score, small: SmallGenome, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from genoscore.predictors.splicing.predictor import SplicePredictor

    base = small.sequences["chr1"][120]
    row = [f"chr1 121 {base} {_other(base)}"]
    plain = score_small(row, "out.vcf").infos
    predict, predict_edits = SplicePredictor.predict, SplicePredictor.predict_edits

    def nan_once(self: SplicePredictor, *arguments: object) -> tuple[torch.Tensor, torch.Tensor]:
        ref, alt = predict_edits(self, *arguments)
        return ref, alt * float("nan")

    monkeypatch.setattr(SplicePredictor, "predict_edits", nan_once)
    assert score_small(row, "out.vcf").infos == plain
    monkeypatch.setattr(SplicePredictor, "predict", lambda self, x: predict(self, x) * float("nan"))
    (found,) = score_small(row, "out.vcf").infos
    assert (found["GS_TOY_STATUS"], found["GS_TOY_MAX"], found.get("SpliceAI")) == ("NON_FINITE", ".", None)
