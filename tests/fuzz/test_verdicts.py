"""The fuzzer notices violations: every verdict fails where it should, and a case is always the same."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.fuzz.case import Case, rng_of
from tests.fuzz.containers import END_BLOCK, bgzip, decompressed
from tests.fuzz.kinds import KINDS
from tests.fuzz.readers import bcf_sites, vcf_parts
from tests.fuzz.reference import fastas, snvs
from tests.fuzz.runner import run_case
from tests.fuzz.sandbox import Outcome, warm_up
from tests.fuzz.seeds import bcfs, small_genome, vcfs
from tests.fuzz.variants import base_arguments, compare, vcf_sites
from tests.fuzz.verdicts import violations

GOOD = Outcome(0, 0, False, 0.1, b"15 records\n", b"")
ERROR = b"genoscore: error: in.vcf is empty; give a VCF\n"


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (replace(GOOD, code=2, stderr=b"usage"), "exit code 2"),
        (replace(GOOD, code=None, signal=11), "signal 11"),
        (replace(GOOD, timed_out=True), "not done after"),
        (replace(GOOD, code=1), "0 error lines with exit code 1"),
        (replace(GOOD, code=1, stderr=ERROR * 2), "2 error lines with exit code 1"),
        (replace(GOOD, stderr=ERROR), "1 error lines with exit code 0"),
        (replace(GOOD, code=1, stderr=b"Traceback (most recent call last):\n" + ERROR), "Traceback"),
        (replace(GOOD, code=1, stderr=ERROR[:-1] + b"; this is a bug in genoscore\n"), "this is a bug"),
        (replace(GOOD, stdout=b"contig \x1b[31m\n"), r"prints '\x1b'"),
        (replace(GOOD, stdout="contig \u0085\n".encode()), r"prints '\x85'"),
    ],
)
def test_endings(outcome: Outcome, words: str, tmp_path: Path) -> None:
    case = Case({}, [])
    assert violations(case, GOOD, tmp_path) == []
    assert violations(case, replace(GOOD, code=1, stderr=ERROR), tmp_path) == []
    assert any(words in line for line in violations(case, outcome, tmp_path))


def test_what_is_left_behind(tmp_path: Path) -> None:
    case = Case({"in.vcf": b"x"}, [], frozenset({"o.vcf"}), kept=frozenset({"g.fa.fai"}))
    failed = replace(GOOD, code=1, stderr=ERROR)
    (tmp_path / "in.vcf").write_bytes(b"x")
    (tmp_path / "g.fa.fai").touch()
    assert violations(case, failed, tmp_path) == []
    assert violations(case, GOOD, tmp_path) == ["o.vcf is missing"]
    (tmp_path / "o.vcf").touch()
    assert violations(case, GOOD, tmp_path) == []
    assert violations(case, failed, tmp_path) == ["o.vcf was left behind"]
    (tmp_path / ".genoscore-1").touch()
    assert violations(case, GOOD, tmp_path) == [".genoscore-1 was left behind"]
    (tmp_path / "in.vcf").write_bytes(b"y")
    assert "in.vcf was changed" in violations(case, GOOD, tmp_path)


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder with outputs that are as they should be."""
    if sys.platform != "linux":
        pytest.skip("needs pidfd_open and RLIMIT_DATA")
    warm_up()
    keep = tmp_path_factory.mktemp("fuzz") / "kept"
    arguments = ["score", "in.vcf", *base_arguments(), "-o", "o.vcf", "-o", "o.tsv", "-q"]
    outputs = ["o.vcf", "o.tsv"]
    check = partial(compare, "in.vcf", outputs, vcf_sites)
    case = Case({**small_genome()[0], "in.vcf": vcfs()[2]}, arguments, frozenset(outputs), check=check)
    outcome, wrong = run_case(case, keep)
    assert (outcome.code, wrong) == (0, [])
    return keep / "after"


def _without(line: int) -> Callable[[list[bytes]], object]:
    return lambda lines: lines.pop(line)


