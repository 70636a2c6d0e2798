"""Progress: the bar and the plain lines move within a chunk, and rate and time left do not jump."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from genoscore.cli.pace import Pace, PageParts
from genoscore.cli.progress import EVERY, Shown
from genoscore.cli.report import ExplainReporter, Reporter
from genoscore.core.config import RunConfig
from genoscore.scoring.observers import Observer
from genoscore.scoring.run import score_vcf
from tests.small import SmallGenome, vcf_text


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def console(terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=110, markup=False, highlight=False)


def written(on: Console) -> str:
    assert isinstance(on.file, io.StringIO)
    return on.file.getvalue()


def test_rate_is_that_of_the_work(clock: Clock) -> None:
    """Whatever the pieces: of equal time, of equal size, or one every minute."""
    for wait in (0.01, 3.0, 60.0):
        pace = Pace(100_000.0, clock)
        for _ in range(100):
            clock.wait(wait)
            pace.add(4 * wait)
        assert pace.rate == pytest.approx(4.0)
        assert pace.left == pytest.approx(25_000 - 100 * wait)


def test_time_left_does_not_jump(clock: Clock) -> None:
    """Pieces of unequal size and time: from one look to the next it changes by little more than the time between."""
    rng = random.Random(3)
    pace = Pace(2000.0, clock)
    before: float | None = None
    for _ in range(300):
        seconds = rng.uniform(0.5, 6)
        for _ in range(5):
            clock.wait(seconds / 5)
            left = pace.left
            if before is not None and left is not None and clock.now > 1030:
                assert abs(left - (before - seconds / 5)) < max(3.0, 0.15 * before)
            before = left
        pace.add(seconds * rng.uniform(0.5, 1.5))
    assert pace.rate == pytest.approx(1.0, rel=0.25)


def test_time_left_runs_down_between_pieces(clock: Clock) -> None:
    """A window that takes minutes leaves it neither unknown nor unchanged."""
    pace = Pace(100.0, clock)
    clock.wait(90)
    pace.add(10)
    assert pace.left == pytest.approx(810)
    clock.wait(60)
    assert pace.left == pytest.approx(750)
    clock.wait(1000)
    assert pace.left == 0


def test_nothing_is_estimated_of_nothing(clock: Clock) -> None:
    pace = Pace(None, clock)
    assert (pace.rate, pace.left) == (0, None)
    clock.wait(1)
    pace.add(5)
    assert (pace.rate, pace.left) == (5, None)


def test_what_an_earlier_run_did_says_nothing_of_the_rate(clock: Clock) -> None:
    pace = Pace(1000.0, clock)
    for _ in range(5):
        clock.wait(0.1)
        pace.skip(100)
    assert (pace.done, pace.rate, pace.left) == (500, 0, None)
    clock.wait(10)
    pace.add(20)
    assert (pace.done, pace.rate, pace.left) == (520, 2, 240)


def test_lines_where_there_is_no_terminal(clock: Clock, small: SmallGenome) -> None:
    """One every half minute, also within a chunk; none for work that is quick."""
    shown = console(terminal=False)
    reporter = Reporter(False, shown, clock)
    reporter._start("records", "records", 766)
    for _ in range(20):
        clock.wait(3)
        reporter.computed(pairs=9, records=4.5)
    assert written(shown).splitlines() == [
        "genoscore: 45 of 766 records done, 1.5 records/s, 0:08:01 left",
        "genoscore: 90 of 766 records done, 1.5 records/s, 0:07:31 left",
    ]
    quiet = console(terminal=False)
    reporter = Reporter(True, quiet, clock)
    reporter._start("records", "records", 766)
    clock.wait(EVERY)
    reporter.computed(9, 4.5)
    assert written(quiet) == ""


def test_bar_moves_within_a_chunk(clock: Clock) -> None:
    shown = console(terminal=True)
    reporter = Reporter(False, shown, clock)
    reporter._start("records", "records", 100)
    for _ in range(5):
        clock.wait(2)
        reporter.computed(pairs=3, records=3)
    reporter.resumed(10)
    assert reporter._progress is not None
    reporter._progress.refresh()
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written(shown))
    assert re.search(r"records .* 25/100 +1\.5 records/s +0:00:10 +0:00:50", plain)
    reporter.warn("something")
    reporter._progress.refresh()
    assert "genoscore: warning: something" in written(shown)
    assert "25/100" in written(shown).rpartition("something")[2], "the bar stays after a warning"
    reporter.stop()


def test_pages_move_by_what_their_parts_took(clock: Clock) -> None:
    parts = PageParts(clock)
    shares = []
    for _ in range(2):
        parts.begin(["mutagenesis", "profiles", "profiles"])
        shares.append(parts.share)
        for seconds in (6, 1, 3):
            parts.part()
            for _ in range(4):
                clock.wait(seconds / 4)
                parts.more(0.25)
                shares.append(parts.share)
        parts.end()
    assert shares[:13] == sorted(shares[:13])
    assert shares[13:] == pytest.approx([0, 0.15, 0.3, 0.45, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1], abs=0.03)


def test_explain_says_what_is_in_the_making(clock: Clock) -> None:
    shown = console(terminal=False)
    reporter = ExplainReporter(False, shown, clock)
    reporter.begin(2)
    for title in ("a", "b"):
        reporter.page(title, ["mutagenesis", "profiles"])
        reporter.part()
        for _ in range(4):
            clock.wait(15)
            reporter.working(0.25)
        reporter.part()
        reporter.advance()
    lines = written(shown).splitlines()
    assert lines[0].startswith("genoscore: 0 of 2 pages done, a mutagenesis 50%, 0:01:")
    assert lines[2] == "genoscore: 1 of 2 pages done, b mutagenesis 50%, 0:00:29 left"


class Recorder(Observer):
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.computed_records: list[float] = []
        self.resumed_records = 0
        self.pairs = 0.0

    def computed(self, pairs: float, records: float) -> None:
        self.pairs += pairs
        self.computed_records.append(records)

    def resumed(self, records: int) -> None:
        self.resumed_records += records


@pytest.fixture
def configured(small: SmallGenome, tmp_path: Path, toy: None) -> Callable[..., RunConfig]:
    """A run over 30 records, half of which lie in genes."""
    one = small.sequences["chr1"]
    rows = [f"chr1 {pos} {one[pos - 1]} {'A' if one[pos - 1] != 'A' else 'C'}" for pos in range(105, 1005, 30)]
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text(rows))

    def make(**options: object) -> RunConfig:
        chosen = {"predictor": ("toy",), "annotation": str(small.genes), "output": (str(tmp_path / "out.vcf"),)}
        return RunConfig(str(source), small.fasta, **chosen | options)  # type: ignore[arg-type]

    return make


def test_every_record_is_told_once_as_it_is_computed(configured: Callable[..., RunConfig]) -> None:
    recorder = Recorder()
    summary = score_vcf(configured(batch_size=2), recorder)
    assert sum(recorder.computed_records) == pytest.approx(30)
    assert recorder.pairs == pytest.approx(summary.pairs)
    assert len([records for records in recorder.computed_records if records]) > 5, "within the chunk"
    assert max(recorder.computed_records) < 15


def test_chunks_without_anything_to_compute_count(configured: Callable[..., RunConfig], tmp_path: Path) -> None:
    """Scores that a file holds, and records that are left as they are."""
    scored, again = tmp_path / "scored.vcf.gz", (str(tmp_path / "again.vcf"),)
    score_vcf(configured(output=(str(scored),)))
    for options in ({"precomputed": (str(scored),)}, {"keep_existing": True}):
        recorder = Recorder()
        config = configured(output=again, **options)
        score_vcf(replace(config, input=str(scored)), recorder)
        assert (recorder.pairs, sum(recorder.computed_records)) == (0, 30)


def test_chunks_of_a_journal_count_as_resumed(
    configured: Callable[..., RunConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genoscore.engine.journal.Journal.delete", lambda journal: None)
    score_vcf(configured(resume=True))
    recorder = Recorder()
    score_vcf(configured(resume=True), recorder)
    assert (recorder.resumed_records, sum(recorder.computed_records), recorder.pairs) == (30, 0, 0)


def test_shown_may_be_told_by_several_threads(clock: Clock) -> None:
    from concurrent.futures import ThreadPoolExecutor

    shown = Shown(True, console(terminal=False), clock)
    shown._start("records", "records", None)
    clock.wait(1)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: [shown._move(1) for _ in range(2000)], range(4)))
    assert shown._pace.done == 8000
