"""The events' accuracy: how it is measured (benchmarks/), and that docs/accuracy.md says what comes of it."""

from __future__ import annotations

import argparse
import importlib
import math
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import ROOT

SECTION = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8").split("\n## Events", 1)[1].split("\n## ", 1)[0]
CELL = re.compile(r"(\d+) of (\d+) \((\d\.\d{3}), (\d\.\d{3}) to (\d\.\d{3})\)")
MODULES = ("events", "event_thresholds", "observed_splicing")


@pytest.fixture(scope="module")
def benchmarks() -> Iterator[Any]:
    """Imports a program of benchmarks/ by its name."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    yield importlib.import_module
    sys.path.remove(str(ROOT / "benchmarks"))
    for name in MODULES:
        sys.modules.pop(name, None)


def _tables() -> Iterator[list[list[str]]]:
    """Cells of the page's tables, the heading first."""
    for block in SECTION.split("\n\n"):
        if block.lstrip().startswith("|"):
            yield [[cell.strip() for cell in line.split("|")[1:-1]] for line in block.strip().splitlines()]


def _documented(name: str) -> dict[str, str]:
    """A tool's shares, by what is asked."""
    rows = next(rows for rows in _tables() if name in rows[0])
    return {row[0]: row[rows[0].index(name)] for row in rows[2:]}


def _documented_events(name: str) -> dict[tuple[str, str], int]:
    """How often a tool says which event for which effect."""
    tables = (rows for rows in _tables() if rows[0][1] == "seen in RNA" and any(row[0] == name for row in rows))
    heading, _, *rows = next(tables)
    counts = {
        (row[1], event.strip("`")): int(count)
        for row in rows
        if row[0] == name
        for event, count in zip(heading[2:], row[2:], strict=True)
    }
    return {key: count for key, count in counts.items() if count}


def _wilson(hits: int, count: int) -> tuple[float, float]:
    """From the definition: the p for which (hits / count - p)^2 = z^2 p (1 - p) / count."""
    z, share = 1.959963984540054, hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return middle - half, middle + half


def test_every_share_of_the_page_has_its_interval() -> None:
    cells = [match.groups() for match in CELL.finditer(SECTION)]
    assert len(cells) > 60
    for hits, count, *shown in cells:
        low, high = _wilson(int(hits), int(count))
        assert shown == [f"{value:.3f}" for value in (int(hits) / int(count), low, high)], (hits, count)


def test_pages_agree() -> None:
    hits, count = _documented("spliceai, -d 50")["class right"].split(" (")[0].split(" of ")
    page = (ROOT / "docs" / "consequences.md").read_text(encoding="utf-8")
    assert f"right for {hits} of {count} variants of BRCA2 with SpliceAI" in page


def test_intervals_and_mcnemar(benchmarks: Any) -> None:
    module = benchmarks("observed_splicing")
    for share in ((245, 264), (0, 16), (16, 16), (1, 2)):
        assert module.wilson(share) == pytest.approx(_wilson(*share), abs=1e-9)
    ours = [True] * 14 + [False] + [True] * 5
    theirs = [False] * 14 + [True] + [True] * 5
    assert module.mcnemar(ours, theirs) == (14, 1, pytest.approx(2 * (1 + 15) / 2**15))
    assert module.mcnemar(ours, ours) == (0, 0, 1.0)


