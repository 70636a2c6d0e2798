"""Annotations that contradict themselves, or the reference: an error that names the line, or a counted warning."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError, InputError
from genoscore.core.settings import read_toml
from genoscore.inputs import gene_cache
from genoscore.inputs.genes import load_gene_models
from genoscore.predictors import registry
from genoscore.scoring.opening import open_inputs
from tests.conftest import Score
from tests.small import SmallGenome, vcf_text

HEAD = "#NAME\tCHROM\tSTRAND\tTX_START\tTX_END\tEXON_START\tEXON_END\n"


def _gff3(*rows: str) -> str:
    """`contig kind start end strand attributes` to lines of nine columns."""
    cells = (row.split(" ", 5) for row in rows)
    lines = (
        f"{contig}\tmade\t{kind}\t{start}\t{end}\t.\t{s}\t.\t{text}\n" for contig, kind, start, end, s, text in cells
    )
    return "##gff-version 3\n" + "".join(lines)


GENE = ("1 gene 101 400 + ID=g;Name=G", "1 mRNA 101 400 + ID=t;Parent=g;transcript_id=T")
EXONS = ("1 exon 101 200 + Parent=t", "1 exon 301 400 + Parent=t")


def _warnings(tmp_path: Path, text: str) -> tuple[list[str], list[str]]:
    """Genes as text, and warnings."""
    path = tmp_path / "a.gff3"
    path.write_text(text)
    models = load_gene_models(path, "all")
    genes = [f"{gene.symbol} {gene.contig}{gene.strand}{gene.exon_starts}" for gene in models]
    return genes, list(models.warnings)


WHOLE = "G 1+(100, 300)"
_ODD: dict[str, tuple[tuple[str, ...], list[str], list[str]]] = {
    "nothing": ((*GENE, *EXONS), [WHOLE], []),
    "an empty Parent": (
        (*GENE, *EXONS, "1 exon 5 9 + ID=e;Parent=", "1 exon 5 9 + Parent=,", "1 exon 5 9 + Parent= "),
        [WHOLE],
        ["exons that name no transcript, left out: 3 (first: line 6)"],
    ),
    "no Parent": (
        (*GENE, *EXONS, "1 exon 5 9 + ID=e"),
        [WHOLE],
        ["exons that name no transcript, left out: 1 (first: line 6)"],
    ),
    "an empty transcript_id": (
        (*GENE, *EXONS, '1 exon 5 9 + gene_id "x"; transcript_id "";'),
        [WHOLE],
        ["exons that name no transcript, left out: 1 (first: line 6)"],
    ),
    "an empty name among others": ((*GENE, EXONS[0], "1 exon 301 400 + Parent=,t"), [WHOLE], []),
    "no strand": (
        (*GENE, *EXONS, "1 exon 5 9 . Parent=t", "1 exon 5 9 ? Parent=t"),
        [WHOLE],
        ["exons without a strand, left out: 2 (first: line 6)"],
    ),
    "another strand": (
        (*GENE, *EXONS, "1 exon 501 600 - Parent=t"),
        [WHOLE, "t 1-(500,)"],
        ["transcripts with exons on another contig or strand than their row, used as separate transcripts: 1 "
         "(first: transcript t)"],
    ),
    "another contig": (
        (*GENE, *EXONS, "2 exon 501 600 + Parent=t"),
        [WHOLE, "t 2+(500,)"],
        ["transcripts with exons on another contig or strand than their row, used as separate transcripts: 1 "
         "(first: transcript t)"],
    ),
    "exons outside the transcript": (
        (*GENE, *EXONS, "1 exon 501 600 + Parent=t"),
        ["G 1+(100, 300, 500)"],
        ["transcripts whose row has other bounds than their exons, whose bounds are used: 1 (first: transcript T)"],
    ),
    "an exon lost": (
        (*GENE, EXONS[0]),
        ["G 1+(100,)"],
        ["transcripts whose row has other bounds than their exons, whose bounds are used: 1 (first: transcript T)"],
    ),
    "overlapping exons": (
        (*GENE, *EXONS, "1 exon 151 320 + Parent=t"),
        ["G 1+(100, 150, 300)"],
        ["transcripts with overlapping exons, used as they are: 1 (first: transcript T)"],
    ),
    "an exon twice": ((*GENE, *EXONS, EXONS[0]), [WHOLE], []),
    "exons that touch": ((*GENE, *EXONS, "1 exon 201 300 + Parent=t"), ["G 1+(100, 200, 300)"], []),
    "CDS on another strand": (
        (*GENE, *EXONS, "1 CDS 101 200 - Parent=t"),
        [WHOLE],
        ["coding sequences of transcripts without exons, left out: 1 (first: transcript t)"],
    ),
    "two copies": (
        (*GENE, *EXONS, *(f"2{row[1:]}" for row in (*GENE, *EXONS))), [WHOLE, "G 2+(100, 300)"], [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("oddity", _ODD)
def test_what_is_odd_is_counted(tmp_path: Path, oddity: str) -> None:
    rows, genes, warnings = _ODD[oddity]
    assert _warnings(tmp_path, _gff3(*rows)) == (genes, warnings)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("1 exon 9 5 + Parent=t", "start '9' and end '5' are not an interval"),
        ("1 exon 0 5 + Parent=t", "start '0' and end '5' are not an interval"),
        ("1 exon -3 5 + Parent=t", "start '-3' and end '5' are not an interval"),
        (f"1 exon {'1' * 5000} 5 + Parent=t", f"start '{'1' * 30}' and end '5' are not an interval"),
        (f"1 exon 1 {'1' * 5000} + Parent=t", "start '1' and end '111"),
        ("1 exon ٣ 5 + Parent=t", "start '٣'"),
        ("1 exon 1 5 x Parent=t", "strand 'x' is not +, -, . or ?"),
        (" exon 1 5 + Parent=t", "the contig is empty"),
    ],
)
def test_what_is_wrong_names_its_line(tmp_path: Path, row: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        _warnings(tmp_path, _gff3(*GENE, *EXONS, row))
    assert caught.value.line == 6
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("starts", "end", "words"),
    [
        ("10,,50,", "90", "'' is not a coordinate"),
        ("10,5_0,", "90", "'5_0' is not a coordinate"),
        ("-10,50,", "90", "'-10' is not a coordinate"),
        ("10,50,", "9" * 5000, f"'{'9' * 30}' is not a coordinate"),
    ],
)
def test_numbers_of_a_table(tmp_path: Path, starts: str, end: str, words: str) -> None:
    path = tmp_path / "genes.tsv"
    path.write_text(f"{HEAD}G\t1\t+\t10\t{end}\t{starts}\t20,90,\n")
    with pytest.raises(InputError, match="line 2") as caught:
        load_gene_models(path)
    assert words in str(caught.value)


def test_overlapping_exons_of_a_table(tmp_path: Path) -> None:
    path = tmp_path / "genes.tsv"
    path.write_text(f"{HEAD}A\t1\t+\t10\t90\t10,50,\t20,90,\nB\t1\t+\t10\t90\t10,50,\t60,90,\n")
    assert load_gene_models(path).warnings == ("transcripts with overlapping exons, used as they are: 1 (first: B)",)


def test_warnings_of_a_kept_annotation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENOSCORE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(gene_cache, "SMALLEST", 0)
    text = _gff3(*GENE, *EXONS, "1 exon 5 9 + Parent=")
    parsed = _warnings(tmp_path, text)
    assert len(list((tmp_path / "home" / "genes").glob("*.npz"))) == 1
    monkeypatch.setattr("genoscore.inputs.gff3.read_annotation", None)
    assert _warnings(tmp_path, text) == parsed
    assert len(parsed[1]) == 1


def test_a_circle_of_parents(tmp_path: Path) -> None:
    rows = ("1 mRNA 101 400 + ID=a;Parent=b", "1 mRNA 101 400 + ID=b;Parent=a", "1 mRNA 101 400 + ID=t;Parent=a")
    genes, _ = _warnings(tmp_path, _gff3(*rows, *EXONS))
    assert genes == ["a 1+(100, 300)"]


def test_products_of_a_transcript_are_found_through_any_chain(tmp_path: Path) -> None:
    """Asked for twice, above and below: the second time from what the first has left."""
    rows = (
        *GENE, *EXONS,
        "1 miRNA 101 150 + ID=m;Parent=x", "1 mRNA 101 150 + ID=x;Parent=t", "1 exon 101 150 + Parent=m",
        "1 miRNA 101 140 + ID=n;Parent=x", "1 exon 101 140 + Parent=n",
        "1 mRNA 101 130 + ID=u;Parent=y;transcript_id=U", "1 mRNA 101 130 + ID=y;Parent=g", "1 exon 101 130 + Parent=u",
    )  # fmt: skip
    assert _warnings(tmp_path, _gff3(*rows))[0] == [WHOLE, "G 1+(100,)"]


def test_genes_beyond_the_end_of_their_contig(small: SmallGenome, tmp_path: Path) -> None:
    source, table = tmp_path / "in.vcf", tmp_path / "genes.tsv"
    source.write_text(vcf_text([]))
    rows = [
        "IN\t1\t+\t10\t1200\t10,\t1200,",
        "OUT\t1\t+\t900\t1201\t900,\t1201,",
        "FAR\tchr2\t-\t5000\t6000\t5000,\t6000,",
    ]
    rows.append("UNKNOWN\t7\t+\t9000\t9900\t9000,\t9900,")
    table.write_text(HEAD + "\n".join(rows) + "\n")
    config = RunConfig(str(source), small.fasta, annotation=str(table))
    with ExitStack() as stack:
        (warning,) = open_inputs(config, [registry.get("spliceai").spec(config)], stack).warnings
    assert "of 4 genes or transcripts, 2 reach beyond the end of their contig" in warning
    assert "(first: OUT, 1:901-1201)" in warning


def test_warnings_reach_the_summary(score_small: Score, toy: None, tmp_path: Path) -> None:
    annotation = tmp_path / "odd.gff3"
    annotation.write_text(_gff3(*GENE, *EXONS, "1 exon 5 9 + Parent=", "1 exon 1191 1205 + Parent=q"))
    warnings = score_small([], "o.vcf", annotation=str(annotation)).summary.warnings
    assert [message.startswith(f"annotation {annotation}: ") for message in warnings] == [True, True]
    assert "name no transcript" in warnings[0]
    assert "reach beyond the end" in warnings[1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("min-score = 0.1\nmin_score = 0.2\n", "min-score and min_score are the same option"),
        ("min_score = 0.1\nmin-score = 0.1\n", "min_score and min-score are the same option"),
        ("[score]\nbatch-size = 1\nbatch_size = 2\n", "[score]: batch-size and batch_size are the same option"),
        ("[explain]\nbatch-size = 1\nbatch_size = 2\n", "[explain]: batch-size and batch_size are the same option"),
    ],
)
def test_both_spellings_of_an_option(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "c.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_toml(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


def test_an_option_of_the_file_and_of_a_table(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("min-score = 0.1\n[score]\nmin_score = 0.2\n")
    assert read_toml(path) == {"min_score": 0.2}
