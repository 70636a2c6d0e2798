"""Spellings of indels: padding, left alignment against bcftools norm, and what the user is told."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from genoscore.core.variants import Variant, is_left_aligned, left_aligned, trim_alleles
from tests.conftest import Score
from tests.small import SmallGenome, leftmost

REPEATS = "GATTACACACACACAGTTTTTTTTTTGACAGCAGCAGCAGTCNACACACGGGGGGGGGGGGGATATATATATATACCATG"
bases = st.text("ACGT", min_size=1, max_size=6)


@st.composite
def indels(draw: st.DrawFn) -> tuple[int, str, str]:
    """POS, REF and ALT on REPEATS, with any padding."""
    start = draw(st.integers(0, 41) | st.integers(43, len(REPEATS) - 1))  # 42 is N
    end = draw(st.integers(start + 1, min(start + 8, 42 if start < 42 else len(REPEATS))))
    ref = REPEATS[start:end]
    cut = draw(st.integers(1, len(ref)))
    alt = draw(st.sampled_from([ref[:cut], ref[cut:] or ref[0], ref[0] + draw(bases) + ref[1:], ref + draw(bases)]))
    assume(ref != alt)
    return start + 1, ref, alt


def haplotype(pos: int, ref: str, alt: str) -> str:
    assert REPEATS[pos - 1 :].startswith(ref)
    return REPEATS[: pos - 1] + alt + REPEATS[pos - 1 + len(ref) :]


def fetch(start: int, end: int) -> str:
    assert 0 <= start < end <= len(REPEATS)
    return REPEATS[start:end]


@given(indels())
def test_left_alignment_is_the_plain_one(indel: tuple[int, str, str]) -> None:
    variant = left_aligned(Variant("c", *indel).trimmed(), fetch)
    assert (variant.pos, variant.ref, variant.alt) == leftmost(REPEATS, *indel)


@given(indels())
def test_left_alignment_keeps_the_haplotype_and_depends_on_nothing_else(indel: tuple[int, str, str]) -> None:
    variant = left_aligned(Variant("c", *indel).trimmed(), fetch)
    assert haplotype(variant.pos, variant.ref, variant.alt) == haplotype(*indel)
    assert variant.trimmed() == variant
    before = REPEATS[variant.pos - 2] if variant.pos > 1 else "N"
    assert is_left_aligned(variant.ref, variant.alt) or before == "N"
    if variant.pos > 1 and before != "N" and len(variant.ref) != len(variant.alt):  # another spelling, one base left
        padded = Variant("c", variant.pos - 1, before + variant.ref, before + variant.alt)
        assert left_aligned(padded.trimmed(), fetch) == variant


def test_long_alleles_are_trimmed_at_once() -> None:
    long = "".join(random.Random(1).choices("ACGT", k=2_000_000))
    assert trim_alleles(long + "A", long + "C") == ("A", "C", len(long))
    assert trim_alleles("A" + long, "C" + long) == ("A", "C", 0)
    moved = left_aligned(Variant("c", 900_000, "T", "TT"), lambda start, end: "T" * (end - start))
    assert (moved.pos, moved.ref, moved.alt) == (1, "T", "TT")


@pytest.mark.skipif(shutil.which("bcftools") is None, reason="bcftools is not installed")
def test_left_alignment_is_that_of_bcftools(tmp_path: Path) -> None:
    rng = random.Random(4)
    fasta, vcf = tmp_path / "repeats.fa", tmp_path / "in.vcf"
    fasta.write_text(f">c\n{REPEATS}\n")
    wanted = []
    while len(wanted) < 400:
        start = rng.choice([*range(42), *range(43, len(REPEATS) - 9)])
        ref = REPEATS[start : start + rng.randint(1, 8)]
        alt = rng.choice([ref[0], ref[0] + ref[1:] * 2, ref[0] + "".join(rng.choices("ACGT", k=3)) + ref[1:]])
        if "N" not in ref and ref != alt:
            wanted.append((start + 1, ref, alt))
    rows = "".join(f"c\t{pos}\t{at}\t{ref}\t{alt}\t.\t.\t.\n" for at, (pos, ref, alt) in enumerate(wanted))
    vcf.write_text(f"##fileformat=VCFv4.2\n##contig=<ID=c>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n{rows}")
    command = ["bcftools", "norm", "-f", str(fasta), str(vcf)]
    compared = 0
    normed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for line in normed.splitlines():
        if not line.startswith("#"):
            _, pos, number, ref, alt, *_ = line.split("\t")
            mine = left_aligned(Variant("c", *wanted[int(number)]).trimmed(), fetch)
            if ref[0] != "N":  # over which bcftools moves an indel, too
                assert (mine.pos, mine.ref, mine.alt) == (int(pos), ref, alt)
                compared += 1
    assert compared > 350


@pytest.mark.usefixtures("toy")
class TestScores:
    """With the toy network."""

    def spellings(self, small: SmallGenome) -> list[str]:
        """An insertion in `PLUS`: leftmost, one base further right, and either padded."""
        sequence = small.sequences["chr1"]
        at = next(at for at in range(220, 255) if len({*sequence[at - 1 : at + 1], "G"}) == 3)
        before, anchor, after = sequence[at - 1 : at + 2]
        leftmost, moved = f"{before}{anchor}GTAAG", f"{anchor}GTAAG{anchor}"
        assert leftmost + anchor == before + moved
        return [
            f"chr1 {at} {before} {leftmost}",
            f"chr1 {at + 1} {anchor} {moved}",
            f"chr1 {at} {before}{anchor} {before}{moved}",
            f"chr1 {at} {before}{anchor}{after} {before}{moved}{after}",
            f"chr1 {at + 1} {anchor}{after} {moved}{after}",
        ]

    def places(self, entries: list[dict[str, str]], rows: list[str]) -> list[tuple[object, ...]]:
        """Scores with positions on the contig."""
        kinds = ("AG", "AL", "DG", "DL")
        return [
            tuple(self.place(entry, kind, int(row.split()[1])) for kind in kinds)
            for entry, row in zip(entries, rows, strict=True)
        ]

    def place(self, entry: dict[str, str], kind: str, pos: int) -> tuple[str, int | None]:
        """A score, and the position on the contig that it is about."""
        offset = entry[f"GS_TOY_DP_{kind}"]
        return entry[f"GS_TOY_DS_{kind}"], None if offset == "." else pos + int(offset)

    def test_every_spelling_gets_one_answer(self, score_small: Score, small: SmallGenome) -> None:
        rows = self.spellings(small)
        places = self.places(score_small(rows, "out.vcf").infos, rows)
        assert len(set(places)) == 1
        assert len(set(self.places(score_small(rows[:2], "compat.vcf", compat=True).infos, rows[:2]))) == 2

    def test_precomputed_scores_of_the_leftmost_spelling(
        self, score_small: Score, small: SmallGenome, tmp_path: Path
    ) -> None:
        rows = self.spellings(small)
        score_small(rows[:1], "made.vcf.gz")
        score_small(rows[1:2], "moved.vcf.gz")
        run = score_small(rows, "a.vcf", precomputed=str(tmp_path / "made.vcf.gz"))
        assert run.summary.precomputed["toy"]["taken"] == len(rows)
        assert len(set(self.places(run.infos, rows))) == 1
        run = score_small(rows, "b.vcf", precomputed=str(tmp_path / "moved.vcf.gz"))
        assert run.summary.precomputed["toy"]["taken"] == 0, "another tool's may differ there"
