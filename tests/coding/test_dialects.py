"""Coding sequences as GENCODE, Ensembl, RefSeq and others write them: lines made by hand for every rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from genoscore.inputs.gene import Coding
from tests.coding.writing import coded, gff3, gtf, only, read, rows

PLUS = ("exon 101 200 + .", "exon 301 400 + .")
MINUS = ("exon 301 400 - .", "exon 101 200 - .")
GENE = "gene 101 400 {s} . ID=g;Name=G"
MRNA = "mRNA 101 400 {s} . ID=t;Parent=g;transcript_id=T"
EXON = ("exon 101 200 {s} . Parent=t", "exon 301 400 {s} . Parent=t")


def _gff3(strand: str, *lines: str) -> str:
    return gff3(*(line.format(s=strand) for line in (GENE, MRNA, *EXON, *lines)))


def test_gencode_gtf_has_the_stop_codon_behind_the_cds(tmp_path: Path) -> None:
    plus = gtf(*PLUS, "CDS 151 200 + 0", "CDS 301 310 + 1", "stop_codon 311 313 + 0", "start_codon 151 153 + 0")
    assert only(tmp_path, plus) == Coding((150, 300), (200, 313), holds_stop=True)
    minus = gtf(*MINUS, "CDS 301 350 - 0", "CDS 191 200 - 1", "stop_codon 188 190 - 0")
    assert only(tmp_path, minus) == Coding((187, 300), (200, 350), holds_stop=True)


def test_a_stop_codon_may_lie_in_two_exons(tmp_path: Path) -> None:
    one_two = gtf(*PLUS, "CDS 151 199 + 0", "stop_codon 200 200 + 0", "stop_codon 301 302 + 2")
    assert only(tmp_path, one_two) == Coding((150, 300), (200, 302), holds_stop=True)
    two_one = gtf(*PLUS, "CDS 151 198 + 0", "stop_codon 301 301 + 1", "stop_codon 199 200 + 0")
    assert only(tmp_path, two_one) == Coding((150, 300), (200, 301), holds_stop=True)
    next_exon = gtf(*PLUS, "CDS 150 200 + 0", "stop_codon 301 303 + 0")
    assert only(tmp_path, next_exon) == Coding((149, 300), (200, 303), holds_stop=True)
    minus = gtf(*MINUS, "CDS 302 352 - 0", "stop_codon 301 301 - 0", "stop_codon 199 200 - 2")
    assert only(tmp_path, minus) == Coding((198, 300), (200, 352), holds_stop=True)
    next_minus = gtf(*MINUS, "CDS 301 351 - 0", "stop_codon 198 200 - 0")
    assert only(tmp_path, next_minus) == Coding((197, 300), (200, 351), holds_stop=True)
    tiny = ("exon 101 200 + .", "exon 301 301 + .", "exon 401 500 + .")
    three = gtf(*tiny, "CDS 151 199 + 0", *(f"stop_codon {at} {at} + 0" for at in (200, 301, 401)))
    assert only(tmp_path, three) == Coding((150, 300, 400), (200, 301, 401), holds_stop=True)


def test_some_gtf_include_the_stop_codon(tmp_path: Path) -> None:
    whole = gtf(*PLUS, "CDS 151 200 + 0", "CDS 301 313 + 1", "stop_codon 311 313 + 0")
    assert only(tmp_path, whole) == Coding((150, 300), (200, 313), holds_stop=True)
    split = gtf(*MINUS, "CDS 301 352 - 0", "CDS 199 200 - 2", "stop_codon 301 301 - 0", "stop_codon 199 200 - 2")
    assert only(tmp_path, split) == Coding((198, 300), (200, 352), holds_stop=True)
    half = gtf(*PLUS, "CDS 151 200 + 0", "stop_codon 200 200 + 0", "stop_codon 301 302 + 2")
    assert only(tmp_path, half) == Coding((150, 300), (200, 302), holds_stop=True)


def test_gff3_includes_the_stop_codon(tmp_path: Path) -> None:
    cds = ("CDS 151 200 {s} 0 ID=c;Parent=t", "CDS 301 313 {s} 1 ID=c;Parent=t")
    assert only(tmp_path, _gff3("+", *cds)) == Coding((150, 300), (200, 313)), "only the sequence can tell"
    gencode = _gff3("+", *cds, "stop_codon 311 313 {s} 0 ID=stop_codon:T;Parent=t")
    assert only(tmp_path, gencode) == Coding((150, 300), (200, 313), holds_stop=True)


def test_the_first_phase_in_reading_direction(tmp_path: Path) -> None:
    plus = gtf(*PLUS, "CDS 101 200 + 2", "CDS 301 350 + 1")
    assert only(tmp_path, plus) == Coding((100, 300), (200, 350), 2, starts_late=True)
    minus = gtf(*MINUS, "CDS 301 400 - 1", "CDS 150 200 - 0")
    assert only(tmp_path, minus) == Coding((149, 300), (200, 400), 1, starts_late=True)
    tiny = gtf("exon 101 101 + .", "exon 301 400 + .", "CDS 101 101 + 2", "CDS 301 350 + 1")
    assert only(tmp_path, tiny) == Coding((100, 300), (101, 350), 2, starts_late=True)


@pytest.mark.parametrize("strand", ["+", "-"])
def test_ends_that_were_not_found(tmp_path: Path, strand: str) -> None:
    def read_tags(cds: str, *tags: str, more: tuple[str, ...] = ()) -> tuple[bool, bool]:
        text = "".join(f'tag "{tag}"; ' for tag in ("basic", *tags))
        coding = coded(tmp_path, gtf(f"transcript 101 200 {strand} .", f"exon 101 200 {strand} .", cds, *more,
                                    attributes=text))  # fmt: skip
        return coding.starts_late, coding.ends_early

    whole, inner = f"CDS 101 200 {strand} 0", f"CDS 110 169 {strand} 0"
    assert read_tags(whole) == (False, False)
    for cds in (whole, inner):
        assert read_tags(cds, "cds_start_NF", "mRNA_start_NF") == (True, False)
        assert read_tags(cds, "cds_end_NF", "mRNA_end_NF") == (False, True)
    assert read_tags(whole, "mRNA_start_NF", "mRNA_end_NF") == (True, True)
    assert read_tags(inner, "mRNA_start_NF", "mRNA_end_NF") == (False, False), "what is missing is UTR"
    stop = "stop_codon 198 200 + 0" if strand == "+" else "stop_codon 101 103 - 0"
    assert read_tags(whole, "mRNA_end_NF", more=(stop,)) == (False, False)


def test_refseq_says_which_end_is_missing(tmp_path: Path) -> None:
    def ends(strand: str, first: str, last: str) -> tuple[bool, bool]:
        one = f"CDS 101 200 {{s}} 0 ID=c;Parent=t;gbkey=CDS;partial=true{first}"
        two = f"CDS 301 400 {{s}} {2 if strand == '+' else 0} ID=c;Parent=t;gbkey=CDS;partial=true{last}"
        if strand == "-":
            one = one.replace("{s} 0", "{s} 2")
        coding = coded(tmp_path, _gff3(strand, one, two))
        assert not coding.exception
        return coding.starts_late, coding.ends_early

    assert ends("+", ";start_range=.,101", "") == (True, False)
    assert ends("+", "", ";end_range=400,.") == (False, True)
    assert ends("-", ";start_range=.,101", "") == (False, True)
    assert ends("-", "", ";end_range=400,.") == (True, False)
    assert ends("-", ";start_range=.,101", ";end_range=400,.") == (True, True)
    assert ends("+", ";start_range=.,101;end_range=400,.", ";start_range=.,101;end_range=400,.") == (True, True)
    for remark in ("partial=true", "partial=true;end_range=200,."):  # which end, or an end in its middle
        text = _gff3("+", f"CDS 101 200 {{s}} 0 Parent=t;{remark}", "CDS 301 400 {s} 2 Parent=t")
        coding = coded(tmp_path, text)
        assert coding.exception == "incomplete, but not at an end that is named"


def test_selenocysteines_of_gtf(tmp_path: Path) -> None:
    cds = ("CDS 101 199 + 0", "CDS 301 310 + 0")
    short = ("exon 101 199 + .", "exon 301 400 + .")
    text = gtf(*short, *cds, "Selenocysteine 110 112 + .", "Selenocysteine 301 303 + .", "Selenocysteine 113 115 + .")
    assert only(tmp_path, text) == Coding((100, 300), (199, 310), selenocysteines=(109, 112, 300))
    one, two = "Selenocysteine 200 200 + .", "Selenocysteine 301 302 + ."
    split = gtf(*PLUS, "CDS 102 200 + 2", "CDS 301 310 + 2", one, two)
    assert coded(tmp_path, split).selenocysteines == (199,)
    one, two = "Selenocysteine 301 301 - .", "Selenocysteine 199 200 - ."
    minus = gtf(*MINUS, "CDS 301 397 - 0", "CDS 150 200 - 2", one, two)
    assert coded(tmp_path, minus).selenocysteines == (300,)
    gencode = _gff3("+", "CDS 101 200 {s} 0 Parent=t", "stop_codon_redefined_as_selenocysteine 104 106 {s} . Parent=t")
    assert only(tmp_path, gencode) == Coding((100,), (200,), selenocysteines=(103,))


@pytest.mark.parametrize(
    ("strand", "said", "expected"),
    [
        ("+", "(pos:104..106%2Caa:Sec)", (103,)),
        ("+", "(pos:104..106,aa:Sec),(pos:110..112,aa:Sec)", (103, 109)),
        ("+", "(pos:join(200,301..302)%2Caa:Sec)", (199,)),
        ("+", "(pos:200..302%2Caa:Sec)", (199,)),
        ("-", "(pos:complement(398..400)%2Caa:Sec)", (399,)),
        ("-", "(pos:complement(join(200,301..302))%2Caa:Sec),(pos:complement(398..400)%2Caa:Sec)", None),
        ("-", "(pos:complement(join(199..200,301)),aa:Sec),(pos:395..397,aa:Sec)", (300, 396)),
    ],
)  # fmt: skip
def test_selenocysteines_of_refseq(tmp_path: Path, strand: str, said: str, expected: tuple[int, ...] | None) -> None:
    phases = ("0", "2") if strand == "+" else ("2", "0")
    text = _gff3(strand, f"CDS 101 200 {{s}} {phases[0]} ID=c;Parent=t;transl_except={said}",
                 f"CDS 301 400 {{s}} {phases[1]} ID=c;Parent=t;transl_except={said}")  # fmt: skip
    models = read(tmp_path, text)
    (gene,) = models
    assert gene.coding is not None
    if expected is None:
        assert (gene.coding.exception, len(models.warnings)) == ("a selenocysteine is no codon of it", 1)
    else:
        assert (gene.coding.exception, models.warnings) == ("", ())
        assert gene.coding.selenocysteines == expected


def test_other_amino_acids_are_exceptions(tmp_path: Path) -> None:
    def exception(said: str, strand: str = "+") -> str:
        coding = coded(tmp_path, _gff3(strand, f"CDS 101 160 {{s}} 0 Parent=t;transl_except={said}"))
        assert coding.selenocysteines == ()
        return coding.exception

    assert exception("(pos:101..103%2Caa:Met)") == "", "a first codon is Met, whichever it is"
    assert exception("(pos:complement(158..160)%2Caa:Met)", "-") == ""
    assert exception("(pos:104..106%2Caa:Met)") == "transl_except Met"
    assert exception("(pos:104..106%2Caa:Trp),(pos:159..160%2Caa:TERM)") == "transl_except Trp, transl_except TERM"


def test_refseq_gtf(tmp_path: Path) -> None:
    said = 'protein_id "NP_1"; transl_except "(pos:104..106,aa:Sec)"; transl_except "(pos:110..112,aa:Sec)"; '
    text = gtf("exon 101 400 + .", "CDS 101 160 + 0", "stop_codon 161 163 + 0", attributes=said)
    assert only(tmp_path, text) == Coding((100,), (163,), holds_stop=True, selenocysteines=(103, 109))
    slipping = gtf("exon 101 400 + .", "CDS 101 160 + 0", attributes='exception "ribosomal slippage"; ')
    coding = coded(tmp_path, slipping)
    assert coding.exception == "ribosomal slippage"


def test_genetic_codes(tmp_path: Path) -> None:
    def code(said: str, contig: str = "1") -> tuple[int, str]:
        text = _gff3("+", f"CDS 101 160 {{s}} 0 ID=c;Parent=t;{said}")
        coding = coded(tmp_path, text.replace("\n1\t", f"\n{contig}\t"))
        return coding.genetic_code, coding.exception

    assert code("gbkey=CDS") == (1, "")
    assert code("gbkey=CDS;transl_table=2") == (2, "")
    assert code("gbkey=CDS", "chrM") == code("", "MT") == code("", "NC_012920.1") == (2, "")
    assert code("transl_table=1", "chrM") == (1, "")
    for unknown in ("x", "0", "99"):
        assert code(f"transl_table={unknown}") == (1, "an unknown transl_table")


def test_slippage_is_kept_with_its_reason(tmp_path: Path) -> None:
    cds = ("CDS 101 160 {s} 0 ID=c;Parent=t;exception=ribosomal slippage;gbkey=CDS",
           "CDS 160 200 {s} 0 ID=c;Parent=t;exception=ribosomal slippage;gbkey=CDS")  # fmt: skip
    expected = Coding((100, 159), (160, 200), exception="ribosomal slippage")
    assert only(tmp_path, _gff3("+", *cds)) == expected


def test_rows_in_any_order(tmp_path: Path) -> None:
    lines = (GENE, MRNA, *EXON, "CDS 151 200 {s} 0 Parent=t", "CDS 301 313 {s} 1 Parent=t")
    expected = Coding((150, 300), (200, 313))
    for order in (lines, lines[::-1], lines[3:] + lines[:3]):
        assert only(tmp_path, gff3(*(line.format(s="+") for line in order))) == expected
    gtf_rows = (*PLUS, "CDS 151 200 + 0", "CDS 301 310 + 1", "stop_codon 311 313 + 0")
    assert only(tmp_path, gtf(*gtf_rows[::-1])) == Coding((150, 300), (200, 313), holds_stop=True)


def test_a_cds_of_several_transcripts(tmp_path: Path) -> None:
    text = gff3(
        "gene 101 400 + . ID=g",
        "mRNA 101 400 + . ID=t;Parent=g",
        "mRNA 101 200 + . ID=u;Parent=g",
        "exon 101 200 + . Parent=t,u",
        "exon 301 400 + . Parent=t",
        "CDS 151 200 + 0 Parent=t,u",
        "CDS 301 310 + 1 Parent=t",
    )
    found = {gene.transcript_id: gene.coding for gene in read(tmp_path, text)}
    assert found == {"t": Coding((150, 300), (200, 310)), "u": Coding((150,), (200,))}


def test_cds_below_a_gene(tmp_path: Path) -> None:
    mitochondrial = rows(
        "@NC_012920.1 gene 1 90 + . ID=gene-ND1;Name=ND1",
        "@NC_012920.1 CDS 1 90 + 0 ID=cds-ND1;Parent=gene-ND1;transl_table=2",
        "gene 101 400 + . ID=g;Name=G",
        "exon 101 200 + . Parent=g",
        "CDS 110 121 + 0 Parent=g",
    )
    models = read(tmp_path, "##gff-version 3\n" + mitochondrial)
    (gene,) = models
    assert (gene.symbol, gene.transcript_id, gene.coding, models.warnings) == ("G", "", Coding((109,), (121,)), ())
