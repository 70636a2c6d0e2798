"""What is explained: variants of a VCF, a region of the reference, or sequences of a FASTA."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from genoscore.core.choices import MAX_MUTATED
from genoscore.core.errors import ConfigError, InputError
from genoscore.core.variants import short_allele
from genoscore.engine.layout import without_adaptors
from genoscore.engine.summary import RunSummary
from genoscore.explaining.config import ExplainConfig
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.given_input import given_variants
from genoscore.inputs.lines import STDIN, LineReader
from genoscore.inputs.record_source import MemoryRecords
from genoscore.inputs.sequences import open_region, read_sequences
from genoscore.inputs.vcf import Record, silence_htslib
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
        contig: the FASTA's spelling; as the record spells it where the FASTA has no such contig.
        start, end: of REF as it stands, or of the region, 0-based, half-open.
        record, alt_index: of a variant; None and 0 without one.
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
        """Name of its folder.

        >>> Subject(7, "chr1:100 A>G", "chr1", 99, 100).slug
        '0007_chr1_100_A_G'
        """
        return f"{self.number:04d}_{_UNSAFE.sub('_', self.title)[:60]}"


@dataclass(frozen=True, slots=True)
class Opened:
    """The subjects of a run and the files that they are explained from.

    Attributes:
        free_strand: on which a sequence without genes is read, by a predictor that reads the gene's.
    """

    kind: str
    subjects: list[Subject]
    inputs: Inputs
    builder: JobBuilder
    free_strand: str = "+"


def kind_of(config: ExplainConfig) -> str:
    """What INPUT is.

    Raises:
        InputError: neither a file nor a region.
        ConfigError: a reference is missing, or given where none is read; a strand that the genes decide.
    """
    if config.input != STDIN and not os.path.exists(config.input) and _REGION.fullmatch(config.input):
        kind = REGION
    elif given_variants(config.input) is not None:
        kind = VARIANTS
    else:
        kind = VARIANTS if config.input == STDIN or not _is_fasta(config.input) else SEQUENCES
    asked = str(config.reference) != "-"
    if kind == SEQUENCES and asked and "reference" in config.origins:  # of the user's VCFs, not of these sequences
        asked = False
    if (kind == SEQUENCES) == asked:
        told = "around a FASTA's sequences lies N" if kind == SEQUENCES else f"{kind} are of a reference"
        raise ConfigError(told, "leave -r out" if kind == SEQUENCES else "give -r FASTA")
    if kind != VARIANTS and (config.region is not None or config.regions_file is not None):
        raise ConfigError("--region and --regions-file choose among variants", "leave them out")
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
    found: list[Subject] = []
    for record in records_in(inputs, RunSummary()):
        contig = inputs.genome.resolve(record.contig, inputs.records.header.contigs.get(record.contig)) or record.contig
        for at, alt in enumerate(record.alts):
            if len(found) == config.most:
                raise ConfigError(
                    f"{inputs.records.name} holds more than {config.most} ALTs, each of which takes a page",
                    "choose some with --region or bcftools view, or give --most",
                )
            title = f"{record.contig}:{record.pos} {short_allele(record.ref)}>{short_allele(alt)}"
            start = record.pos - 1
            found.append(Subject(len(found) + 1, title, contig, start, start + len(record.ref), record, at))
    if not found:
        raise InputError(f"{inputs.records.name} holds no record in the regions asked for", "give variants")
    return found


def _open_sequences(config: ExplainConfig, spec: PredictorSpec, stack: ExitStack) -> Opened:
    """Sequences become contigs of a small FASTA, beyond whose ends lies N."""
    if config.strand == "reverse" and spec.strand != "gene":
        raise ConfigError(f"--strand reverse: {spec.name} reads both strands alike or one alone", "turn the sequence")
    aside = stack.enter_context(tempfile.TemporaryDirectory(prefix="genoscore-"))
    fasta, subjects = Path(aside) / "sequences.fa", []
    with open(fasta, "w", encoding="utf-8") as out:
        for number, given in enumerate(read_sequences(config.input), 1):
            one = without_adaptors(given, spec)
            subject = Subject(number, one.name, one.name, 0, one.length)
            _check_length(subject)
            if number > config.most:
                raise ConfigError(f"{config.input} holds more than {config.most} sequences", "give --most")
            subjects.append(subject)
            out.write(f">{one.name}\n{one.bases}\n")
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
            f"{subject.title} has {subject.end - subject.start:,} bases, of which each would be replaced",
            f"give {MAX_MUTATED:,} at most",
        )
