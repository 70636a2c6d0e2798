"""Explains one subject: its page, its figures and its numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from genoscore.consequences.wanted import FAMILIES
from genoscore.core.errors import GenoscoreError
from genoscore.core.variants import Status
from genoscore.engine.assembly import Assembly
from genoscore.engine.results import AltResult, RecordResult
from genoscore.engine.run import compute_chunk, plan_chunk
from genoscore.explaining import captions, figures, tables
from genoscore.explaining.attention import attention_of
from genoscore.explaining.beyond import HEADER, FarSite, sites_beyond, warning_of
from genoscore.explaining.cases import Case, cases_of
from genoscore.explaining.config import ATTENTION, CONTRIBUTIONS, MUTAGENESIS, PROFILES, ExplainConfig
from genoscore.explaining.contributions import Contributions, contributions_of
from genoscore.explaining.folder import OutputFolder
from genoscore.explaining.mutagenesis import importance, mutate
from genoscore.explaining.observer import ExplainObserver
from genoscore.explaining.page import Page, Picture
from genoscore.explaining.profiles import Profile, has_profiles, profile_of
from genoscore.explaining.score_table import facts_of, score_rows, summary_of
from genoscore.explaining.subjects import Opened, Subject
from genoscore.inputs.gene import Gene
from genoscore.inputs.vcf import Record
from genoscore.planning.chunks import Chunk
from genoscore.predictors.base import AttentivePredictor, DifferentiablePredictor

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_NO_GENE = "no gene of the annotation overlaps the region"


class Explainer:
    """Explains subjects one at a time; all that is kept for the next is a record's scores, for its next ALT.

    Args:
        observer: receives the parts of a page, which one is in progress, and how much more of it is done.
    """

    def __init__(
        self,
        config: ExplainConfig,
        opened: Opened,
        assembly: Assembly,
        folder: OutputFolder,
        observer: ExplainObserver,
    ) -> None:
        self._config, self._opened, self._assembly, self._folder = config, opened, assembly, folder
        self._observer = observer
        self._spec = assembly.predictor.spec
        self._result: RecordResult | None = None
        self._page = Page("", "", "", "")
        self._beyond: list[FarSite] = []  # of the page

    def explain(self, subject: Subject) -> Page:
        """Write everything except the page itself to the subject's folder."""
        self._beyond = []
        self._page = page = Page(subject.title, subject.slug, Status.SCORED.value, "explained")
        lookup = None
        if subject.record is not None:
            lookup = self._opened.builder.look_up(subject.record, subject.alt_index)
            result = self._score(subject.record).alts[self._assembly.name][subject.alt_index]
            self._describe(subject, subject.record, result)
            if not result.status.has_scores:
                return page
        else:
            page.facts = {"Subject": f"{self._opened.kind}: {subject.end - subject.start:,} bases, no variant"}
        cases = cases_of(subject, lookup, self._opened, self._spec)
        if not cases:
            page.status, page.meaning = Status.NO_GENE.value, _NO_GENE
            return page
        drawers = {PROFILES: self._profile, CONTRIBUTIONS: self._contributions, ATTENTION: self._attend}
        per_case = [name for name in drawers if name in self._config.figures]
        first = [MUTAGENESIS] if MUTAGENESIS in self._config.figures else []
        self._observer.page(subject.title, [*first, *per_case * len(cases)])
        if first:
            self._observer.part()
            self._mutate(cases)
        for case in cases:
            for name in per_case:
                self._observer.part()
                try:
                    drawers[name](case)
                except GenoscoreError as error:
                    page.notes.append(f"{name}{_of(case.gene)}: {error.one_line()}")
        page.notes = list(dict.fromkeys(page.notes))
        if self._beyond:
            page.beyond = [HEADER, *(site.cells for site in self._beyond)]
            page.warning = warning_of(self._beyond, self._config.distance)
        return page

    def _score(self, record: Record) -> RecordResult:
        """The scores of all of a record's ALTs, as `score` computes them."""
        if self._result is None or self._result.record is not record:
            planned = plan_chunk(Chunk(0, (record,)), [self._assembly])
            (self._result,), _ = compute_chunk(planned, [self._assembly])
        return self._result

    def _describe(self, subject: Subject, record: Record, result: AltResult) -> None:
        page, scorer = self._page, self._assembly.scorer
        page.status, page.meaning = result.status.value, result.status.meaning
        page.facts = facts_of(record, subject.alt_index, result)
        page.scores, page.scores_note = score_rows(result, scorer)
        page.summary = summary_of(result, scorer)

    def _window(self, case: Case) -> tuple[int, int]:
        """The bases that mutagenesis replaces and whose contributions are drawn, within the contig."""
        start, end = case.start, case.end
        if case.has_alt:
            start = (case.start + case.end) // 2 - self._config.window // 2
            end = start + self._config.window
        return max(start, 0), min(end, self._assembly.genome.lengths[case.contig])

    def _mutate(self, cases: list[Case]) -> None:
        case = cases[0]
        start, end = self._window(case)
        pairs = 3 * (end - start) * max(len(cases), 1)
        show, scorer = self._config.show, self._assembly.scorer
        mutagenesis = mutate(
            case.contig, start, end, self._assembly, show, lambda more: self._observer.working(more / pairs)
        )
        self._write("mutagenesis.tsv", tables.mutagenesis_tsv(mutagenesis))
        if not mutagenesis.genes:
            reasons = sorted({row.result.status.value for row in mutagenesis.rows})
            self._page.notes.append(f"mutagenesis: no substitution was scored ({', '.join(reasons)})")
        shown = [gene for gene in mutagenesis.genes if gene in {case.gene for case in cases}]
        if others := [gene.symbol for gene in mutagenesis.genes if gene is not None and gene not in shown]:
            self._page.notes.append(
                f"heat maps in {', '.join(others)} are not drawn; their numbers are in mutagenesis.tsv"
            )
        label = captions.score_label(show, scorer)
        for gene in shown:
            table = mutagenesis.table(gene)
            marked = (case.start, case.end) if case.has_alt else None
            genes = self._genes(gene, case.contig, start, end)
            figure = figures.draw_mutagenesis(
                mutagenesis.contig, mutagenesis.start, mutagenesis.bases, table, importance(table), label, marked, genes
            )
            caption = captions.mutagenesis(show, scorer)
            self._add("In-silico mutagenesis", f"Every substitution{_of(gene)}", "mutagenesis", gene, figure, caption)

    def _profile(self, case: Case) -> None:
        if not has_profiles(self._spec):
            self._page.notes.append(f"profiles: {self._spec.name} does not give an output for every base")
            return
        profile = self._profile_of(case)
        self._write(_named("profile", case.gene, "tsv"), tables.profile_tsv(profile))
        end = profile.start + len(profile.bases)
        figure = figures.draw_profile(profile, self._genes(case.gene, case.contig, profile.start, end))
        caption = captions.profile(case)
        self._add("Profiles", f"Along the sequence{_of(case.gene)}", "profile", case.gene, figure, caption)

    def _profile_of(self, case: Case) -> Profile:
        """The profile that is shown; the sites that change far from it are noted on the page."""
        flank, reach = self._config.flank, self._config.reach
        farther = case.has_alt and self._spec.family in FAMILIES
        profile = profile_of(
            case, self._assembly.predictor, self._assembly.genome, max(flank, reach) if farther else flank
        )
        if not farther:
            return profile
        self._beyond += sites_beyond(profile.around(reach), self._config.distance)
        return profile.around(flank)

    def _contributions(self, case: Case) -> None:
        predictor = self._assembly.predictor
        if not isinstance(predictor, DifferentiablePredictor):
            self._page.notes.append(f"contributions: gradients of {self._spec.name} are not available")
            return
        contributions = contributions_of(
            case, predictor, self._assembly.genome, self._config.steps, self._observer.working
        )
        self._write(_named("contributions", case.gene, "tsv"), tables.contributions_tsv(contributions))
        self._write(_named("contributions", case.gene, "npz"), tables.contributions_npz(contributions))
        start, end = self._window(case)
        start, end = max(start, contributions.start), min(end, contributions.start + len(contributions.ref.sequence))
        if start >= end:
            self._page.notes.append(
                f"contributions{_of(case.gene)}: the window is outside the bases that the network reads"
            )
            return
        genes = self._genes(case.gene, case.contig, start, end)
        alt_bases = _alt_letters(contributions, start, end)
        for method, title in (("integrated", "Integrated gradients"), ("input_x_gradient", "Input x gradient")):
            figure = figures.draw_contributions(contributions, method, start, end, genes, alt_bases)
            caption = captions.contributions(contributions, method)
            self._add("Contributions", f"{title}{_of(case.gene)}", method, case.gene, figure, caption)

    def _attend(self, case: Case) -> None:
        predictor = self._assembly.predictor
        if not isinstance(predictor, AttentivePredictor):
            self._page.notes.append(f"attention: {self._spec.name} is not a transformer")
            return
        attention = attention_of(case, predictor, self._assembly.genome)
        self._write(_named("attention", case.gene, "npz"), tables.attention_npz(attention))
        length = self._assembly.genome.lengths[case.contig]
        self._write(_named("attention", case.gene, "bed"), tables.attention_bed(attention, length))
        end = attention.start + attention.size * len(attention.ref.rollout)
        figure = figures.draw_attention(attention, self._genes(case.gene, case.contig, attention.start, end))
        self._add("Attention", "From the variant's bin", "attention", case.gene, figure, captions.attention(attention))

    def _genes(self, gene: Gene | None, contig: str, start: int, end: int) -> list[Gene]:
        """The genes to draw: the case's own, or all that overlap."""
        if gene is not None:
            return [gene]
        models = self._opened.inputs.genes
        return list(models.overlapping(contig, start, end)) if models is not None else []

    def _add(self, group: str, title: str, name: str, gene: Gene | None, figure: Figure, caption: str) -> None:
        png, svg = figures.png_and_svg(figure)
        self._write(_named(name, gene, "png"), png)
        self._write(_named(name, gene, "svg"), svg)
        self._page.pictures.append(Picture(group, title, caption, png))

    def _write(self, name: str, content: str | bytes) -> None:
        self._folder.write(f"{self._page.slug}/{name}", content)
        self._page.files.append(name)


def _of(gene: Gene | None) -> str:
    return f" in {gene.symbol} {gene.transcript_id}".rstrip() if gene is not None else ""


def _named(name: str, gene: Gene | None, suffix: str) -> str:
    parts = [name, *((gene.symbol, gene.transcript_id) if gene is not None else ())]
    return ".".join(_UNSAFE.sub("_", part) for part in [*parts, suffix] if part)


def _alt_letters(contributions: Contributions, start: int, end: int) -> str:
    """ALT's bases at the reference's positions: inserted bases are left out, deleted ones show REF's."""
    letters = list(contributions.ref.sequence)
    edit = contributions.case.edit
    for at, base in enumerate(edit.alt[: edit.ref_length]):
        place = edit.start + at - contributions.start
        if 0 <= place < len(letters):
            letters[place] = base
    return "".join(letters[start - contributions.start : end - contributions.start])
