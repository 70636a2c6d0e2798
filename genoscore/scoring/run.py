"""The one place where the rooms are wired together, and what the command line calls."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genoscore._version import __version__
from genoscore.core.config import BANDS, RunConfig
from genoscore.core.errors import ConfigError
from genoscore.core.variants import Status
from genoscore.engine.journal import Journal, Rows
from genoscore.engine.known import known_counts
from genoscore.engine.pipeline import Ahead, Behind, spread
from genoscore.engine.precision import screening_of
from genoscore.engine.results import RecordResult
from genoscore.engine.summary import RunSummary, StageTimer
from genoscore.inputs.genes import BUILT_IN, NO_GENES
from genoscore.inputs.precomputed import PrecomputedScores
from genoscore.outputs.annotated import VcfText
from genoscore.outputs.base import Writer, WriterContext, WriterGroup
from genoscore.outputs.best import Best, best_of_alt
from genoscore.outputs.info import InfoFields
from genoscore.outputs.summary_json import write_summary
from genoscore.outputs.targets import check_targets, find_writer
from genoscore.outputs.vcf_header import annotated_header, missing_contigs
from genoscore.planning.chunks import Chunk, make_chunks
from genoscore.predictors import registry
from genoscore.scores.background import Background, add_shipped
from genoscore.scores.base import Scorer
from genoscore.scoring.observers import Observer
from genoscore.scoring.opening import (
    Inputs,
    build_suspicion,
    open_inputs,
    open_precomputed,
    precomputed_note,
    records_in,
)
from genoscore.scoring.provenance import provenance_of, weights_digests

if TYPE_CHECKING:
    from genoscore.engine.run import Assembly, Planned
    from genoscore.predictors.base import Predictor

Opener = Callable[[str, WriterContext], Writer]
_AGREE = (
    "device", "batch_size", "keep_existing", "region", "regions_file", "min_score", "min_band", "output", "precomputed",
    "precomputed_as",
)  # fmt: skip


def score_vcf(config: RunConfig, observer: Observer | None = None) -> RunSummary:
    """Score a VCF and write every output, all of them or none.

    Raises:
        GenoscoreError: one line that says what is wrong and what to do; no output is left behind.
    """
    return _go(_Run(config, observer or Observer()))


def make_background(config: RunConfig, observer: Observer | None = None) -> RunSummary:
    """Score a VCF and write, as the one output, how its scores are distributed: see `scores.background`.

    Raises:
        GenoscoreError: as `score_vcf`; the predictor's scores have bands of their own, or no ALT was scored.
    """
    if len(config.predictor) != 1 or len(config.output) != 1 or config.background:
        raise ConfigError("a background is of one predictor, in one file", "give one -p, one -o and no --background")
    if config.min_score is not None or config.min_band is not None or config.keep_existing or config.precomputed:
        raise ConfigError(
            "a background counts every variant, large or small, as this run scores it",
            "leave out min_score, min_band, keep_existing and precomputed",
        )
    spec = registry.get(config.predictor[0]).spec(config)
    if "background" not in spec.heeds:
        raise ConfigError(f"{spec.name} needs no background: its scores have bands of their own", "leave it out")
    from genoscore.outputs.background import BackgroundWriter

    return score_into(config, BackgroundWriter, observer)


def score_into(config: RunConfig, opener: Opener, observer: Observer | None = None) -> RunSummary:
    """Score a VCF and hand every record's results to a writer of one's own, in the place of the output files.

    Args:
        opener: makes the writer, told the output's name and what a writer may need of the run.

    Raises:
        GenoscoreError: as `score_vcf`.
    """
    return _go(_Run(config, observer or Observer(), opener))


def input_files(config: RunConfig) -> list[str | Path]:
    """Every file that a run reads or may not touch, so that no output may replace it."""
    found: list[str | Path] = [config.input, config.reference, config.annotation, *config.protect]
    found += [f"{config.reference}{suffix}" for suffix in (".fai", ".gzi")]
    if config.regions_file is not None:
        found.append(config.regions_file)
    for path in _precomputed_paths(config):
        found += [path, f"{path}.tbi", f"{path}.csi"]
    return found + _option_files(config)


def _option_files(config: RunConfig) -> list[str]:
    """Files that options may name: of transcripts, tracks and backgrounds."""
    named = [config.transcripts]
    for name in config.predictor:
        named += [*config.of_predictor("tracks", name), *config.of_predictor("background", name)]
    return [path for path in dict.fromkeys(named) if os.path.isfile(path)]


def _precomputed_paths(config: RunConfig) -> list[Path]:
    return [path for paths in config.precomputed_files.values() for path in paths]


def _go(run: _Run) -> RunSummary:
    config = run.config
    with run.timer.stage("total"):
        run.go()
    run.summary.seconds = run.timer.seconds
    if config.summary is not None:
        write_summary(run.summary, config.summary, __version__)
    return run.summary


class _Run:
    """One call of `score_vcf`."""

    def __init__(self, config: RunConfig, observer: Observer, opener: Opener | None = None) -> None:
        self.config = config
        self.observer = observer
        self._opener: Callable[[str], Opener] = (lambda _: opener) if opener else find_writer
        self._writes_bands = opener is None
        self.timer = StageTimer()
        self.summary = RunSummary(outputs=list(config.output))
        self.journal: Journal | None = None

    def go(self) -> None:
        config = self.config
        registry.check_use(config)
        for target in config.output:
            self._opener(target)
        targets = [*config.output, *([str(config.summary)] if config.summary else [])]
        check_targets(targets, input_files(config))
        with ExitStack() as stack:
            with self.timer.stage("load"):
                weights = weights_digests(config)
                inputs = open_inputs(config, stack)
            self._warn_all([*inputs.warnings, *_rough(config)])
            self.summary.provenance = {
                name: provenance_of(config, name, weights[name], inputs) for name in config.predictor
            }
            most = min(registry.get(name).spec(config).max_records for name in config.predictor)
            chunks = make_chunks(records_in(inputs, self.summary), most)
            with self.timer.stage("read"):  # a damaged input is told before the networks are loaded
                first = next(chunks, None)
            with self.timer.stage("load"):
                devices = self._assemble(inputs, self._open_precomputed(inputs, stack))
            if config.resume:
                self.journal = Journal(journal_path(config), self._what_must_agree(inputs))
                stack.callback(self.journal.close)
            writers = stack.enter_context(WriterGroup())
            self._stream(inputs, devices, writers, first, chunks)
            tallies = [one.tally for assemblies in devices for one in assemblies]
            self.summary.screened = sum(tally["screened"] for tally in tallies)
            self.summary.settled = sum(tally["settled"] for tally in tallies)
            self.summary.precomputed = {
                one.name: known_counts(one.tally, one.precomputed) for one in devices[0] if one.precomputed
            }
            if self.journal is not None:
                self.journal.delete()
            self._warn_at_end(inputs)

    def _what_must_agree(self, inputs: Inputs) -> dict[str, str]:
        """What `--resume` compares: all that the scores and the outputs' bytes depend on."""
        config, header = self.config, inputs.reader.header
        text = "\n".join([*header.meta, header.columns])
        what = {  # of the genes the files and options below say more than their digest
            f"{key} of {name}": value
            for name, one in self.summary.provenance.items()
            for key, value in one.items()
            if key != "Genes"
        }
        what |= {option: str(getattr(config, option)) for option in _AGREE}
        what |= {"input header": hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]}
        files = [Path(config.reference)]
        if config.annotation not in (*BUILT_IN, NO_GENES):
            files.append(Path(config.annotation))
        if config.regions_file is not None:
            files.append(config.regions_file)
        files += map(Path, _option_files(config))
        for path in [*files, *_precomputed_paths(config)]:
            found = path.stat()
            what[f"size and time of {path}"] = f"{found.st_size} {found.st_mtime_ns}"
        return what

    def _open_precomputed(self, inputs: Inputs, stack: ExitStack) -> dict[str, PrecomputedScores]:
        """Before the networks, so that a file that does not fit is told soon."""
        provenance = self.summary.provenance
        found, warnings = open_precomputed(self.config, inputs, provenance, stack)
        for name, files in found.items():
            provenance[name]["Precomputed"] = files.fingerprint
        self._warn_all(warnings)
        return found

    def _assemble(self, inputs: Inputs, precomputed: Mapping[str, PrecomputedScores]) -> list[list[Assembly]]:
        """Every predictor, once for each device."""
        from genoscore.predictors.device import choose_devices, choose_threads, keep_freed_memory

        choose_threads(self.config.threads)
        keep_freed_memory()
        on_devices = [replace(self.config, device=device) for device in choose_devices(self.config.device)]
        assembled = [
            [self._assemble_one(name, config, inputs, precomputed.get(name)) for name in config.predictor]
            for config in on_devices
        ]
        for one, other in combinations(assembled[0], 2):
            if both := one.own_ids & other.own_ids:
                raise ConfigError(
                    f"predictors {one.name} and {other.name} both write {', '.join(sorted(both))}",
                    "run one after the other",
                )
        return assembled

    def _assemble_one(
        self, name: str, config: RunConfig, inputs: Inputs, precomputed: PrecomputedScores | None
    ) -> Assembly:
        from genoscore.engine.run import Assembly
        from genoscore.scores.registry import make_scorer

        predictor = registry.get(name).load(config)
        scorer = make_scorer(predictor.spec, config)
        provenance = self.summary.provenance[name]
        if isinstance(scorer.percentiles, Background):
            scorer.percentiles.check(provenance)
        elif self._writes_bands and (why := add_shipped(scorer, predictor.spec, provenance)):
            self._warn_all([] if why in self.summary.warnings else [why])  # once, of several devices
        if config.min_band is not None and not scorer.banded:
            raise ConfigError(f"--min-band: scores of {name} have no bands without a background", "give --background")
        return Assembly(
            predictor=predictor,
            scorer=scorer,
            builder=inputs.job_builder(predictor.spec),
            genome=inputs.genome,
            batch_size=config.batch_size,
            screening=screening_of(predictor.spec, config.precision),
            own_ids=self._info_fields(name, scorer, inputs).ids,
            keep_existing=config.keep_existing,
            precomputed=precomputed,
        )

    def _info_fields(self, name: str, scorer: Scorer, inputs: Inputs) -> InfoFields:
        has_ids = inputs.genes is not None and inputs.genes.has_ids
        spec = registry.get(name).spec(self.config)
        gene_ids = has_ids and (spec.gene_bound or spec.tss)
        sourced = name in self.config.precomputed_files
        return InfoFields(name, scorer, self.config.compat, sourced, gene_ids)

    def _stream(
        self,
        inputs: Inputs,
        devices: list[list[Assembly]],
        writers: WriterGroup,
        first: Chunk | None,
        rest: Iterator[Chunk],
    ) -> None:
        """Read and plan ahead in a thread, compute here or in a thread per device, write behind in a thread."""
        from genoscore.engine.run import compute_chunk

        scorers = {one.name: one.scorer for one in devices[0]}
        text = self._open_writers(writers, inputs, scorers, first.records[0].contig if first else None)
        self.observer.begin(self.config)

        def compute(assemblies: list[Assembly], planned: Planned) -> tuple[Planned, list[RecordResult], Rows]:
            with self.timer.stage("network"):
                return planned, *compute_chunk(planned, assemblies, self.observer.computed)

        def write(results: list[RecordResult]) -> None:
            with self.timer.stage("write"):
                for result in results:
                    self._count_and_write(result, scorers, writers)
            self.summary.replaced = text.replaced
            self.observer.advance(self.summary)

        workers = [partial(compute, assemblies) for assemblies in devices]
        with Ahead(self._planned(first, rest, devices[0])) as ahead, Behind(write, ahead.stop) as behind:
            for planned, results, rows in spread(ahead, workers):
                if self.journal is not None and planned.known is None:
                    self.journal.add(planned.chunk, rows)
                behind.put(results)
        with self.timer.stage("write"):
            notes = writers.commit()
        self._warn_all(notes)

    def _planned(self, first: Chunk | None, rest: Iterator[Chunk], assemblies: list[Assembly]) -> Iterator[Planned]:
        """Chunks ready to be computed. The journal is read up to the first chunk that it lacks, then only written."""
        from genoscore.engine.run import plan_chunk

        journal, chunk = self.journal, first
        while chunk is not None:
            known = journal.rows(chunk) if journal is not None else None
            journal = journal if known is not None else None
            with self.timer.stage("plan"):
                planned = plan_chunk(chunk, assemblies, known)
            yield planned
            with self.timer.stage("read"):
                chunk = next(rest, None)

    def _open_writers(
        self, writers: WriterGroup, inputs: Inputs, scorers: Mapping[str, Scorer], first_contig: str | None
    ) -> VcfText:
        config, header = self.config, inputs.reader.header
        fields = {name: self._info_fields(name, scorer, inputs) for name, scorer in scorers.items()}
        sourced = bool(config.precomputed)
        contigs = missing_contigs(header, first_contig, inputs.genome.lengths)
        text = VcfText(
            annotated_header(header, fields, self.summary.provenance, contigs, __version__, config.keep_existing),
            fields,
            config.keep_existing,
        )
        context = WriterContext(text, scorers, self.summary.provenance, inputs.genome.lengths, sourced)
        for target in config.output:
            writers.add(self._opener(target)(target, context))
        return text

    def _count_and_write(self, result: RecordResult, scorers: Mapping[str, Scorer], writers: WriterGroup) -> None:
        summary, record = self.summary, result.record
        summary.records += 1
        keep = self.config.min_score is None and self.config.min_band is None
        for name, alts in result.alts.items():
            for alt, one in zip(record.alts, alts, strict=True):
                summary.add_alt(name, one.status)
                if keep and not one.genes:
                    continue
                summary.pairs += len(one.genes) if one.status.has_scores else 0
                keep |= one.status.is_error or one.status is Status.KEPT
                best = best_of_alt(one, scorers[name])
                if best is None:
                    continue
                variant = f"{record.contig}:{record.pos} {_short(record.ref)}>{_short(alt)}"
                where = f"{best.symbol} {best.track}".strip()
                summary.add_top(name, variant, where, best.printed, best.band)
                keep |= _reaches(best, self.config)
        if not keep:
            summary.left_out += 1
            return
        writers.write(result)
        summary.written += 1

    def _warn_all(self, messages: list[str]) -> None:
        for message in messages:
            self.summary.warnings.append(message)
            self.observer.warn(message)

    def _warn_at_end(self, inputs: Inputs) -> None:
        messages = []
        if self.summary.replaced:
            messages.append(
                f"{self.summary.replaced} records carried an earlier annotation, which was replaced "
                "(--keep-existing leaves it)"
            )
        if inputs.reader.carriage_returns:
            messages.append(f"{inputs.reader.name} has CR LF line ends; LF was written")
        messages += filter(None, (precomputed_note(*item) for item in self.summary.precomputed.items()))
        messages += filter(None, (build_suspicion(*item) for item in self.summary.status.items()))
        self._warn_all(messages)


