"""Opens the files of a run and says what is odd about them; shared by `score` and `check`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.core.variants import Status
from genoscore.core.windows import WindowSpec
from genoscore.engine.summary import RunSummary
from genoscore.inputs.contigs import human_build, without_chr
from genoscore.inputs.declared import check_build, check_declaration, check_sample
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.genes import BUILT_IN, NO_GENES, GeneModels, load_gene_models
from genoscore.inputs.precomputed import FIELDS, PrecomputedScores, ScoreFile
from genoscore.inputs.regions import Regions, load_regions
from genoscore.inputs.vcf import Record, VcfReader, silence_htslib
from genoscore.planning.jobs import JobBuilder
from genoscore.predictors import registry
from genoscore.scores.registry import make_scorer

MISMATCH_SHARE, MISMATCH_LEAST = 0.1, 10  # of compared alleles: above both, the builds are said to differ


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files of a run, open and checked."""

    reader: VcfReader
    genome: ReferenceGenome
    genes: GeneModels | None
    regions: Regions | None

    @property
    def warnings(self) -> list[str]:
        """What does not stop a run and yet should be known before it."""
        found = list(self.genome.warnings)
        if self.genes is not None and not self.genes.contigs & {without_chr(name) for name in self.genome.lengths}:
            first = sorted(self.genes.contigs)[0]
            found.append(
                f"annotation {self.genes.source} and the FASTA share no contig ({first}, ... and "
                f"{next(iter(self.genome.lengths))}, ...): no variant will have a gene"
            )
        names = {without_chr(name) for name in (*self.genome.lengths, *self.reader.header.contigs)}
        if self.regions is not None and not self.regions.contigs & names:
            found.append(
                "no contig of the regions is in the FASTA or in the VCF's header: nothing may be left to score"
            )
        return found

    def job_builder(self, spec: WindowSpec) -> JobBuilder:
        """For one predictor."""
        return JobBuilder(spec, self.genome, self.genes, self.reader.header.contigs)


def open_inputs(config: RunConfig, stack: ExitStack) -> Inputs:
    """Open VCF, FASTA, genes and regions.

    Raises:
        InputError, ConfigError: see the readers; or reference and annotation of different human builds.
    """
    silence_htslib()
    specs = [registry.get(name).spec(config) for name in config.predictor]
    reader = stack.enter_context(VcfReader(config.input))
    genome = ReferenceGenome(config.reference)
    stack.callback(genome.close)
    build = human_build(genome.lengths)
    bound = [spec.name for spec in specs if spec.gene_bound]
    needed = config.annotation != NO_GENES and (bound or any(spec.tss for spec in specs))
    if needed and build and config.annotation in BUILT_IN and build.lower() != config.annotation:
        raise ConfigError(
            f"reference {config.reference} is {build} (by its contig lengths), annotation {config.annotation} is not",
            f"give -a {build.lower()}",
        )
    if bound and config.annotation == NO_GENES:
        raise ConfigError(f"-a none: {bound[0]} scores variants in genes", "give an annotation")
    genes = load_gene_models(config.annotation, config.transcripts) if needed else None
    if genes is not None and build and genes.build and genes.build != build:
        raise ConfigError(
            f"reference {config.reference} is {build} (by its contig lengths), annotation {config.annotation} is "
            f"{genes.build} (by its header or contig names)",
            f"give an annotation of {build}",
        )
    known = {*reader.header.contigs, *genome.lengths}
    return Inputs(reader, genome, genes, load_regions(config.region, config.regions_file, known))


def open_precomputed(
    config: RunConfig, inputs: Inputs, provenance: Mapping[str, Mapping[str, str]], stack: ExitStack
) -> tuple[dict[str, PrecomputedScores], list[str]]:
    """Predictor -> its files of precomputed scores, checked against the run; and warnings.

    Args:
        provenance: predictor -> what the run's `##genoscore` line says.

    Raises:
        ConfigError: the predictor has no such scores.
        InputError: a file cannot be used, or does not fit the run.
    """
    found, warnings = {}, []
    for name, paths in config.precomputed_files.items():
        spec = registry.get(name).spec(config)
        scorer = make_scorer(spec, config)
        if scorer.peer is None or tuple(field.id for field in scorer.fields[: len(FIELDS)]) != FIELDS:
            raise ConfigError(f"--precomputed: no file holds scores of the kind of {name}", "leave it out")
        files = []
        for path in paths:
            file = ScoreFile(path, scorer.peer.info_id)
            stack.callback(file.close)
            if file.index.stat().st_mtime < path.stat().st_mtime:
                warnings.append(f"{file.index} is older than {path}; if that has changed, run: tabix -f -p vcf {path}")
            warnings += check_declaration(file, name, provenance[name], config.stated)
            check_build(file, inputs.genome, config.annotation, config.stated)
            warnings += check_sample(file, inputs.genome, inputs.genes)
            files.append(file)
        found[name] = PrecomputedScores(files)
    return found, warnings


def records_in(inputs: Inputs, summary: RunSummary) -> Iterator[Record]:
    """Records inside the regions; the others are counted."""
    for record in inputs.reader:
        start = record.pos - 1
        if inputs.regions is None or inputs.regions.overlap(record.contig, start, start + len(record.ref)):
            yield record
        else:
            summary.outside_regions += 1


def build_suspicion(name: str, counts: Mapping[Status, int]) -> str | None:
    """In plain words, where so many REF alleles do not fit the FASTA that the two are hardly of one build."""
    wrong = {
        "are not what the FASTA holds": counts.get(Status.REF_MISMATCH, 0),
        "lie beyond a contig's end": counts.get(Status.OUT_OF_RANGE, 0),
        "lie where the FASTA holds N": counts.get(Status.REF_UNKNOWN, 0),
    }
    fits = Status.SCORED, Status.UNTRAINED, Status.NO_GENE, Status.TOO_LONG
    fitting = sum(counts.get(status, 0) for status in fits)
    compared = fitting + sum(wrong.values())
    share = sum(wrong.values()) / max(compared, 1)
    if not (share > 0.5 or (share > MISMATCH_SHARE and sum(wrong.values()) >= MISMATCH_LEAST)):
        return None
    listed = ", ".join(f"{count} {what}" for what, count in wrong.items() if count)
    return (
        f"{name}: of {compared} REF alleles {listed}. Variants and FASTA are probably of different builds "
        "(GRCh37 variants on a GRCh38 FASTA, or the reverse)"
    )


def precomputed_note(name: str, counts: Mapping[str, int]) -> str | None:
    """What of a predictor's precomputed scores could not be used, where the user may wonder why."""
    odd = {
        "ALTs stand there under names of other genes only": counts["other_symbols"],
        "ALTs have several scores for a gene": counts["ambiguous"],
        "strings cannot be read": counts["unreadable"],
    }
    said = ", ".join(f"{count} {what}" for what, count in odd.items() if count)
    return f"precomputed scores of {name}: {said}; these ALTs were computed" if said else None
