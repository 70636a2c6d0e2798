"""The main job, `genoscore score`: from a VCF to annotated outputs. The steps of a run:

1. Check the request: predictors with their options and licences, names of outputs. Nothing is opened yet.
2. Open the inputs (`opening`): weights and their digests, VCF, FASTA, genes, regions, precomputed scores. The first
   chunk of records is read before any network is loaded, so that a damaged input is reported at once.
3. Load the networks, once per device, with the scorers of their families (`assembling`), and open the outputs
   under temporary names (`writing`).
4. For every chunk, in order: read and plan, compute, count and write (`streaming`, `tallying`). One thread reads and
   plans ahead, another writes, and the networks run in between.
5. Complete all outputs, the summary with the notes on the run among them, and let them appear together.

`check` stops before step 3; `evaluate` and `background` run all steps with their own writer (`score_into`).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from genoscore._version import __version__
from genoscore.core.config import RunConfig
from genoscore.engine.pipeline import Ahead, Behind, spread
from genoscore.engine.summary import RunSummary
from genoscore.inputs.record_source import RecordSource
from genoscore.outputs.base import WriterGroup
from genoscore.outputs.summary_json import SummaryJson
from genoscore.outputs.targets import check_targets, find_writer
from genoscore.predictors import registry
from genoscore.scoring.assembling import assemble
from genoscore.scoring.effects import Effects
from genoscore.scoring.files import input_files
from genoscore.scoring.observers import Observer
from genoscore.scoring.opening import open_run
from genoscore.scoring.resuming import delete_journal, keeping_journal, open_journal
from genoscore.scoring.streaming import computers, plan_chunks, writer_of
from genoscore.scoring.tallying import Tally
from genoscore.scoring.writing import OpenWriter, open_writers


def score_vcf(config: RunConfig, observer: Observer | None = None) -> RunSummary:
    """Score a VCF and write every output, all of them or none.

    Raises:
        GenoscoreError: one line with the problem and the remedy; no output is left behind.
    """
    return _score(config, observer or Observer(), find_writer)


def score_into(
    config: RunConfig,
    opener: OpenWriter,
    observer: Observer | None = None,
    records: RecordSource | None = None,
    shipped_bands: bool = False,
) -> RunSummary:
    """Score a VCF and pass every record's results to a custom writer, instead of writing the output files.

    Args:
        opener: makes the writer from the output's name and the writer context of the run.
        records: to score instead of those of `config.input`.
        shipped_bands: whether a background that comes with a predictor gives percentiles and bands, as in `score_vcf`.

    Raises:
        GenoscoreError: as `score_vcf`.
    """
    return _score(config, observer or Observer(), lambda _: opener, records, shipped_bands)


def _score(
    config: RunConfig,
    observer: Observer,
    find_opener: Callable[[str], OpenWriter],
    records: RecordSource | None = None,
    shipped_bands: bool = True,
) -> RunSummary:
    """The steps of a run, in order; see the top of this file."""
    tally = Tally(config, observer)
    with ExitStack() as stack:
        resolved = registry.resolve(config)
        openers = {target: find_opener(target) for target in config.output}
        check_targets([*config.output, *([str(config.summary)] if config.summary else [])], input_files(config))

        run = open_run(config, resolved, tally, stack, records)
        with tally.stage("load"):
            assembled = assemble(config, resolved, run, shipped_bands)
        tally.warn(assembled.warnings)
        journal = open_journal(config, run, stack)
        writers = stack.enter_context(WriterGroup())
        effects = Effects(assembled.consequences, run.inputs.genome, run.inputs.genes, config)
        text = open_writers(config, openers, run, assembled, writers)
        write = writer_of(writers, text, assembled, effects, tally)
        observer.begin(config)

        with keeping_journal(journal):
            planned = plan_chunks(run, assembled, journal, tally)
            with Ahead(planned) as ahead, Behind(write, ahead.stop) as behind:
                for computed in spread(ahead, computers(assembled, tally)):
                    if journal is not None and computed.planned.known is None:
                        journal.add(computed.planned.chunk, computed.rows)
                    behind.put(computed.results)

            with tally.stage("write"):
                notes = writers.prepare()
            summary = tally.finish(notes, writers.lost_values, run.inputs.records, assembled.devices)
            if config.summary is not None:
                writers.add_complete(SummaryJson(str(config.summary), summary, __version__))
            writers.commit()
        tally.warn(delete_journal(journal))
    return summary