def _rough(config: RunConfig) -> list[str]:
    """Where the precision asked for is too low for what it is asked for."""
    names = [name for name in config.predictor if registry.get(name).spec(config).input_length is not None]
    if config.precision != "bf16" or not names:
        return []
    return [
        f"--precision bf16: its error is larger than the effect of most variants on the tracks of {', '.join(names)}"
    ]


def journal_path(config: RunConfig) -> Path:
    """Where `--resume` keeps its journal: beside the first output."""
    return Path(config.output[0] + ".genoscore-journal")


def _reaches(best: Best, config: RunConfig) -> bool:
    """Whether a score is large enough to be written, of those that `min_score` or `min_band` choose."""
    if config.min_score is not None and abs(float(best.printed)) < config.min_score:
        return False
    return config.min_band is None or (best.band != "" and BANDS.index(best.band) >= BANDS.index(config.min_band))


def _short(allele: str) -> str:
    return allele if len(allele) <= 12 else f"{allele[:9]}...({len(allele)})"


def load_predictor(name: str, weights: str | Path | None = None, **options: Any) -> Predictor:
    """A predictor for use from Python.

    Args:
        name: as in `genoscore models list`.
        weights: folder of its weights, instead of the installed ones.
        options: `device`, `precision`, `threads`, `distance`, ... as in RunConfig.

    Raises:
        ConfigError, WeightsError: unknown name, missing weights.
    """
    from genoscore.predictors.device import choose_threads

    given = {name: Path(weights)} if weights is not None else {}
    config = RunConfig(input="-", reference=Path("-"), predictor=(name,), weights=given, **options)
    registry.check_use(config)
    choose_threads(config.threads)
    return registry.get(name).load(config)
