"""`--genes`: only the panel's genes are scored, as they are without it; other variants are counted as such."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError, InputError
from genoscore.core.variants import Status
from genoscore.core.windows import GeneUse
from genoscore.inputs.gene import Gene
from genoscore.inputs.gene_panel import GenePanel, read_panel
from genoscore.predictors import registry
from genoscore.predictors.base import PredictorSpec
from genoscore.scoring.check import check_vcf
from tests.conftest import Run, Score
from tests.small import SmallGenome, vcf_text
from tests.toy import BinEntry

pytestmark = pytest.mark.usefixtures("toy")


class FreeEntry(BinEntry):
    """The network of `bins` without genes."""

    def spec(self, config: RunConfig) -> PredictorSpec:
        return replace(super().spec(config), genes=GeneUse())


FREE = FreeEntry("free", "signal")


def other(base: str) -> str:
    return "C" if base != "C" else "G"


@pytest.fixture
def rows(small: SmallGenome) -> list[str]:
    """In PLUS, both, MINUS, no gene, LAST; a wrong REF in MINUS; a deletion in both."""
    one, two = small.sequences["chr1"], small.sequences["chr2"]
    return [
        *(f"chr1 {pos} {one[pos - 1]} {other(one[pos - 1])}" for pos in (205, 480, 640, 900)),
        f"chr2 1060 {two[1059]} {other(two[1059])}",
        f"chr1 641 {other(one[640])} {one[640]}",
        f"chr1 448 {one[447:455]} {one[447]}",
    ]


def cells(path: Path) -> list[dict[str, str]]:
    header, *lines = [line.split("\t") for line in path.read_text().splitlines()]
    return [dict(zip(header, line, strict=True)) for line in lines]


def test_only_genes_of_the_panel_are_scored_and_no_differently(
    score_small: Score, small: SmallGenome, rows: list[str], tmp_path: Path
) -> None:
    panel = tmp_path / "panel.txt"
    panel.write_text("# cardiac\n\nplus   # in lower case\nLAST\r\n")
    whole = cells(score_small(rows, "whole.tsv").outputs[0])
    done = score_small(rows, "panel.tsv", "panel.vcf", genes=str(panel))
    some = cells(done.outputs[0])
    assert [row for row in some if row["GENE"] != "."] == [row for row in whole if row["GENE"] in ("PLUS", "LAST")]
    statuses = [row["STATUS"] for row in some]
    assert statuses == ["SCORED", "SCORED", "NOT_IN_PANEL", "NO_GENE", "SCORED", "REF_MISMATCH", "SCORED"]
    assert done.summary.status["toy"][Status.NOT_IN_PANEL] == 1
    assert done.summary.pairs == 4
    assert done.summary.warnings == []
    assert not Status.NOT_IN_PANEL.is_error
    vcf = done.outputs[1].read_text()
    assert f"GenePanel={panel}" in vcf
    assert "GS_TOY_STATUS=NOT_IN_PANEL" in vcf
    config = RunConfig(
        str(tmp_path / "in.vcf"), small.fasta, predictor=("toy",), annotation=str(small.genes), genes=str(panel)
    )
    report = check_vcf(config)
    assert (report.status["toy"], report.pairs["toy"]) == (done.summary.status["toy"], 4)


def test_names_in_the_option(score_small: Score, rows: list[str]) -> None:
    done = score_small(rows, "o.tsv", genes="MINUS, EDGE")
    assert {row["GENE"] for row in cells(done.outputs[0])} == {"MINUS", "."}


def test_ids_with_and_without_versions() -> None:
    gene = Gene("MYH7", "ENSG00000092054.14", "14", "-", 0, 9, (0,), (9,))
    refseq = Gene("MYH7", "GeneID:4625", "14", "-", 0, 9, (0,), (9,))
    for name in ("MYH7", "myh7", "ENSG00000092054", "ENSG00000092054.13", "ensg00000092054"):
        assert GenePanel("x", [name]).holds(gene), name
    assert GenePanel("x", ["GeneID:4625"]).holds(refseq)
    for name in ("MYH", "MYH7B", "ENSG0000009205", "4625"):
        assert not GenePanel("x", [name]).holds(gene), name
    assert not GenePanel("x", ["clone.2"]).holds(Gene("clone.1", "clone.1", "1", "+", 0, 9, (0,), (9,)))


def test_names_that_no_gene_has(score_small: Score, rows: list[str], tmp_path: Path) -> None:
    (warning,) = score_small(rows, "o.tsv", genes="PLUSS,MINUS,A,B,C,D,E").summary.warnings
    assert "lacks 6 of 7 genes, perhaps misspelled: PLUSS, A, B, C, D, ..." in warning
    with pytest.raises(InputError, match="has none of these genes"):
        score_small(rows, "none.tsv", genes="PLUSS,MINS")
    assert not (tmp_path / "none.tsv").exists()


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("# nothing\n", ConfigError, "no gene is named"),
        ("PLUS\nMINUS\tLAST\n", InputError, "line 2 .*one symbol or gene ID per line"),
        ("PLUS,MINUS\n", InputError, "line 1 "),
    ],
)
def test_files_that_are_no_panels(tmp_path: Path, text: str, error: type[Exception], words: str) -> None:
    panel = tmp_path / "panel.txt"
    panel.write_text(text)
    with pytest.raises((ConfigError, InputError)) as caught:
        read_panel(str(panel))
    assert isinstance(caught.value, error)
    assert re.search(words, caught.value.one_line())
    with pytest.raises(ConfigError, match="does not exist"):
        read_panel(str(tmp_path / "absent.txt"))


def test_masks_of_a_peer_do_not_depend_on_the_panel(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    """Under --compat, Pangolin's mask of a gene adds to those of the genes before it, scored or not."""
    genes = tmp_path / "overlapping.tsv"
    genes.write_text(
        "#NAME\tCHROM\tSTRAND\tTX_START\tTX_END\tEXON_START\tEXON_END\n"
        "A\t1\t+\t100\t700\t100,300,600,\t150,350,700,\nB\t1\t+\t110\t710\t110,310,610,\t160,360,710,\n"
    )
    one = small.sequences["chr1"]
    rows = [f"chr1 {pos} {one[pos - 1]} {other(one[pos - 1])}" for pos in range(290, 370, 7)]
    options = {"predictor": "tissue_toy", "compat": True, "annotation": str(genes), "mask": "site"}
    whole = cells(score_small(rows, "whole.tsv", **options).outputs[0])
    some = cells(score_small(rows, "some.tsv", **options, genes="B").outputs[0])
    alone = genes.with_name("alone.tsv")
    alone.write_text("".join(line for line in genes.read_text().splitlines(True) if not line.startswith("A")))
    by_itself = cells(score_small(rows, "alone.tsv.gz.tsv", **options | {"annotation": str(alone)}).outputs[0])
    assert some == [row for row in whole if row["GENE"] == "B"]
    assert some != by_itself, "the masks matter here"