def _replaced(line: int, old: bytes, new: bytes) -> Callable[[list[bytes]], object]:
    return lambda lines: lines.__setitem__(line, lines[line].replace(old, new, 1))


@pytest.mark.parametrize(
    ("output", "change", "words"),
    [
        ("o.vcf", _without(-3), "15 records became 14"),
        ("o.vcf", lambda lines: lines.insert(-1, lines[-2]), "15 records became 16"),
        ("o.vcf", lambda lines: lines.insert(-1, lines.pop(-3)), "record 14"),
        ("o.vcf", _replaced(-2, b"./.:.", b".:."), "record 15"),
        ("o.vcf", _replaced(-2, b"AF=0.25", b"AF=0.250"), "INFO"),
        ("o.vcf", _replaced(-2, b"AF=0.25;", b""), "INFO"),
        ("o.vcf", _replaced(-2, b"GS_TOY_STATUS=", b"GS_TOY_STATUS=SCORED,"), "statuses"),
        ("o.vcf", _replaced(-2, b"GS_TOY_STATUS=", b"GS_TOY_OTHER="), "statuses"),
        ("o.vcf", _without(3), "header line"),
        ("o.tsv", _without(-2), "became"),
        ("o.tsv", _replaced(1, b"NON_ACGT", b"."), "status b"),
    ],
)
def test_what_outputs_lost(
    output: str, change: Callable[[list[bytes]], object], words: str, scored: Path, tmp_path: Path
) -> None:
    for name in ("in.vcf", "o.vcf", "o.tsv"):
        (tmp_path / name).write_bytes((scored / name).read_bytes())
    lines = (tmp_path / output).read_bytes().splitlines(keepends=True)
    lines.append(b"")
    change(lines)
    (tmp_path / output).write_bytes(b"".join(lines))
    wrong = compare("in.vcf", ["o.vcf", "o.tsv"], vcf_sites, tmp_path)
    assert any(words in line for line in wrong), wrong


def test_an_index_that_lies_is_seen() -> None:
    """The index makes other bases of the FASTA than it has: scoring those is a violation."""
    from tests.fuzz.reference import counts_differ

    warm_up()
    files = {**small_genome()[0], "in.vcf": snvs()}
    whole = Case(files, ["check", "in.vcf", *base_arguments(), "--json"], stdout_check=partial(counts_differ, "g.fa"))
    assert run_case(whole)[1] == []
    moved = {**files, "other.fa": files["g.fa"].replace(b">chr2\n", b">chr2\nA")}
    told = Case(moved, whole.arguments, stdout_check=partial(counts_differ, "other.fa"))
    assert "SNVs have the FASTA's base as REF" in run_case(told)[1][0]


def test_own_readers(tmp_path: Path) -> None:
    for data, vcf in zip(bcfs(), vcfs()[1:], strict=True):
        (tmp_path / "a.bcf").write_bytes(bgzip(data, 100))
        (tmp_path / "a.vcf").write_bytes(vcf)
        assert bcf_sites(tmp_path / "a.bcf") == [columns[:5] for columns in vcf_parts(tmp_path / "a.vcf")[1]]
    packed = bgzip(snvs(), 1000)
    assert packed.endswith(END_BLOCK)
    assert decompressed(packed) == snvs()
    with pytest.raises(ValueError, match="checksum"):
        decompressed(packed[:-36] + b"\0\0\0\0" + packed[-32:])


def test_own_indexes_are_samtools_own(tmp_path: Path) -> None:
    import pysam

    for name, files in fastas().items():
        path = tmp_path / name
        path.write_bytes(files[name])
        pysam.faidx(str(path))
        for index in files.keys() - {name}:
            assert (tmp_path / index).read_bytes() == files[index], index


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].tested])
def test_a_case_is_always_the_same(kind: str) -> None:
    first, again, other = (KINDS[kind].make(rng_of(kind, 3, number)) for number in (5, 5, 6))
    assert (first.files, first.arguments) == (again.files, again.arguments)
    assert first.files != other.files
