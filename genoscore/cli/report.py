"""Progress while a run goes, tables when it is done; all on standard error."""

from __future__ import annotations

import gc
import logging
import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from genoscore.core.choices import BANDS
from genoscore.core.config import RunConfig
from genoscore.core.errors import GenoscoreError
from genoscore.core.variants import Status
from genoscore.engine.summary import RunSummary
from genoscore.explaining.run import ExplainObserver, ExplainSummary
from genoscore.inputs.regions import load_regions
from genoscore.inputs.vcf import VcfReader
from genoscore.scoring.observers import Observer, PredictObserver
from genoscore.scoring.sequences import PredictSummary

LOG = logging.getLogger("genoscore")
EVERY = 30.0  # seconds between plain progress lines


def progress_bar(console: Console) -> Progress:
    """One line: what, a bar, how many of how many, the task's `speed`, time taken and time left."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )


class Shown:
    """A bar on a terminal, plain lines elsewhere, nothing but warnings when quiet."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._console = Console(stderr=True, highlight=False, markup=False)
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._begun = self._said = time.monotonic()

    def warn(self, message: str) -> None:
        """One line, also when quiet."""
        LOG.info("warning: %s", message)
        self.stop()
        self._console.print(f"genoscore: warning: {message}", soft_wrap=True, markup=False)

    def stop(self) -> None:
        """Take the bar away."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


class Reporter(Shown, Observer):
    """How `score` goes."""

    def __init__(self, quiet: bool) -> None:
        super().__init__(quiet)
        self._records, self._pairs = 0, 0.0

    def begin(self, config: RunConfig) -> None:
        """Start the clock, and the bar."""
        gc.freeze()  # what is loaded stays: the collector need not look at it again
        gc.set_threshold(100_000, 20, 20)
        LOG.info("run: %s", config)
        self._begun = self._said = time.monotonic()
        if self._quiet or not self._console.is_terminal:
            return
        self._progress = progress_bar(self._console)
        self._task = self._progress.add_task("records", total=count_records(config), speed="")
        self._progress.start()

    def computed(self, pairs: float, records: float) -> None:
        """Say how fast it goes."""
        self._pairs += pairs
        speed = f"{self._pairs / max(time.monotonic() - self._begun, 1e-3):.1f} variants/s"
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, speed=speed)
        elif not self._quiet and time.monotonic() - self._said > EVERY:
            self._said = time.monotonic()
            line = (
                f"genoscore: {self._records:,} records done, {self._pairs:,.0f} variant x gene pairs computed, {speed}"
            )
            self._console.print(line, soft_wrap=True)

    def advance(self, summary: RunSummary) -> None:
        """Say how far it is."""
        self._records = summary.records
        LOG.debug("%d records, %.0f variant x gene pairs", summary.records, self._pairs)
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=summary.records)

    def finish(self, summary: RunSummary) -> None:
        """The tables at the end."""
        self.stop()
        LOG.info("done: %s", summary)
        if self._quiet:
            return
        self._console.print(status_table(summary.status, summary.bands))
        if summary.top:
            self._console.print(_top(summary))
        if summary.screened:
            share = f"{summary.settled:,} of {summary.screened:,} variant x gene pairs"
            self._console.print(f"settled by screening: {share}, the others in fp32", soft_wrap=True)
        for name, counts in summary.precomputed.items():
            share = f"{counts['taken']:,} variant x gene pairs taken from files"
            self._console.print(f"{name}: {share}, the others computed", soft_wrap=True)
        stages = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in summary.seconds.items())
        self._console.print(f"seconds by stage: {stages}", soft_wrap=True)
        notes = [f"{summary.records:,} records read", f"{summary.written:,} written"]
        notes += [f"{summary.left_out:,} left out by --min-score or --min-band"] if summary.left_out else []
        notes += [f"{summary.outside_regions:,} outside the regions"] if summary.outside_regions else []
        self._console.print(f"{', '.join(notes)}: {_named(summary.outputs)}", soft_wrap=True, markup=False)


class TrackReporter(Shown, PredictObserver):
    """The same for `predict`: bases in place of records."""

    def __init__(self, quiet: bool) -> None:
        super().__init__(quiet)
        self._bases = 0

    def begin(self, bases: int | None) -> None:
        """Start the clock, and the bar."""
        self._begun = self._said = time.monotonic()
        if not self._quiet and self._console.is_terminal:
            self._progress = progress_bar(self._console)
            self._task = self._progress.add_task("bases", total=bases, speed="")
            self._progress.start()

    def advance(self, bases: int) -> None:
        """Say how far it is, and how fast it goes."""
        self._bases += bases
        LOG.debug("%d bases", self._bases)
        speed = f"{self._bases / max(time.monotonic() - self._begun, 1e-3):,.0f} bases/s"
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=self._bases, speed=speed)
        elif not self._quiet and time.monotonic() - self._said > EVERY:
            self._said = time.monotonic()
            self._console.print(f"genoscore: {self._bases:,} bases done, {speed}", soft_wrap=True)

    def finish(self, summary: PredictSummary) -> None:
        """A line at the end."""
        self.stop()
        LOG.info("done: %s", summary)
        if self._quiet:
            return
        sequences = f"{summary.sequences:,} sequence{'' if summary.sequences == 1 else 's'}"
        line = f"{sequences}, {summary.bases:,} bases: {_named(summary.files)}"
        self._console.print(line, soft_wrap=True)


class ExplainReporter(Shown, ExplainObserver):
    """The same for `explain`: pages, and what of a page is in the making."""

    def __init__(self, quiet: bool) -> None:
        super().__init__(quiet)
        self._pages, self._subjects, self._part, self._done = 0, 0, "", 0.0

    def begin(self, subjects: int) -> None:
        """Start the clock, and the bar."""
        self._subjects = subjects
        self._begun = self._said = time.monotonic()
        if not self._quiet and self._console.is_terminal:
            self._progress = progress_bar(self._console)
            self._task = self._progress.add_task("pages", total=subjects, speed="")
            self._progress.start()

    def working(self, title: str, part: str, done: float) -> None:
        """Say what is in the making."""
        if part != self._part or not done:
            LOG.debug("%s: %s", title, part)
            self._part, self._done = part, 0.0
        self._done = min(1.0, self._done + done)
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, speed=f"{title} {part} {self._done:.0%}")
        elif not self._quiet and time.monotonic() - self._said > EVERY:
            self._said = time.monotonic()
            line = f"genoscore: {self._pages} of {self._subjects} pages done, {title}: {part} {self._done:.0%}"
            self._console.print(line, soft_wrap=True)

    def advance(self) -> None:
        """Say how far it is."""
        self._pages += 1
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=self._pages)

    def finish(self, summary: ExplainSummary) -> None:
        """What has no figures, and where the pages are."""
        self.stop()
        LOG.info("done: %s", summary)
        if self._quiet:
            return
        for title, status in summary.without:
            self._console.print(f"no figures of {title}: {status}", soft_wrap=True)
        line = f"{summary.explained} explained, {len(summary.without)} without figures: {summary.folder}/index.html"
        self._console.print(line, soft_wrap=True)


def _named(files: Sequence[str]) -> str:
    return ", ".join("standard output" if name == "-" else name for name in files)


def count_records(config: RunConfig) -> int | None:
    """Records of a file, for the time left; None for standard input or regions."""
    if not os.path.isfile(config.input) or load_regions(config.region, config.regions_file) is not None:
        return None
    try:
        with VcfReader(config.input) as reader:
            return sum(1 for _ in reader)
    except GenoscoreError:
        return None  # the run itself will say what is wrong


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
                table.add_row(name, f"  {band}", f"{bands[band]:,}", "band of the scored")
    return table


def _top(summary: RunSummary) -> Table:
    table = Table(title="Variants of largest magnitude", title_justify="left")
    for column in ("predictor", "variant", "gene", "score", "band"):
        table.add_column(column, justify="right" if column == "score" else "left")
    for one in summary.top:
        table.add_row(one.predictor, one.variant, one.gene, one.printed, one.band)
    return table
