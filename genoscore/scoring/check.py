"""What a run would do, without the network: statuses, contig aliases, REF mismatches, the build."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from genoscore._version import __version__
from genoscore.core.config import RunConfig
from genoscore.core.variants import Status
from genoscore.engine.summary import RunSummary
from genoscore.inputs.contigs import human_build
from genoscore.inputs.fetched_annotation import PUBLISHED
from genoscore.inputs.vcf import Record
from genoscore.planning.jobs import JobBuilder
from genoscore.predictors import registry
from genoscore.scoring.evidence import check_use, open_evidence
from genoscore.scoring.notes import build_suspicion
from genoscore.scoring.opening import Inputs, open_inputs, records_in

SHOWN = 5
SCHEMA_VERSION = 1


@dataclass(slots=True)
class CheckReport:
    """What `genoscore check` found.

    Attributes:
        records: number of records read inside the regions.
        status: predictor -> counts per ALT; SCORED means that the ALT would be scored.
        pairs: predictor -> variant x gene pairs to compute.
        aliases: the input's spelling -> the FASTA's, if they differ.
        unknown: contigs that the FASTA lacks -> records on them.
        mismatches: the first REF mismatches, as text.
        notes: messages for the user.
    """

    records: int = 0
    outside_regions: int = 0
    status: dict[str, Counter[Status]] = field(default_factory=dict)
    pairs: Counter[str] = field(default_factory=Counter)
    aliases: dict[str, str] = field(default_factory=dict)
    unknown: Counter[str] = field(default_factory=Counter)
    mismatches: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def errors(self) -> int:
        """ALTs that would have an error status, over all predictors."""
        return sum(count for counts in self.status.values() for status, count in counts.items() if status.is_error)

    @property
    def failure(self) -> str | None:
        """Message on what `--strict` does not accept: error statuses, or that no ALT would be scored; else None."""
        if self.errors:
            return f"{self.errors:,} ALT allele{'' if self.errors == 1 else 's'} would have an error status"
        alts = max((counts.total() - counts[Status.NO_ALT] for counts in self.status.values()), default=0)
        if alts and not self.pairs.total():
            return f"none of the {alts:,} ALT alleles would be scored"
        return None

    def as_dict(self) -> dict[str, Any]:
        """The report as plain types; keys are stable within a `schema_version`."""
        return {
            "schema_version": SCHEMA_VERSION,
            "genoscore_version": __version__,
            "records": self.records,
            "outside_regions": self.outside_regions,
            "status": {name: {str(key): n for key, n in counts.items()} for name, counts in self.status.items()},
            "variant_gene_pairs": dict(self.pairs),
            "error_alts": self.errors,
            "contig_aliases": self.aliases,
            "unknown_contigs": dict(self.unknown),
            "ref_mismatches": self.mismatches,
            "warnings": self.notes,
        }


def check_vcf(config: RunConfig) -> CheckReport:
    """Read the whole input and report what `score` would do. Torch is not needed.

    Raises:
        GenoscoreError: as `score_vcf`.
    """
    resolved = registry.resolve(config)
    rules = open_evidence(config)
    report = CheckReport()
    counted = RunSummary()
    with ExitStack() as stack:
        specs = {name: predictor.spec for name, predictor in resolved.items()}
        inputs = open_inputs(config, specs.values(), stack)
        check_use(config, rules, specs, inputs.genes)
        builders = {name: inputs.job_builder(spec) for name, spec in specs.items()}
        for record in records_in(inputs, counted):
            report.records += 1
            statuses = {name: _look_up(record, name, builder, report) for name, builder in builders.items()}
            _note_contig(record, inputs, report)
            if any(Status.REF_MISMATCH in of_alts for of_alts in statuses.values()):
                _note_mismatch(record, inputs, report)
        report.outside_regions = counted.outside_regions
        report.notes = [*inputs.warnings, *_build_notes(config, inputs, report)]
    return report


def _look_up(record: Record, name: str, builder: JobBuilder, report: CheckReport) -> list[Status]:
    statuses = []
    for alt_index in range(len(record.alts)):
        lookup = builder.look_up(record, alt_index)
        report.status.setdefault(name, Counter())[lookup.status] += 1
        report.pairs[name] += len(lookup.jobs)
        statuses.append(lookup.status)
    return statuses


def _note_contig(record: Record, inputs: Inputs, report: CheckReport) -> None:
    contig = inputs.genome.resolve(record.contig, inputs.records.header.contigs.get(record.contig))
    if contig is None:
        report.unknown[record.contig] += 1
    elif contig != record.contig:
        report.aliases[record.contig] = contig


def _note_mismatch(record: Record, inputs: Inputs, report: CheckReport) -> None:
    if len(report.mismatches) >= SHOWN:
        return
    contig = inputs.genome.resolve(record.contig, inputs.records.header.contigs.get(record.contig))
    assert contig is not None
    bases = inputs.genome.fetch(contig, record.pos - 1, record.pos - 1 + len(record.ref))
    report.mismatches.append(f"{record.contig}:{record.pos} REF is {record.ref}, the FASTA has {bases}")


def _build_notes(config: RunConfig, inputs: Inputs, report: CheckReport) -> list[str]:
    """Messages if VCF, FASTA and annotation seem to be of different builds."""
    notes = []
    of_vcf, of_fasta = human_build(inputs.records.header.contigs), human_build(inputs.genome.lengths)
    if of_vcf and of_fasta and of_vcf != of_fasta:
        notes.append(f"the VCF's header says {of_vcf}, the FASTA is {of_fasta}: these variants are on another build")
    elif of_vcf and config.annotation in ("grch37", "grch38") and of_vcf.lower() != config.annotation:
        notes.append(f"the VCF's header says {of_vcf}, the annotation is {config.annotation}: give -a {of_vcf.lower()}")
    elif of_vcf and config.annotation in PUBLISHED and of_vcf != PUBLISHED[config.annotation].build:
        build = PUBLISHED[config.annotation].build
        notes.append(f"the VCF's header says {of_vcf}, the annotation {config.annotation} is of {build}")
    return notes + list(filter(None, (build_suspicion(*item) for item in report.status.items())))
