"""The report of a run: counted as records are written, and given at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from genoscore.core.choices import BANDS
from genoscore.core.config import RunConfig
from genoscore.core.variants import Status, short_allele
from genoscore.engine.known import known_counts
from genoscore.engine.results import AltResult, RecordResult
from genoscore.engine.summary import RunSummary, StageTimer
from genoscore.inputs.record_source import RecordSource
from genoscore.outputs.best import Best, best_of_alt
from genoscore.scores.base import Scorer
from genoscore.scoring.notes import beyond_note, build_suspicion, precomputed_note
from genoscore.scoring.observers import Observer

if TYPE_CHECKING:
    from genoscore.engine.assembly import Assembly


class Tally:
    """Counts what a run does, decides which records are written, and passes warnings on."""

    def __init__(self, config: RunConfig, observer: Observer) -> None:
        self.summary = RunSummary(outputs=list(config.output))
        self.observer = observer
        self._config = config
        self._timer = StageTimer()

    def stage(self, name: str) -> AbstractContextManager[None]:
        """Add the block's seconds to a stage of the run."""
        return self._timer.stage(name)

    def warn(self, messages: Iterable[str]) -> None:
        """Warn the user, and keep the messages for the summary."""
        for message in messages:
            self.summary.warnings.append(message)
            self.observer.warn(message)

    def count(self, result: RecordResult, scorers: Mapping[str, Scorer]) -> bool:
        """Count a record; returns whether to write it."""
        self.summary.records += 1
        keep = self._config.min_score is None and self._config.min_band is None
        for name, alts in result.alts.items():
            for alt, alt_result in zip(result.record.alts, alts, strict=True):
                self.summary.add_alt(name, alt_result.status)
                if keep and not alt_result.genes:
                    continue
                self.summary.pairs += len(alt_result.genes) if alt_result.status.has_scores else 0
                keep |= alt_result.status.is_error or alt_result.status is Status.KEPT
                best = best_of_alt(alt_result, scorers[name])
                self._add_consequences(name, alt_result, best)
                if best is not None:
                    self._add_top(name, result, alt, best)
                    keep |= _reaches(best, self._config)
        self.summary.written += keep
        self.summary.left_out += not keep
        return keep

    def finish(
        self, notes: Iterable[str], lost_values: int, records: RecordSource, devices: Sequence[Sequence[Assembly]]
    ) -> RunSummary:
        """Add counts known only at the end, the warnings about them, and the seconds of every stage.

        Args:
            notes: messages from the outputs.
            lost_values: values of the input that an output cannot hold.
            devices: the predictors on each device.
        """
        summary = self.summary
        summary.lost_values = lost_values
        self.warn(notes)
        tallies = [assembly.tally for assemblies in devices for assembly in assemblies]
        summary.screened = sum(tally["screened"] for tally in tallies)
        summary.settled = sum(tally["settled"] for tally in tallies)
        summary.precomputed = {
            assembly.name: known_counts(assembly.tally, assembly.precomputed)
            for assembly in devices[0]
            if assembly.precomputed
        }
        if summary.replaced:
            self.warn(
                [
                    f"{summary.replaced} records carried an earlier annotation, which was replaced "
                    "(--keep-existing keeps it)"
                ]
            )
        if records.carriage_returns:
            self.warn([f"{records.name} has CR LF line ends; LF was written"])
        self.warn(filter(None, (precomputed_note(*item) for item in summary.precomputed.items())))
        self.warn(beyond_note(*item, self._config.distance) for item in summary.beyond.items() if item[1])
        self.warn(filter(None, (build_suspicion(*item) for item in summary.status.items())))
        summary.seconds = self._timer.seconds
        return summary

    def _add_consequences(self, name: str, result: AltResult, best: Best | None) -> None:
        if best is not None and best.scores.consequence and (event := best.scores.consequence.first.event):
            self.summary.add_event(name, event)
        self.summary.beyond[name] += any(scores.consequence and scores.consequence.beyond for scores in result.genes)

    def _add_top(self, name: str, result: RecordResult, alt: str, best: Best) -> None:
        record = result.record
        variant = f"{record.contig}:{record.pos} {short_allele(record.ref)}>{short_allele(alt)}"
        where = f"{best.symbol} {best.track}".strip()
        self.summary.add_top(name, variant, where, best.printed, best.band)


def _reaches(best: Best, config: RunConfig) -> bool:
    """Whether a score reaches `min_score` and `min_band`."""
    if config.min_score is not None and abs(float(best.printed)) < config.min_score:
        return False
    return config.min_band is None or (best.band != "" and BANDS.index(best.band) >= BANDS.index(config.min_band))
