"""Coding sequences that contradict themselves or their transcripts: counted, and marked or left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from genoscore.consequences.transcript import TranscriptModel
from genoscore.core.errors import InputError
from genoscore.inputs import gene_cache
from genoscore.inputs.gene import Coding, Gene
from genoscore.inputs.genes import GeneModels, load_gene_models
from tests.coding.writing import gff3, gtf, odd, only, read

GENE = ("gene 101 400 + . ID=g;Name=G", "mRNA 101 400 + . ID=t;Parent=g;transcript_id=T")
EXONS = ("exon 101 200 + . Parent=t", "exon 301 400 + . Parent=t")
CDS = ("CDS 151 200 + 0 ID=c;Parent=t", "CDS 301 313 + 1 ID=c;Parent=t")
READ = Coding((150, 300), (200, 313))
FIRST = ": 1 (first: transcript T)"


@pytest.mark.parametrize(
    "lines",
    [
        ("CDS 91 200 + 0 Parent=t", "CDS 301 313 + 1 Parent=t"),
        ("CDS 151 210 + 0 Parent=t", "CDS 301 313 + 1 Parent=t"),
        ("CDS 151 313 + 0 Parent=t",),
        ("CDS 151 200 + 0 Parent=t", "CDS 220 240 + 1 Parent=t"),
        ("CDS 391 410 + 0 Parent=t",),
        ("CDS 501 510 + 0 Parent=t",),
    ],
)
def test_a_cds_outside_the_exons_is_left_out(tmp_path: Path, lines: tuple[str, ...]) -> None:
    coding, warning = odd(tmp_path, gff3(*GENE, *EXONS, *lines))
    assert (coding, warning) == (None, "coding sequences that lie partly outside their exons, left out" + FIRST)


OTHER = ("gene 501 600 + . ID=h;Name=H", "mRNA 501 600 + . ID=u;Parent=h", "exon 501 600 + . Parent=u",
         "CDS 501 530 + 0 Parent=u")  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (("CDS 91 200 + 0 Parent=t",), "it lies partly outside its exons"),
        (("CDS 151 200 + 0 Parent=t", "CDS 220 240 + 1 Parent=t"), "it lies partly outside its exons"),
        (("CDS 151 200 - 0 Parent=t",), "it lies on another contig or strand"),
        (("CDS 151 200 + 0 Parent=t", "CDS 301 313 - 1 Parent=t"), "it lies on another contig or strand"),
    ],
)
def test_a_transcript_whose_cds_cannot_be_placed_is_not_a_non_coding_one(
    tmp_path: Path, lines: tuple[str, ...], why: str
) -> None:
    genes = {gene.symbol: gene for gene in read(tmp_path, gff3(*GENE, *EXONS, *lines, *OTHER))}
    assert genes["G"].coding == Coding((), (), exception=why)
    assert genes["H"].coding is not None
    model = TranscriptModel(genes["G"], lambda start, end: "A" * (end - start))
    assert (model.is_coding, model.is_numbered, model.reason) == (True, False, "cds_outside_exons")


@pytest.mark.parametrize(
    ("lines", "parts"),
    [
        (("CDS 101 130 + 0 Parent=t", "CDS 132 161 + 0 Parent=t"), ((100, 131), (130, 161))),  # a base left out
        (("CDS 101 130 + 0 Parent=t", "CDS 130 161 + 0 Parent=t"), ((100, 129), (130, 161))),  # a base twice
        (("CDS 101 130 + 0 Parent=t", "CDS 301 330 + 0 Parent=t"), ((100, 300), (130, 330))),  # the exon goes on
        (("CDS 171 200 + 0 Parent=t", "CDS 302 331 + 0 Parent=t"), ((170, 301), (200, 331))),
    ],
)
def test_parts_that_do_not_follow_one_another(
    tmp_path: Path, lines: tuple[str, ...], parts: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    coding, warning = odd(tmp_path, gff3(*GENE, *EXONS, *lines))
    assert coding == Coding(*parts, exception="its parts do not follow one another")
    assert warning.startswith("coding sequences whose parts do not follow one another in the mRNA")
    said = gff3(*GENE, *EXONS, *(f"{line};exception=unclassified translation discrepancy" for line in lines))
    assert only(tmp_path, said) == Coding(*parts, exception="unclassified translation discrepancy")


def test_an_exon_without_cds_in_the_middle(tmp_path: Path) -> None:
    exons = ("exon 101 160 + . Parent=t", "exon 201 260 + . Parent=t", "exon 301 360 + . Parent=t")
    coding, _ = odd(tmp_path, gff3(*GENE[:1], GENE[1].replace("400", "360"), *exons, "CDS 101 160 + 0 Parent=t",
                                   "CDS 301 360 + 0 Parent=t"))  # fmt: skip
    assert coding is not None
    assert coding.exception == "its parts do not follow one another"


def test_phases_must_agree(tmp_path: Path) -> None:
    coding, warning = odd(tmp_path, gff3(*GENE, *EXONS, CDS[0], CDS[1].replace(" 1 ", " 2 ")))
    assert coding == Coding(READ.starts, READ.ends, exception="its phases contradict each other")
    assert warning == "coding sequences whose phases contradict each other, marked as exceptions" + FIRST
    coding, warning = odd(tmp_path, gff3(*GENE, *EXONS, CDS[0].replace(" 0 ", " . "), CDS[1]))
    assert (coding, warning) == (READ, "coding sequences without a phase, read from their first base" + FIRST)
    assert only(tmp_path, gff3(*GENE, *EXONS, CDS[0], CDS[1].replace(" 1 ", " . "))) == READ
    for phase in ("3", "-1", "x", ""):
        with pytest.raises(InputError, match=r"line 6.*phase '.*' of a CDS is not 0, 1, 2 or \.") as caught:
            read(tmp_path, gff3(*GENE, *EXONS, CDS[0].replace("+ 0 ", f"+ {phase} ")))
        assert caught.value.line == 6
        assert caught.value.hint == "fix the gene annotation"


@pytest.mark.parametrize(
    "stops",
    [("323 325",), ("300 302",), ("200 200", "301 302"), ("314 315",), ("314 317",), ("314 315", "319 319"),
     ("201 203",), ("151 153",)],
)  # fmt: skip
def test_a_stop_codon_that_does_not_end_the_cds(tmp_path: Path, stops: tuple[str, ...]) -> None:
    lines = ("exon 101 200 + .", "exon 301 400 + .", "CDS 151 200 + 0", "CDS 301 313 + 1")
    coding, warning = odd(tmp_path, gtf(*lines, *(f"stop_codon {stop} + 0" for stop in stops)))
    assert coding == Coding(READ.starts, READ.ends, exception="its stop codon is not at its end")
    assert warning == "coding sequences with a stop codon elsewhere than at their end, marked as exceptions" + FIRST


@pytest.mark.parametrize("rows", [("150 152",), ("152 154",), ("151 152",), ("154 156", "155 157"), ("390 392",)])
def test_a_selenocysteine_must_be_a_codon(tmp_path: Path, rows: tuple[str, ...]) -> None:
    lines = ("exon 101 200 + .", "exon 301 400 + .", "CDS 151 200 + 0", "CDS 301 313 + 1")
    coding, warning = odd(tmp_path, gtf(*lines, *(f"Selenocysteine {row} + ." for row in rows)))
    assert coding == Coding(READ.starts, READ.ends, exception="a selenocysteine is no codon of it")
    assert warning == "coding sequences with a selenocysteine that is no codon of theirs, marked as exceptions" + FIRST


def test_the_first_of_several_proteins(tmp_path: Path) -> None:
    other = ("CDS 121 200 + 0 ID=d;Parent=t;exception=another", "CDS 301 331 + 1 ID=d;Parent=t;exception=another")
    for first, second in ((CDS, other), (CDS, tuple(f"{line.split(';exc')[0]};protein_id=P2" for line in other))):
        coding, warning = odd(tmp_path, gff3(*GENE, *EXONS, *first, *second))
        assert (coding, warning) == (READ, "transcripts with several proteins, the first of which is used" + FIRST)
    coding, _ = odd(tmp_path, gff3(*GENE, *EXONS, *other, *CDS))
    assert coding == Coding((120, 300), (200, 331), exception="another")
    mixed = (CDS[0] + ";protein_id=P1", other[0], other[1], CDS[1] + ";protein_id=P1;tag=x", CDS[1] + ";protein_id=P1")
    coding, _ = odd(tmp_path, gff3(*GENE, *EXONS, *mixed))
    assert coding == READ
    two_reading_frames = ("CDS 101 130 + 0 Parent=t;protein_id=A", "CDS 141 170 + 0 Parent=t;protein_id=B")
    coding, _ = odd(tmp_path, gff3(*GENE, *EXONS, *two_reading_frames))
    assert coding == Coding((100,), (130,))


def test_rows_with_ids_of_their_own_are_one_protein(tmp_path: Path) -> None:
    assert only(tmp_path, gff3(*GENE, *EXONS, CDS[0].replace("ID=c", "ID=c1"), CDS[1].replace("ID=c", "ID=c2"))) == READ
    assert only(tmp_path, gff3(*GENE, *EXONS, *(line.replace("ID=c;", "") for line in CDS))) == READ
    assert only(tmp_path, gff3(*GENE, *EXONS, *CDS, *CDS)) == READ, "the same rows twice"


def test_rows_without_a_transcript(tmp_path: Path) -> None:
    nameless = "CDS, stop codons or selenocysteines without a transcript or a strand, left out: 1 (first: line 8)"
    for line in ("CDS 1 9 + 0 ID=x", "CDS 1 9 + 0 ID=x;Parent=", "stop_codon 1 3 . . Parent=t", "CDS 1 9 ? 0 Parent=t"):
        assert odd(tmp_path, gff3(*GENE, *EXONS, *CDS, line)) == (READ, nameless)
    no_exons = "coding sequences of transcripts without exons, left out: 1 (first: transcript "
    assert odd(tmp_path, gff3(*GENE, *EXONS, *CDS, "CDS 1 9 + 0 Parent=nowhere")) == (READ, no_exons + "nowhere)")
    other = ("mRNA 1 9 + . ID=u;Parent=g;transcript_id=U", "CDS 1 9 + 0 Parent=u")
    assert odd(tmp_path, gff3(*GENE, *EXONS, *CDS, *other)) == (READ, no_exons + "U)")
    stray = "stop codons or selenocysteines of transcripts without a usable coding sequence, left out: 1 (first: "
    text = gff3(*GENE, *EXONS, *CDS, "stop_codon 1 3 + 0 Parent=nowhere")
    assert odd(tmp_path, text) == (READ, no_exons + "nowhere)")
    exonic = (other[0], "exon 1 9 + . Parent=u", "stop_codon 1 3 + 0 Parent=u")
    models = read(tmp_path, gff3(*GENE, *EXONS, *CDS, *exonic))
    assert models.warnings == (stray + "transcript U)",)
    text = gff3(*GENE, *EXONS, "stop_codon 1 3 + 0 Parent=t")
    assert only(tmp_path, text) is None, "no CDS at all"


def test_a_cds_without_a_place_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"line 6.*start '9' and end '5' are not an interval"):
        read(tmp_path, gff3(*GENE, *EXONS, "CDS 9 5 + 0 Parent=t"))


def test_the_parsed_form_holds_coding_sequences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENOSCORE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(gene_cache, "SMALLEST", 0)
    text = gff3(*GENE, *EXONS, f"{CDS[0]};transl_except=(pos:154..156,aa:Sec);transl_table=2;partial=true;"
                "start_range=.,151;exception=é", CDS[1], "exon 1 9 + . Parent=other")  # fmt: skip
    first = {gene.transcript_id: gene.coding for gene in read(tmp_path, text)}
    assert first == {
        "T": Coding(READ.starts, READ.ends, 0, None, True, False, (153,), 2, "é"),
        "other": None,
    }
    (entry,) = (tmp_path / "home" / "genes").iterdir()
    kept = gene_cache.load(entry)
    assert kept is not None
    assert kept.coding is not None
    monkeypatch.setattr("genoscore.inputs.gff3.read_annotation", None)  # it is not read again
    assert {gene.transcript_id: gene.coding for gene in load_gene_models(tmp_path / "annotation", "all")} == first
    for damaged in ("first_parts", "part_ends", "skipped", "exceptions", "first_selenocysteines", "holds_stop"):
        column = getattr(kept.coding, damaged)
        object.__setattr__(kept.coding, damaged, column[:-1])
        gene_cache.save(entry, kept)
        assert gene_cache.load(entry) is None
        object.__setattr__(kept.coding, damaged, column)
    gene_cache.save(entry, kept)
    assert gene_cache.load(entry) is not None


def test_the_digest_changes_only_with_coding_sequences(tmp_path: Path) -> None:
    def digest(coding: Coding | None) -> str:
        return GeneModels([Gene("G", "", "chr1", "-", 10, 90, (10, 50), (20, 90), "T", coding)], "x").digest

    assert digest(None) == "3d9150e63250efaa", "as before coding sequences were read"
    several = [None, Coding((60,), (72,)), Coding((60,), (75,)), Coding((60,), (72,), holds_stop=True)]
    assert len({digest(coding) for coding in several}) == 4
