"""`genoscore check --strict` and `--json`: exit codes and answers that scripts can rely on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from genoscore._version import __version__
from genoscore.cli.app import app
from genoscore.core.variants import Status
from tests.small import SmallGenome, vcf_text


@pytest.fixture
def check(small: SmallGenome, tmp_path: Path) -> Callable[..., Result]:
    """The command on records, `CHROM POS REF ALT`; REF `=` is what the FASTA holds."""

    def call(rows: list[str], *arguments: object) -> Result:
        lines = []
        for row in rows:
            contig, pos, ref, alt = row.split()
            lines.append(f"{contig} {pos} {small.sequences[contig][int(pos) - 1] if ref == '=' else ref} {alt}")
        source = tmp_path / "in.vcf"
        source.write_text(vcf_text(lines))
        command = ["check", source, "-r", small.fasta, "-a", small.genes, *arguments]
        return CliRunner().invoke(app, list(map(str, command)))

    return call


FINE, OUTSIDE = "chr1 300 = <DEL>,AAC", "chr1 1150 = AAC"  # the second lies in no gene
UNKNOWN, ELSEWHERE = "chr2 55 A C", "chrX 5 A C"


def _mismatch(small: SmallGenome, pos: int) -> str:
    return f"chr1 {pos} {'A' if small.sequences['chr1'][pos - 1] != 'A' else 'C'} AAC"


def test_nothing_is_wrong(check: Callable[..., Result]) -> None:
    done = check([FINE, OUTSIDE, UNKNOWN], "--strict")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "3 records" in done.stdout


def test_errors(check: Callable[..., Result], small: SmallGenome) -> None:
    """The report is complete; without the flag they are no failure."""
    rows = [FINE, ELSEWHERE, _mismatch(small, 200)]
    done = check(rows)
    assert (done.exit_code, done.stderr) == (0, "")
    strict = check(rows, "--strict")
    assert strict.exit_code == 1
    assert strict.stderr == "genoscore: error: --strict: 2 ALT alleles would have an error status\n"
    assert strict.stdout == done.stdout
    assert check([FINE, ELSEWHERE], "--strict").stderr.count("1 ALT allele would") == 1


@pytest.mark.parametrize("rows", [[UNKNOWN], [OUTSIDE], ["chr1 300 = <DEL>", "chr1 310 = *"]])
def test_nothing_could_be_scored(rows: list[str], check: Callable[..., Result]) -> None:
    """Every status is one of those that are not errors, and yet a run would give no score."""
    assert check(rows).exit_code == 0
    done = check(rows, "--strict")
    assert done.exit_code == 1
    assert done.stderr == f"genoscore: error: --strict: none of the {len(rows)} ALT alleles would be scored\n"


@pytest.mark.parametrize("rows", [[], ["chr1 300 = ."], ["chr1 300 = <NON_REF>"]])
def test_nothing_to_score(rows: list[str], check: Callable[..., Result]) -> None:
    """An empty panel or a block of reference is no fault."""
    assert check(rows, "--strict").exit_code == 0


def test_one_predictor_that_scores_is_enough(check: Callable[..., Result]) -> None:
    assert check([OUTSIDE], "-p", "spliceai", "-p", "regulatory", "--strict").exit_code == 0


def test_from_a_config_file(check: Callable[..., Result], tmp_path: Path) -> None:
    """`strict` of a TOML file counts, as for `score`; the flag wins."""
    config = tmp_path / "c.toml"
    config.write_text("strict = true\n")
    assert check([ELSEWHERE], "--config", config).exit_code == 1
    assert check([ELSEWHERE], "--config", config, "--no-strict").exit_code == 0


def test_json(check: Callable[..., Result], small: SmallGenome) -> None:
    """All that the report says, and nothing else on standard output."""
    rows = [FINE, UNKNOWN, ELSEWHERE, f"1 320 {small.sequences['chr1'][319]} AAC"]
    rows += [_mismatch(small, 200), _mismatch(small, 210)]
    done = check(rows, "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert answer == {
        "schema_version": 1,
        "genoscore_version": __version__,
        "records": 6,
        "outside_regions": 0,
        "status": {"spliceai": {"SYMBOLIC": 1, "SCORED": 2, "REF_UNKNOWN": 1, "UNKNOWN_CONTIG": 1, "REF_MISMATCH": 2}},
        "variant_gene_pairs": {"spliceai": 2},
        "error_alts": 3,
        "contig_aliases": {"1": "chr1"},
        "unknown_contigs": {"chrX": 1},
        "ref_mismatches": answer["ref_mismatches"],
        "warnings": answer["warnings"],
    }
    assert [line[:16] for line in answer["ref_mismatches"]] == ["chr1:200 REF is ", "chr1:210 REF is "]
    assert set(answer["status"]["spliceai"]) <= {status.value for status in Status}
    assert len(answer["warnings"]) == 1
    assert "of 5 REF alleles" in answer["warnings"][0]


def test_json_and_strict(check: Callable[..., Result]) -> None:
    """The answer is complete also where the exit code is 1; --quiet changes nothing of it."""
    done = check([FINE, ELSEWHERE], "--json", "--strict", "-q")
    assert done.exit_code == 1
    answer = json.loads(done.stdout)
    assert (answer["error_alts"], answer["records"]) == (1, 2)
    assert done.stderr.startswith("genoscore: error: --strict: ")
