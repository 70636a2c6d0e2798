"""The fuzzer notices what outputs say wrongly of consequences: one cell changed, and it is a violation."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.fuzz.case import Case, rng_of
from tests.fuzz.consequences import OUTPUTS, random_files
from tests.fuzz.runner import run_case
from tests.fuzz.sandbox import warm_up
from tests.fuzz.told import odd_fields, outputs_differ, rows_of_tsv
from tests.fuzz.transcripts import World
from tests.fuzz.truth import untrue

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs pidfd_open and RLIMIT_DATA")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Path]:
    """A run with events of which the protein is told."""
    warm_up()
    for number in range(49, 149):  # the first of these has one
        world, name, files = random_files(rng_of("consequences", 2, number))
        keep = tmp_path_factory.mktemp("told") / "kept"
        arguments = ["score", "in.vcf", "-r", "g.fa", "-a", name, "-p", "motif", "--threads", "1", "-q"]
        arguments += ["--transcripts", "all", *(word for output in OUTPUTS for word in ("-o", output))]
        outcome, _ = run_case(Case(files, arguments, frozenset(OUTPUTS), kept=frozenset({"g.fa.fai"})), keep)
        folder = keep / "after"
        if outcome.code == 0 and _row_to_change(folder) is not None:
            return world, folder
    raise AssertionError("no case has such an event")


def _row_to_change(folder: Path) -> int | None:
    """The first substitution's event with a protein that shifts the frame."""
    rows = rows_of_tsv(folder / "o.tsv")
    return next(
        (
            at
            for at, row in enumerate(rows)
            if row["FRAME"] == "frameshift" and row["PTC"] != "." and len(row["REF"]) == len(row["ALT"]) == 1
            and row["HGVS_R"].count(";") == 0
        ),
        None,
    )  # fmt: skip


def test_as_it_is_nothing_is_wrong(told: tuple[World, Path]) -> None:
    world, folder = told
    assert outputs_differ(folder, "MOTIF") + untrue(world, folder) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("EVENT_NT", "7"), ("FRAME", "in_frame"), ("PTC", "1"), ("NMD", "."), ("HGVS_R", "r.(1del)"),
        ("HGVS_P", "p.(=)"), ("HGVS_P", "p.?"),
    ],
)  # fmt: skip
def test_a_wrong_claim_is_seen(told: tuple[World, Path], key: str, value: str, tmp_path: Path) -> None:
    world, folder = told
    copy = tmp_path / "run"
    shutil.copytree(folder, copy)
    rows, at = rows_of_tsv(copy / "o.tsv"), _row_to_change(copy)
    assert at is not None
    rows[at][key] = value
    lines = ["\t".join(rows[0]), *("\t".join(row.values()) for row in rows)]
    (copy / "o.tsv").write_text("\n".join(lines) + "\n")
    assert untrue(world, copy)
    differ = outputs_differ(copy, "MOTIF")
    assert any(line.startswith("o.parquet") and key in line for line in differ)
    assert any(line.startswith("o.wide.tsv") and key in line for line in differ)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"EVENT": "skipping"}, "word skipping"),
        ({"EVENT": "none"}, "none, but"),
        ({"EVENT_START": "12", "EVENT_END": "10"}, "span 12 to 10"),
        ({"EVENT_START": "0"}, "span 0"),
        ({"EVENT_P": "1.01"}, "P 1.01"),
        ({"FRAME": "shift"}, "FRAME shift"),
        ({"FRAME": "utr"}, "PTC with FRAME utr"),
        ({"PTC": ".", "NMD": "yes"}, "NMD without PTC"),
        ({"HGVS_R": "r.(68_316delx)"}, "HGVS_R"),
        ({"HGVS_R": f"r.(1_2ins{'a' * 20_001})"}, "HGVS_R"),
        ({"HGVS_P": "p.(Asp23)"}, "HGVS_P"),
        ({"BEYOND": "DL:1:2.00"}, "BEYOND"),
        ({"EVENT2_NT": "3"}, "EVENT2: no event"),
    ],
)
def test_fields_that_cannot_be(told: tuple[World, Path], changes: dict[str, str], words: str) -> None:
    _, folder = told
    at = _row_to_change(folder)
    assert at is not None
    row = rows_of_tsv(folder / "o.tsv")[at] | dict.fromkeys(("EVENT2", *_SECOND), ".")
    assert odd_fields(row) == []
    assert any(words in fault for fault in odd_fields(row | changes))


_SECOND = tuple(
    f"EVENT2_{key}" for key in "EXON START END NT FRAME PTC NMD HGVS_R HGVS_P P".split()
)  # fmt: skip
