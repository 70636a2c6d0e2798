"""Words of evidence in a run: the same of every spelling of an insertion or deletion."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genoscore.consequences.consequence import Consequence
from genoscore.consequences.evidence import EvidenceRules
from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.core.variants import Variant
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.gene import Gene
from genoscore.scoring.check import check_vcf
from genoscore.scoring.evidence import PlacedRules
from genoscore.scoring.run import score_vcf
from tests.conftest import Score
from tests.consequences.told import SKIP, gtf_of_small, tell
from tests.small import SmallGenome, infos, vcf_text

_RULES = EvidenceRules.for_predictor("spliceai", None)
_FILE = "[toy]\nsource = 'us'\nat_least = { PP3 = 0.0 }\n"


def _spellings(sequence: str, haplotype: str, longest: int) -> set[tuple[int, str, str]]:
    """Every POS, REF, ALT with REF and ALT of up to `longest` bases that turns one sequence into the other."""
    found = set()
    change = len(haplotype) - len(sequence)
    for start in range(len(sequence)):
        for length in range(max(1, 1 - change), longest + 1):
            end = start + length
            if end <= len(sequence) and sequence[:start] == haplotype[:start] and (
                sequence[end:] == haplotype[end + change :]
            ):  # fmt: skip
                found.add((start + 1, sequence[start:end], haplotype[start : end + change]))
    return found


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text("AC", min_size=24, max_size=24),
    st.integers(2, 20),
    st.integers(0, 3),
    st.text("AC", max_size=3),
    st.sampled_from("+-"),
)
def test_every_spelling_has_the_same_word(
    tmp_path: Path, sequence: str, start: int, removed: int, added: str, strand: str
) -> None:
    """The haplotype decides: with exons [0, 8) and [16, 24), as HGVS places the change in reading direction."""
    if len(added) == removed:
        return
    haplotype = sequence[:start] + added + sequence[start + removed :]
    if haplotype == sequence:
        return
    fasta = tmp_path / "g.fa"
    for old in tmp_path.glob("g.fa*"):
        old.unlink()
    fasta.write_text(f">chr1\n{sequence}\n")
    genome = ReferenceGenome(fasta)
    assert _RULES is not None
    rules = PlacedRules(_RULES, genome, {})
    gene = Gene("G", "", "1", strand, 0, 24, (0, 16), (8, 24))
    spelt = _spellings(sequence, haplotype, 6)
    words = {rules.word(0.5, Variant("1", pos, ref.lower(), alt), gene) for pos, ref, alt in spelt}
    genome.close()
    assert len(words) <= 1, (spelt, words)
    assert words <= {"PP3", "PVS1_context"}


def test_last_in_reading_direction(tmp_path: Path) -> None:
    """Of GG|G at the exon's end one G is deleted: the last of them is the intron's, the first, on minus, the exon's."""
    (tmp_path / "g.fa").write_text(">chr1\nACGTACGGGTTTTTTCAGGGCA\n")
    genome = ReferenceGenome(tmp_path / "g.fa")
    assert _RULES is not None
    rules = PlacedRules(_RULES, genome, {})
    words = {}
    for strand in "+-":
        gene = Gene("G", "", "chr1", strand, 0, 22, (0, 17), (8, 22))  # ACGTACGG|GTTTTTTCA|GGGCA
        words[strand] = rules.word(0.05, Variant("chr1", 6, "CG", "C"), gene)  # one G of three is deleted
    assert words == {"+": "PVS1_context", "-": "BP4"}
    assert rules.word(0.05, Variant("chrUn", 6, "CG", "C"), gene) == "."
    genome.close()


@pytest.mark.usefixtures("toy")
def test_words_of_a_run(
    score_small: Score, small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PLUS has a donor at 150 (1-based, the exon's last base): 151 is canonical, 145 is not."""
    tell(monkeypatch, lambda *_: Consequence(SKIP))
    (tmp_path / "us.toml").write_text(_FILE)
    base = small.sequences["chr1"]
    rows = [f"chr1 {pos} {base[pos - 1]} {'A' if base[pos - 1] != 'A' else 'C'}" for pos in (145, 151, 900)]
    options = {"annotation": str(gtf_of_small(tmp_path)), "evidence": tmp_path / "us.toml"}
    score_small(rows, "a.vcf", predictor=("toy", "tissue_toy"), **options)
    found = infos(tmp_path / "a.vcf")
    assert [entry["GS_TOY_EVIDENCE"] for entry in found] == ["PP3", "PVS1_context", "."]
    assert "GS_TISSUE_TOY_EVIDENCE" not in found[0]
    header = (tmp_path / "a.vcf").read_text()
    assert "Source: us" in next(line for line in header.splitlines() if "ID=GS_TOY_EVIDENCE" in line)


@pytest.mark.usefixtures("toy")
def test_a_file_that_no_output_would_follow_is_refused(small: SmallGenome, tmp_path: Path) -> None:
    (tmp_path / "us.toml").write_text(_FILE)
    (tmp_path / "in.vcf").write_text(vcf_text(["chr1 120 A C"]))
    for annotation, on in ((small.genes, None), (gtf_of_small(tmp_path), False)):
        config = RunConfig(
            str(tmp_path / "in.vcf"), small.fasta, (str(tmp_path / "o.vcf"),), ("toy",), annotation=str(annotation),
            consequences=on, evidence=tmp_path / "us.toml",
        )  # fmt: skip
        for run in (score_vcf, check_vcf):
            with pytest.raises(ConfigError, match="--evidence: this run says nothing of consequences"):
                run(config)
