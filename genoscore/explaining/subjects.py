"""Subjects to explain: variants of a VCF, a region of the reference, or sequences of a FASTA."""

from __future__ import annotations

import os
import re
from contextlib import ExitStack
from dataclasses import dataclass, replace

from genoscore.core.choices import MAX_MUTATED
from genoscore.core.errors import ConfigError, InputError
from genoscore.core.scratch import temporary_folder
from genoscore.core.variants import short_allele
from genoscore.engine.layout import without_adaptors
from genoscore.engine.summary import RunSummary
from genoscore.explaining.config import ExplainConfig
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.given_input import given_variants
from genoscore.inputs.htslib import silence_htslib
from genoscore.inputs.lines import STDIN, LineReader
from genoscore.inputs.record_source import MemoryRecords
from genoscore.inputs.sequences import open_region, read_sequences
from genoscore.inputs.vcf import Record
from genoscore.planning.jobs import JobBuilder
from genoscore.predictors.base import PredictorSpec
from genoscore.scoring.opening import Inputs, open_inputs, records_in

VARIANTS, REGION, SEQUENCES = "variants", "region", "sequences"
_REGION = re.compile(r".+:[0-9,]+(-[0-9,]*)?")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Subject:
    """One ALT of a record, or a stretch without a variant.

    Attributes:
        number: from 1, in the order of the input.
        contig: its name in the FASTA, or, if the FASTA does not have it, in the record.
        start, end: of REF as in the record, or of the region, 0-based, half-open.
        record, alt_index: of a variant; None and 0 without a variant.
    """

    number: int
    title: str
    contig: str
    start: int
    end: int
    record: Record | None = None
    alt_index: int = 0

    @property
    def slug(self) -> str:
        """The name of its folder.

        >>> Subject(7, "chr1:100 A>G", "chr1", 99, 100).slug
        '0007_chr1_100_A_G'
        """
        return f"{self.number:04d}_{_UNSAFE.sub('_', self.title)[:60]}"


@dataclass(frozen=True, slots=True)
class Opened:
    """The subjects of a run and the files needed to explain them.

    Attributes:
        free_strand: the strand of a sequence without genes, for a predictor that reads the gene's strand.
    """

    kind: str
    subjects: list[Subject]
    inputs: Inputs
    builder: JobBuilder
    free_strand: str = "+"


def kind_of(config: ExplainConfig) -> str:
    """Whether INPUT is variants, a region or sequences.

    Raises:
        InputError: it is neither a file nor a region.
        ConfigError: a reference is missing, or given but not needed; a strand that the genes determine.
    """
    if config.input != STDIN and not os.path.exists(config.input) and _REGION.fullmatch(config.input):
        kind = REGION
    elif given_variants(config.input) is not None:
        kind = VARIANTS
    else:
        kind = VARIANTS if config.input == STDIN or not _is_fasta(config.input) else SEQUENCES
    has_reference = str(config.reference) != "-"
    if kind == SEQUENCES and has_reference and "reference" in config.origins:  # a default, meant for the user's VCFs
        has_reference = False
    if (kind == SEQUENCES) == has_reference:
        if kind == SEQUENCES:
            raise ConfigError("sequences of a FASTA need no reference", "leave -r out")
        raise ConfigError(f"{'a region needs' if kind == REGION else 'variants need'} a reference", "give -r FASTA")
    if kind != VARIANTS and (config.region is not None or config.regions_file is not None):
        raise ConfigError("--region and --regions-file are for variants", "leave them out")
    if kind != SEQUENCES and config.strand in ("forward", "reverse"):
        raise ConfigError(f"--strand {config.strand} is for sequences of a FASTA", "give spec or both")
    return kind


def _is_fasta(path: str) -> bool:
    reader = LineReader(path, "input")
    try:
        return reader.peek(1) == b">"
    finally:
        reader.close()


def open_subjects(config: ExplainConfig, spec: PredictorSpec, stack: ExitStack) -> Opened:
    """Open and check the files, and list what is to be explained.

    Raises:
        InputError, ConfigError: see the readers; too many variants; a region or sequence that is too long.
    """
    kind = kind_of(config)
    if kind == VARIANTS:
        inputs = open_inputs(config, [spec], stack)
        subjects = _variants(config, inputs)
        return Opened(kind, subjects, inputs, inputs.job_builder(spec))
    if kind == REGION:
        inputs = open_inputs(config, [spec], stack, MemoryRecords(()))
        region = open_region(inputs.genome, config.input)
        subject = Subject(1, region.name, region.contig, region.start, region.end)
        _check_length(subject)
        return Opened(kind, [subject], inputs, inputs.job_builder(spec))
    return _open_sequences(config, spec, stack)


def _variants(config: ExplainConfig, inputs: Inputs) -> list[Subject]:
    subjects: list[Subject] = []
    for record in records_in(inputs, RunSummary()):
        contig = inputs.genome.resolve(record.contig, inputs.records.header.contigs.get(record.contig)) or record.contig
        for at, alt in enumerate(record.alts):
            if len(subjects) == config.most:
                raise ConfigError(
                    f"{inputs.records.name} contains more than {config.most} ALTs, each of which gets a page",
                    "choose some with --region or bcftools view, or raise --most",
                )
            title = f"{record.contig}:{record.pos} {short_allele(record.ref)}>{short_allele(alt)}"
            start = record.pos - 1
            subjects.append(Subject(len(subjects) + 1, title, contig, start, start + len(record.ref), record, at))
    if not subjects:
        why = f"{inputs.records.name} contains no record in the requested regions"
        path = config.input if given_variants(config.input) is None else ""
        raise InputError(why, "give variants", path=path)
    return subjects


def _open_sequences(config: ExplainConfig, spec: PredictorSpec, stack: ExitStack) -> Opened:
    """Sequences become contigs of a small FASTA, with N beyond their ends."""
    if config.strand == "reverse" and spec.strand != "gene":
        raise ConfigError(
            f"--strand reverse: {spec.name} reads both strands, or only the forward one",
            "reverse-complement the sequence",
        )
    folder = stack.enter_context(temporary_folder())
    fasta, subjects = folder / "sequences.fa", []
    with open(fasta, "w", encoding="utf-8", errors="surrogateescape") as out:
        for number, sequence in enumerate(read_sequences(config.input), 1):
            insert = without_adaptors(sequence, spec)
            subject = Subject(number, insert.name, insert.name, 0, insert.length)
            _check_length(subject)
            if number > config.most:
                raise ConfigError(f"{config.input} contains more than {config.most} sequences", "raise --most")
            subjects.append(subject)
            out.write(f">{insert.name}\n{insert.bases}\n")
    silence_htslib()
    genome = ReferenceGenome(fasta)
    stack.callback(genome.close)
    inputs = Inputs(MemoryRecords(()), genome, None, None)
    free = replace(spec, genes=replace(spec.genes, bound=False, masked=False))
    strand = "-" if config.strand == "reverse" else "+"
    return Opened(SEQUENCES, subjects, inputs, JobBuilder(free, genome, None, {}, strand), strand)


def _check_length(subject: Subject) -> None:
    if subject.end - subject.start > MAX_MUTATED:
        raise ConfigError(
            f"{subject.title} has {subject.end - subject.start:,} bases, each of which would be replaced",
            f"give at most {MAX_MUTATED:,}",
        )
