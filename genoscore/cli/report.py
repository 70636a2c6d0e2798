"""Progress during a run, tables at its end; all on standard error."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from rich.console import Console
from rich.table import Table

from genoscore.cli.console import say
from genoscore.cli.pace import PageParts
from genoscore.cli.progress import LOG, Shown
from genoscore.consequences.consequence import Event
from genoscore.core.choices import BANDS
from genoscore.core.config import RunConfig
from genoscore.core.variants import Status
from genoscore.core.wording import counted, tallied
from genoscore.engine.summary import RunSummary
from genoscore.explaining.observer import ExplainObserver
from genoscore.explaining.run import ExplainSummary
from genoscore.inputs.given_input import open_records
from genoscore.inputs.lines import STDIN
from genoscore.scoring.observers import Observer, PredictObserver
from genoscore.scoring.sequences import PredictSummary


class Reporter(Shown, Observer):
    """Progress of `score`."""

    def begin(self, config: RunConfig) -> None:
        """Start the clock, and the bar; the records are counted meanwhile."""
        gc.freeze()  # loaded objects stay: the collector need not examine them again
        gc.set_threshold(100_000, 20, 20)
        LOG.info("run: %s", config)
        self._start("records", "records", None)
        if not self._quiet:
            threading.Thread(target=lambda: self._set_total(count_records(config)), daemon=True).start()

    def computed(self, pairs: float, records: float) -> None:
        """Show progress and rate."""
        self._move(records)

    def resumed(self, records: int) -> None:
        """Show progress."""
        self._move(records, fresh=False)

    def advance(self, summary: RunSummary) -> None:
        """Log how many records have been written."""
        LOG.debug("%d records written", summary.records)

    def finish(self, summary: RunSummary) -> None:
        """Print the tables at the end."""
        self.stop()
        LOG.info("done: %s", summary)
        if self._quiet:
            return
        self._console.print(status_table(summary.status, summary.bands))
        if summary.top:
            self._console.print(_top(summary))
        for line in event_lines(summary.events):
            say(self._console, line)
        if summary.screened:
            share = f"{summary.settled:,} of {summary.screened:,} variant x gene pairs"
            say(self._console, f"settled by screening: {share}, the others in fp32")
        for name, counts in summary.precomputed.items():
            share = f"{counts['taken']:,} variant x gene pairs taken from files"
            say(self._console, f"{name}: {share}, the others computed")
        stages = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in summary.seconds.items())
        say(self._console, f"seconds by stage: {stages}")
        notes = [f"{summary.records:,} records read", f"{summary.written:,} written"]
        notes += [f"{summary.left_out:,} left out by --min-score or --min-band"] if summary.left_out else []
        notes += [f"{summary.outside_regions:,} outside the regions"] if summary.outside_regions else []
        say(self._console, f"{', '.join(notes)}: {_named(summary.outputs)}")


class TrackReporter(Shown, PredictObserver):
    """The same for `predict`: bases instead of records."""

    def begin(self, bases: int | None) -> None:
        """Start the clock, and the bar."""
        self._start("bases", "bases", bases)

    def advance(self, bases: int) -> None:
        """Show progress and rate."""
        self._move(bases)
        LOG.debug("%.0f bases", self._pace.done)

    def finish(self, summary: PredictSummary) -> None:
        """Print a line at the end."""
        self.stop()
        LOG.info("done: %s", summary)
        if self._quiet:
            return
        line = f"{counted(summary.sequences, 'sequence')}, {summary.bases:,} bases: {_named(summary.files)}"
        say(self._console, line)


class ExplainReporter(Shown, ExplainObserver):
    """The same for `explain`: pages, and the part of a page being made."""

    def __init__(
        self, quiet: bool, console: Console | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(quiet, console, clock)
        self._pages, self._title, self._parts = 0, "", PageParts(clock)

    def begin(self, subjects: int) -> None:
        """Start the clock, and the bar."""
        self._start("pages", "pages", subjects)

    def page(self, title: str, parts: Sequence[str]) -> None:
        """Remember the parts of the page."""
        self._title = title
        self._parts.begin(parts)

    def part(self) -> None:
        """Show which part is being made."""
        self._parts.part()
        LOG.debug("%s: %s", self._title, self._parts.name)
        self._show_part()

    def working(self, done: float) -> None:
        """Show progress."""
        self._parts.more(done)
        self._show_part()

    def advance(self) -> None:
        """Show how many pages are done."""
        self._parts.end()
        self._pages += 1
        self._move(self._pages - self._pace.done)

    def _show_part(self) -> None:
        note = f"{self._title} {self._parts.name} {self._parts.of_part:.0%}"
        self._move(max(self._pages + self._parts.share - self._pace.done, 0.0), note)

    def finish(self, summary: ExplainSummary) -> None:
        """Print what has no figures, and where the pages are."""
        self.stop()
        LOG.info("done: %s", summary)
        if self._quiet:
            return
        for title, status in summary.without:
            say(self._console, f"no figures for {title}: {status}")
        line = f"{summary.explained} explained, {len(summary.without)} without figures: {summary.folder}/index.html"
        say(self._console, line)


def _named(files: Sequence[str]) -> str:
    return ", ".join("standard output" if name == "-" else name for name in files)


def count_records(config: RunConfig) -> int | None:
    """Number of input records, for the time left; None for standard input or regions."""
    if config.input == STDIN or (os.path.exists(config.input) and not os.path.isfile(config.input)):
        return None
    if config.region is not None or config.regions_file is not None:
        return None
    try:
        with open_records(config.input) as records:
            return sum(1 for _ in records)
    except Exception:  # in a thread of its own, beside the run, which will report the problem
        return None


def status_table(status_counts: Mapping[str, Counter[Status]], band_counts: Mapping[str, Counter[str]]) -> Table:
    """Counts per status, and per band below them."""
    table = Table(title="ALT alleles by status", title_justify="left")
    table.add_column("predictor")
    table.add_column("status")
    table.add_column("ALTs", justify="right")
    table.add_column("meaning")
    for name, counts in status_counts.items():
        for status in Status:
            if counts[status]:
                kind = " (error)" if status.is_error else ""
                table.add_row(name, status.value, f"{counts[status]:,}", status.meaning + kind)
        bands = band_counts.get(name, Counter())
        for band in reversed(BANDS):
            if bands[band]:
                table.add_row(name, f"  {band}", f"{bands[band]:,}", "band of scored ALTs")
    return table


def event_lines(counts: Mapping[str, Counter[Event]]) -> list[str]:
    """What becomes of the transcripts, a line for each predictor; `none` comes last.

    >>> event_lines({"toy": Counter({Event.NONE: 30, Event.PSEUDOEXON: 1, Event.EXON_SKIPPING: 12})})
    ['events by toy: exon_skipping 12, pseudoexon 1, none 30']
    """
    order = [*(event for event in Event if event is not Event.NONE), Event.NONE]
    return [
        f"events by {name}: {tallied(((event, of_name[event]) for event in order if of_name[event]), len(order))}"
        for name, of_name in counts.items()
    ]


def _top(summary: RunSummary) -> Table:
    table = Table(title="Variants of largest magnitude", title_justify="left")
    for column in ("predictor", "variant", "gene", "score", "band"):
        table.add_column(column, justify="right" if column == "score" else "left")
    for variant in summary.top:
        table.add_row(variant.predictor, variant.variant, variant.gene, variant.printed, variant.band)
    return table
