"""Tracks of sequences without variants: runs `genoscore predict`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from genoscore._version import __version__
from genoscore.core.config import PredictConfig
from genoscore.engine.layout import TrackBlock, check_length, resolve_strand, without_adaptors
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.htslib import silence_htslib
from genoscore.inputs.lines import STDIN
from genoscore.inputs.sequences import TrackSource, open_region, read_sequences
from genoscore.outputs.base import OutputGroup
from genoscore.outputs.targets import check_targets
from genoscore.outputs.track_npz import NpzNames
from genoscore.outputs.tracks import TrackContext, track_files, track_format, track_writer
from genoscore.predictors import registry
from genoscore.predictors.base import PredictorSpec
from genoscore.predictors.registry import ResolvedPredictor
from genoscore.scoring.observers import PredictObserver
from genoscore.scoring.provenance import weights_digests


@dataclass(slots=True)
class PredictSummary:
    """Counts and files of a run.

    Attributes:
        files: the files written, in order; `-` is standard output.
    """

    sequences: int = 0
    bases: int = 0
    files: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Opened:
    """The sequences of a run.

    Attributes:
        bases: total over all sequences; None for a stream, which is checked as it is read.
        contig_lengths: of the reference, if a region is given; else None.
    """

    sources: Iterable[TrackSource]
    bases: int | None
    contig_lengths: Mapping[str, int] | None
    warnings: list[str]


def predict_sequences(config: PredictConfig, observer: PredictObserver | None = None) -> PredictSummary:
    """Compute the tracks of every sequence and write every output, all of them or none.

    Raises:
        GenoscoreError: one line with the problem and the remedy; no output is left behind.
    """
    observer = observer or PredictObserver()
    run = config.for_predictor()
    resolved = registry.resolve(run)
    predictor = resolved[config.predictor]
    spec = predictor.spec
    summary = PredictSummary(files=[name for target in config.output for name in track_files(target, spec.tracks)])
    check_targets(summary.files, _inputs_given(config))
    with ExitStack() as stack:
        weights = weights_digests(run, resolved)[config.predictor]
        opened = _open(config, spec, stack)
        for message in opened.warnings:
            observer.warn(message)
        writers = stack.enter_context(OutputGroup[TrackBlock]())
        context = TrackContext(
            spec.tracks, spec.bin_size, opened.contig_lengths, prediction_provenance(config, weights)
        )
        for target in config.output:
            writers.add(track_writer(target)(target, context))
        for block in predict_blocks(config, predictor, opened.sources, opened.bases, observer):
            writers.write(block)
            summary.bases += block.bases
            summary.sequences += block.is_last
        writers.prepare()
        writers.commit()
    return summary


def predict_blocks(
    config: PredictConfig,
    predictor: ResolvedPredictor,
    sources: Iterable[TrackSource],
    bases: int | None,
    observer: PredictObserver,
) -> Iterator[TrackBlock]:
    """Load the network and compute the tracks of sequences, in order.

    Args:
        bases: total over all sequences, if known.

    Raises:
        GenoscoreError: see `predict_tracks`; the network cannot be loaded.
    """
    from genoscore.engine.tracks import predict_tracks
    from genoscore.predictors.device import choose_threads, keep_freed_memory

    choose_threads(config.threads)
    keep_freed_memory()
    strand = resolve_strand(config.strand, predictor.spec)
    loaded = predictor.load(config.for_predictor())
    observer.begin(bases)
    for block in predict_tracks(sources, loaded, strand, config.batch_size):
        yield block
        observer.advance(block.bases)


def _inputs_given(config: PredictConfig) -> list[str | Path]:
    given: list[str | Path] = [*config.protect]
    if config.input is not None:
        given.append(config.input)
    if config.reference is not None:
        given += [f"{config.reference}{suffix}" for suffix in ("", ".fai", ".gzi")]
    return given


def _open(config: PredictConfig, spec: PredictorSpec, stack: ExitStack) -> _Opened:
    """Open and check the sequences before the network is loaded: a file in full, a stream up to the first sequence."""
    npz = any(track_format(target) == ".npz" for target in config.output)

    def checked(sources: Iterable[TrackSource]) -> Iterator[TrackSource]:
        names = NpzNames()
        for source in sources:
            check_length(source, spec, config.input or "")
            if npz:
                names.take(source.name)
            yield source

    def read(path: str) -> Iterator[TrackSource]:
        return (without_adaptors(sequence, spec) for sequence in read_sequences(path))

    if config.input is None:
        silence_htslib()
        assert config.reference is not None
        assert config.region is not None
        genome = ReferenceGenome(config.reference)
        stack.callback(genome.close)
        region = open_region(genome, config.region)
        return _Opened(list(checked([region])), region.length, genome.lengths, genome.warnings)
    if config.input != STDIN and os.path.isfile(config.input):
        bases = sum(source.length for source in checked(read(config.input)))
        return _Opened(checked(read(config.input)), bases, None, [])
    stream = checked(read(config.input))
    return _Opened(chain([next(stream)], stream), None, None, [])


def prediction_provenance(config: PredictConfig, weights_sha256: str) -> dict[str, str]:
    """What is needed to reproduce the prediction."""
    run = config.for_predictor()
    given = {"Sequences": config.input} if config.input is not None else {}
    if config.region is not None:
        given = {"Reference": str(config.reference), "Region": config.region}
    return {
        "Version": __version__,
        "Command": config.command or "genoscore.scoring.sequences.predict_sequences",
        "Predictor": config.predictor,
        "WeightsSHA256": weights_sha256,
        **given,
        "Strand": config.strand,
        "Precision": run.precision,
        **({"Head": config.head} if config.head else {}),
        **({"Untrained": "the weights are random and the tracks meaningless"} if config.untrained else {}),
        **config.recorded_origins(),
    }