def test_measures_of_made_up_variants(benchmarks: Any) -> None:
    """Counted by hand."""
    module = benchmarks("observed_splicing")
    rows = [
        ("normal", {}, "", ("none",), None, None),
        ("normal", {}, "", ("site_gain",), None, None),
        ("skip", {"acceptor_lost": "5", "donor_lost": "9"}, "", ("exon_skipping",), None, (5, 9)),
        ("skip", {"acceptor_lost": "5", "donor_lost": "9"}, "", ("donor_shift", "exon_skipping"), 7, None),
        ("alternative donor", {"donor_lost": "9", "donor_gained": "7"}, "", ("donor_shift",), 7, None),
        ("alternative acceptor", {"acceptor_gained": "7"}, "", ("acceptor_shift",), 8, None),
        ("multiple", {}, "Exon 3 skipped and use of a cryptic site 7 nt upstream from 5'ss", ("none",), None, None),
        ("multiple", {}, "Exon 3 and exon 4 skipped", ("exon_skipping", "donor_shift"), None, (5, 9)),
    ]
    sites = dict.fromkeys(("acceptor_lost", "donor_lost", "acceptor_gained", "donor_gained"), ".")
    observed, said = [], {}
    for pos, (effect, known, words, events, gained, lost) in enumerate(rows):
        row = {"chrom": "1", "pos": str(pos), "ref": "A", "alt": "G", "effect": effect, "observation": words}
        observed.append(module._observed(row | sites | known))
        more = (None,) * (len(events) - 1)
        said["1", pos, "A", "G"] = module.Said(events, (gained, *more), (lost, *more))
    assert module.measures(observed, said) == {
        "class right": (4, 6),
        "of those whose RNA changed": (3, 4),
        "and no second event": (4, 6),
        "right class first or second": (5, 6),
        "gained site exact": (1, 2),
        "gained site exact, first or second": (1, 2),
        "skipped exon exact, of those called skipped": (1, 1),
        "skipped exon exact, of all known": (1, 2),
        "`multiple`: first event seen": (1, 2),
        "`multiple`: two events said, both seen": (0, 2),
        "sensitivity, any change": (5, 6),
        "specificity, any change": (1, 2),
    }
    assert module.measures(observed, {})["class right"] == (0, 6)  # what was not scored is not right


def test_new_ends(benchmarks: Any) -> None:
    """From the bases between an exon's old end and its new one, on both strands."""
    module, rng = benchmarks("events"), random.Random(1)
    for _ in range(200):
        first, last = sorted(rng.sample(range(1_000, 2_000), 2))
        event, strand = rng.choice(["donor_shift", "acceptor_shift"]), rng.choice("+-")
        at_end = (event == "donor_shift") == (strand == "+")
        old = last if at_end else first
        new = rng.choice([base for base in range(first + 1, last) if base != old] + [old + (9 if at_end else -9)])
        before = set(range(first, last + 1))
        after = set(range(first, new + 1)) if at_end else set(range(new, last + 1))
        moved = sorted(before ^ after)
        assert module.new_end(event, strand, moved[0], moved[-1], {first, last}) == new


def test_what_is_set_aside_does_not_choose(benchmarks: Any) -> None:
    module = benchmarks("event_thresholds")
    right = np.array([[1, 1, 0, 0], [0, 0, 1, 1]], dtype=bool)  # each point is right in one group alone
    assert module.left_out(right, np.array([0, 0, 1, 1])) == 0
    assert module.left_out(right[:1], np.array([0, 0, 1, 1])) == 2
    assert module.left_out(np.array([[1, 0, 1], [1, 1, 0]], dtype=bool), np.array([0, 1, 2])) == 1


def test_rules_as_documented(shared: Path, benchmarks: Any) -> None:
    module = benchmarks("events")
    observed = module.read_observed(shared / "data" / "splice_effects.BRCA2.grch38.tsv")
    for name, said in module.read_rules(shared / "parity" / "sai10k" / "public.json").items():
        found = module.measures(observed, said)
        assert _documented(name) == {question: module.show(share) for question, share in found.items()}
        assert _documented_events(name) == module.confusion(observed, said)


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_spliceai_as_documented(shared: Path, spliceai_weights: Path, tmp_path: Path, benchmarks: Any) -> None:
    """A real run over all 280 variants."""
    module, data = benchmarks("events"), shared / "data"
    table, annotation = data / "splice_effects.BRCA2.grch38.tsv", data / "brca_pten.grch38.gtf"
    target = tmp_path / "said.tsv"
    paths = {"table": table, "reference": data / "grch38.slices.fa.gz", "annotation": annotation}
    module.run(argparse.Namespace(**paths, reach=5_000), "spliceai", 50, target)
    observed = module.read_observed(table)
    ends = {base for exon in module.exons_of(annotation, "chr13") for base in exon}
    said = module.read_said(target, ends)
    found = {question: module.show(share) for question, share in module.measures(observed, said).items()}
    assert _documented("spliceai, -d 50") == found
    assert _documented_events("spliceai, -d 50") == module.confusion(observed, said)
    rules = module.read_rules(shared / "parity" / "sai10k" / "public.json")
    for name, theirs in rules.items():
        row = module.table_of_tests(observed, [("events of SpliceAI", said, name, theirs)]).splitlines()[-1]
        assert row in SECTION