@pytest.fixture
def bins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._BUILT_IN, "bins", "tests.toy:BINS")
    monkeypatch.setitem(registry._BUILT_IN, "free", "tests.test_gene_panel:FREE")


@pytest.mark.usefixtures("bins")
def test_predictors_that_score_where_genes_start(score_small: Score, small: SmallGenome) -> None:
    """PLUS starts at 101, MINUS at 800: only variants whose outputs reach the panel's start are scored."""
    one = small.sequences["chr1"]
    rows = [f"chr1 {pos} {one[pos - 1]} {other(one[pos - 1])}" for pos in (105, 300, 790)]
    run: Callable[..., list[dict[str, str]]] = lambda name, **options: cells(  # noqa: E731
        score_small(rows, name, predictor="bins", **options).outputs[0]
    )
    whole, some = run("whole.tsv"), run("some.tsv", genes="MINUS")
    assert [row["STATUS"] for row in some if row["POS"] != "790"] == ["NOT_IN_PANEL"] * 2
    assert [row for row in some if row["POS"] == "790"] == [row for row in whole if row["POS"] == "790"]
    assert {row["GENE"] for row in some} == {".", "MINUS"}


@pytest.mark.usefixtures("bins")
def test_predictors_without_genes(score_small: Score, rows: list[str]) -> None:
    with pytest.raises(ConfigError, match="--genes: free scores variants without genes"):
        score_small(rows, "o.tsv", predictor="free", genes="PLUS")
    with pytest.raises(ConfigError, match="--genes with -a none"):
        score_small(rows, "o.tsv", predictor="bins", genes="PLUS", annotation="none")
    done = score_small(rows, "o.tsv", predictor=("toy", "free"), genes="PLUS")
    assert any("--genes does not apply to free" in warning for warning in done.summary.warnings)
    assert done.summary.status["free"][Status.NOT_IN_PANEL] == 0
    assert done.summary.status["toy"][Status.NOT_IN_PANEL] == 2


def test_a_journal_is_of_its_panel(score_small: Score, rows: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genoscore.engine.journal.Journal.delete", lambda journal: None)
    score_small(rows, "o.vcf", genes="PLUS", resume=True)
    with pytest.raises(InputError, match="GenePanel of toy was 'PLUS'"):
        score_small(rows, "o.vcf", genes="MINUS", resume=True)


def test_on_the_command_line(genoscore_with_toy: Run, small: SmallGenome, rows: list[str], tmp_path: Path) -> None:
    source, panel = tmp_path / "in.vcf", tmp_path / "panel.txt"
    source.write_text(vcf_text(rows))
    panel.write_text("PLUS\n")
    common = [source, "-r", small.fasta, "-a", small.genes, "-p", "toy", "--genes", panel]
    done = genoscore_with_toy("score", *common, "-o", tmp_path / "o.tsv")
    assert done.returncode == 0, done.stderr
    assert "NOT_IN_PANEL" in done.stderr
    assert "NOT_IN_PANEL" in genoscore_with_toy("check", *common).stdout
    refused = genoscore_with_toy("score", *common, "-o", panel.with_suffix(".txt"))
    assert refused.returncode == 1
    assert panel.read_text() == "PLUS\n", "an output does not replace the panel"
