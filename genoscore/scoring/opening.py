"""Opens the files of a run and reports problems with them; shared by `score` and `check`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from genoscore.consequences.evidence import EvidenceRules
from genoscore.consequences.wanted import check_request
from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.core.windows import WindowSpec
from genoscore.engine.summary import RunSummary
from genoscore.inputs.contigs import human_build, without_chr
from genoscore.inputs.declared import check_build, check_declaration
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.gene_panel import GenePanel, check_panel_use, read_panel
from genoscore.inputs.gene_table import not_commercial
from genoscore.inputs.genes import BUILT_IN, NO_GENES, GeneModels, load_gene_models
from genoscore.inputs.given_input import open_records
from genoscore.inputs.htslib import silence_htslib
from genoscore.inputs.kept_values import KeptValue, kept_values
from genoscore.inputs.precomputed import FIELDS, PrecomputedScores, ScoreFile
from genoscore.inputs.record_source import RecordSource
from genoscore.inputs.regions import Regions, load_regions
from genoscore.inputs.score_sample import check_sample
from genoscore.inputs.vcf import Record
from genoscore.planning.chunks import Chunk, make_chunks
from genoscore.planning.jobs import JobBuilder
from genoscore.predictors.base import PredictorSpec
from genoscore.predictors.registry import ResolvedPredictor
from genoscore.scores.registry import make_scorer
from genoscore.scoring.evidence import check_use, check_weights, open_evidence
from genoscore.scoring.provenance import provenance_of, weights_digests
from genoscore.scoring.tallying import Tally


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files of a run, open and checked."""

    records: RecordSource
    genome: ReferenceGenome
    genes: GeneModels | None
    regions: Regions | None
    panel: GenePanel | None = None
    panel_warnings: tuple[str, ...] = ()
    kept: tuple[KeptValue, ...] = ()

    @property
    def warnings(self) -> list[str]:
        """Warnings that do not stop a run but that the user should see before it."""
        messages = [*self.genome.warnings, *self.panel_warnings, *_gene_warnings(self.genes, self.genome)]
        if self.genes is not None and not self.genes.contigs & {without_chr(name) for name in self.genome.lengths}:
            first = sorted(self.genes.contigs)[0]
            messages.append(
                f"annotation {self.genes.source} and the FASTA share no contig ({first}, ... and "
                f"{next(iter(self.genome.lengths))}, ...): no variant will have a gene"
            )
        names = {without_chr(name) for name in (*self.genome.lengths, *self.records.header.contigs)}
        if self.regions is not None and not self.regions.contigs & names:
            messages.append(
                "no contig of the regions is in the FASTA or in the VCF's header: nothing may be left to score"
            )
        return messages

    def job_builder(self, spec: WindowSpec) -> JobBuilder:
        """The job builder of one predictor."""
        return JobBuilder(spec, self.genome, self.genes, self.records.header.contigs, panel=self.panel)


def _gene_warnings(genes: GeneModels | None, genome: ReferenceGenome) -> list[str]:
    """Warnings about the annotation itself, and about genes that do not lie within the reference's contigs."""
    if genes is None:
        return []
    messages = [f"annotation {genes.source}: {warning}" for warning in genes.warnings]
    # A built-in annotation is compared with the reference by its build.
    beyond = [] if genes.source in BUILT_IN else genes.beyond(genome.lengths)
    if beyond:
        first = beyond[0]
        messages.append(
            f"annotation {genes.source}: of {len(genes):,} genes or transcripts, {len(beyond):,} reach beyond the end "
            f"of their contig in {genome.path} (first: {first.symbol}, "
            f"{first.contig}:{first.tx_start + 1}-{first.tx_end}); it may be of another assembly"
        )
    return messages


def open_inputs(
    config: RunConfig, specs: Iterable[PredictorSpec], stack: ExitStack, records: RecordSource | None = None
) -> Inputs:
    """Open VCF, FASTA, genes and regions.

    Args:
        specs: specs of the run's predictors; they determine whether genes are needed.
        records: to score instead of those of `config.input`.

    Raises:
        InputError, ConfigError: see the readers and `consequences.wanted`; or reference and annotation are of different
            human builds; with `commercial`, the gene table is not known to allow commercial use.
    """
    silence_htslib()
    specs = list(specs)
    check_request(config, specs)
    if records is None:
        records = stack.enter_context(open_records(config.input))
    genome = ReferenceGenome(config.reference)
    stack.callback(genome.close)
    build = human_build(genome.lengths)
    bound = [spec.name for spec in specs if spec.genes.bound]
    needed = config.annotation != NO_GENES and (bound or any(spec.genes.starts for spec in specs))
    if needed and config.commercial and config.annotation in BUILT_IN:
        raise not_commercial(config.annotation, bool(bound))
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
    known = {*records.header.contigs, *genome.lengths}
    panel, panel_warnings = _open_panel(config, specs, genes)
    regions = load_regions(config.region, config.regions_file, known)
    kept = kept_values(config.keep_columns, records.header, records.name)
    return Inputs(records, genome, genes, regions, panel, panel_warnings, kept)


def _open_panel(
    config: RunConfig, specs: Sequence[PredictorSpec], genes: GeneModels | None
) -> tuple[GenePanel | None, tuple[str, ...]]:
    """The panel of `--genes`, and warnings about it."""
    if config.genes is None:
        return None, ()
    with_genes = [spec.name for spec in specs if spec.genes.bound or spec.genes.starts]
    without_genes = [spec.name for spec in specs if spec.name not in with_genes]
    partly = check_panel_use(with_genes, without_genes, genes is not None)
    assert genes is not None
    panel = read_panel(config.genes)
    return panel, tuple(filter(None, (partly, panel.warning(genes))))


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run whose files are open, before its networks are loaded.

    Attributes:
        provenance: predictor -> the values of its `##genoscore` header line.
        precomputed: predictor -> its precomputed scores.
        first: the first chunk of records, None if there are no records; `rest` are the following chunks.
        evidence: predictor -> what its scores count for, if there are rules for it.
    """

    inputs: Inputs
    provenance: dict[str, dict[str, str]]
    precomputed: dict[str, PrecomputedScores]
    first: Chunk | None
    rest: Iterator[Chunk]
    evidence: Mapping[str, EvidenceRules]

    @property
    def first_contig(self) -> str | None:
        """The contig of the first record, as spelt there."""
        return self.first.records[0].contig if self.first else None


def open_run(
    config: RunConfig,
    resolved: Mapping[str, ResolvedPredictor],
    tally: Tally,
    stack: ExitStack,
    records: RecordSource | None = None,
) -> OpenRun:
    """Open every file of a run and read the first chunk.

    Args:
        records: see `open_inputs`.

    Raises:
        GenoscoreError: a file cannot be used.
    """
    summary = tally.summary
    with tally.stage("load"):
        rules = open_evidence(config)
        weights = weights_digests(config, resolved)
        check_weights(rules, weights, config.evidence)
        specs = {name: predictor.spec for name, predictor in resolved.items()}
        inputs = open_inputs(config, specs.values(), stack, records)
        check_use(config, rules, specs, inputs.genes)
    tally.warn([*inputs.warnings, *_imprecise(config, resolved)])
    for name, predictor in resolved.items():
        summary.provenance[name] = provenance_of(config, predictor.spec, weights[name], inputs.genes)
    most = min(predictor.spec.limits.max_records for predictor in resolved.values())
    chunks = make_chunks(records_in(inputs, summary), most)
    with tally.stage("read"):
        first = next(chunks, None)
    with tally.stage("load"):
        precomputed, warnings = open_precomputed(config, resolved, inputs, summary.provenance, stack)
    for name, files in precomputed.items():
        summary.provenance[name]["Precomputed"] = files.fingerprint
    tally.warn(warnings)
    return OpenRun(inputs, summary.provenance, precomputed, first, chunks, rules)


def _imprecise(config: RunConfig, resolved: Mapping[str, ResolvedPredictor]) -> list[str]:
    """A warning if the chosen precision is too low for a predictor."""
    names = [name for name, predictor in resolved.items() if predictor.spec.input_length is not None]
    if config.precision != "bf16" or not names:
        return []
    return [
        f"--precision bf16: its error is larger than the effect of most variants on the tracks of {', '.join(names)}"
    ]


def open_precomputed(
    config: RunConfig,
    resolved: Mapping[str, ResolvedPredictor],
    inputs: Inputs,
    provenance: Mapping[str, Mapping[str, str]],
    stack: ExitStack,
) -> tuple[dict[str, PrecomputedScores], list[str]]:
    """Predictor -> its files of precomputed scores, checked against the run; and warnings.

    Args:
        provenance: predictor -> the values of the run's `##genoscore` line.

    Raises:
        ConfigError: the predictor has no such scores.
        InputError: a file cannot be used, or does not match the run.
    """
    scores, warnings = {}, []
    for name, paths in config.precomputed_files.items():
        scorer = make_scorer(resolved[name].spec, config)
        if scorer.peer is None or tuple(field.id for field in scorer.fields[: len(FIELDS)]) != FIELDS:
            raise ConfigError(f"--precomputed: scores of {name} cannot come from a file", "leave it out")
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
        scores[name] = PrecomputedScores(files)
        if lacking := [field.id for field in scorer.fields if field.id in scorer.optional]:
            warnings.append(f"precomputed scores of {name} have no {', '.join(lacking)}: missing where they are used")
    return scores, warnings


def records_in(inputs: Inputs, summary: RunSummary) -> Iterator[Record]:
    """Records inside the regions; the others are counted."""
    for record in inputs.records:
        start = record.pos - 1
        if inputs.regions is None or inputs.regions.overlap(record.contig, start, start + len(record.ref)):
            yield record
        else:
            summary.outside_regions += 1
