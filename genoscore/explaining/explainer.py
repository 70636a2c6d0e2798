"""One subject to its page, its figures and its numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from genoscore.core.errors import GenoscoreError
from genoscore.core.variants import Status
from genoscore.engine.results import AltResult, RecordResult
from genoscore.engine.run import Assembly, compute_chunk, plan_chunk
from genoscore.explaining import captions, figures, tables
from genoscore.explaining.attention import attention_of
from genoscore.explaining.cases import Case, cases_of
from genoscore.explaining.config import ATTENTION, CONTRIBUTIONS, MUTAGENESIS, PROFILES, ExplainConfig
from genoscore.explaining.contributions import Contributions, contributions_of
from genoscore.explaining.folder import OutputFolder
from genoscore.explaining.mutagenesis import importance, mutate
from genoscore.explaining.observer import ExplainObserver
from genoscore.explaining.page import Page, Picture
from genoscore.explaining.profiles import has_profiles, profile_of
from genoscore.explaining.score_table import facts_of, score_rows, summary_of
from genoscore.explaining.subjects import Opened, Subject
from genoscore.inputs.gene import Gene
from genoscore.inputs.vcf import Record
from genoscore.planning.chunks import Chunk
from genoscore.predictors.base import AttentivePredictor, DifferentiablePredictor

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_NO_GENE = "no gene of the annotation over the region"


class Explainer:
    """Explains subjects one at a time; nothing of one is kept for the next but a record's scores for its next ALT.

    Args:
        observer: told which parts a page has, which one is in the making, and how much more of it is done.
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

    def explain(self, subject: Subject) -> Page:
        """Writes all but the page itself into the subject's folder."""
        self._page = page = Page(subject.title, subject.slug, Status.SCORED.value, "explained")
        lookup = None
        if subject.record is not None:
            lookup = self._opened.builder.look_up(subject.record, subject.alt_index)
            result = self._score(subject.record).alts[self._assembly.name][subject.alt_index]
            self._describe(subject, subject.record, result)
            if not result.status.has_scores:
                return page
        else:
            page.facts = {"What": f"{self._opened.kind}: {subject.end - subject.start:,} bases, no variant"}
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
        return page

    def _score(self, record: Record) -> RecordResult:
        """All of a record's ALTs, as `score` scores them."""
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
        """The bases that mutagenesis replaces and contributions are drawn of, inside the contig."""
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
        found = mutate(case.contig, start, end, self._assembly, show, lambda more: self._observer.working(more / pairs))
        self._write("mutagenesis.tsv", tables.mutagenesis_tsv(found))
        if not found.genes:
            reasons = sorted({row.result.status.value for row in found.rows})
            self._page.notes.append(f"mutagenesis: no substitution was scored ({', '.join(reasons)})")
        shown = [gene for gene in found.genes if gene in {one.gene for one in cases}]
        if others := [gene.symbol for gene in found.genes if gene is not None and gene not in shown]:
            self._page.notes.append(
                f"heat maps in {', '.join(others)} are not drawn: their numbers are in mutagenesis.tsv"
            )
        label = captions.score_label(show, scorer)
        for gene in shown:
            table = found.table(gene)
            marked = (case.start, case.end) if case.has_alt else None
            genes = self._genes(gene, case.contig, start, end)
            drawn = figures.draw_mutagenesis(
                found.contig, found.start, found.bases, table, importance(table), label, marked, genes
            )
            caption = captions.mutagenesis(show, scorer)
            self._add("In-silico mutagenesis", f"Every substitution{_of(gene)}", "mutagenesis", gene, drawn, caption)

    def _profile(self, case: Case) -> None:
        if not has_profiles(self._spec):
            self._page.notes.append(f"profiles: {self._spec.name} gives no output for every base")
            return
        found = profile_of(case, self._assembly.predictor, self._assembly.genome, self._config.flank)
        self._write(_named("profile", case.gene, "tsv"), tables.profile_tsv(found))
        end = found.start + len(found.bases)
        drawn = figures.draw_profile(found, self._genes(case.gene, case.contig, found.start, end))
        caption = captions.profile(case)
        self._add("Profiles", f"Along the sequence{_of(case.gene)}", "profile", case.gene, drawn, caption)

    def _contributions(self, case: Case) -> None:
        predictor = self._assembly.predictor
        if not isinstance(predictor, DifferentiablePredictor):
            self._page.notes.append(f"contributions: gradients of {self._spec.name} are not to be had")
            return
        found = contributions_of(case, predictor, self._assembly.genome, self._config.steps, self._observer.working)
        self._write(_named("contributions", case.gene, "tsv"), tables.contributions_tsv(found))
        self._write(_named("contributions", case.gene, "npz"), tables.contributions_npz(found))
        start, end = self._window(case)
        start, end = max(start, found.start), min(end, found.start + len(found.ref.sequence))
        if start >= end:
            self._page.notes.append(f"contributions{_of(case.gene)}: the window lies outside what the network reads")
            return
        genes = self._genes(case.gene, case.contig, start, end)
        alt_bases = _alt_letters(found, start, end)
        for method, title in (("integrated", "Integrated gradients"), ("input_x_gradient", "Input x gradient")):
            drawn = figures.draw_contributions(found, method, start, end, genes, alt_bases)
            caption = captions.contributions(found, method)
            self._add("Contributions", f"{title}{_of(case.gene)}", method, case.gene, drawn, caption)

    def _attend(self, case: Case) -> None:
        predictor = self._assembly.predictor
        if not isinstance(predictor, AttentivePredictor):
            self._page.notes.append(f"attention: {self._spec.name} is no transformer")
            return
        found = attention_of(case, predictor, self._assembly.genome)
        self._write(_named("attention", case.gene, "npz"), tables.attention_npz(found))
        length = self._assembly.genome.lengths[case.contig]
        self._write(_named("attention", case.gene, "bed"), tables.attention_bed(found, length))
        end = found.start + found.size * len(found.ref.rollout)
        drawn = figures.draw_attention(found, self._genes(case.gene, case.contig, found.start, end))
        self._add("Attention", "From the variant's bin", "attention", case.gene, drawn, captions.attention(found))

    def _genes(self, gene: Gene | None, contig: str, start: int, end: int) -> list[Gene]:
        """Those to draw: the case's own, or all."""
        if gene is not None:
            return [gene]
        models = self._opened.inputs.genes
        return list(models.overlapping(contig, start, end)) if models is not None else []

    def _add(self, group: str, title: str, name: str, gene: Gene | None, drawn: Figure, caption: str) -> None:
        png, svg = figures.png_and_svg(drawn)
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


def _alt_letters(found: Contributions, start: int, end: int) -> str:
    """What stands for ALT on the reference's places: inserted bases have none, deleted ones show REF's."""
    letters = list(found.ref.sequence)
    edit = found.case.edit
    for at, base in enumerate(edit.alt[: edit.ref_length]):
        place = edit.start + at - found.start
        if 0 <= place < len(letters):
            letters[place] = base
    return "".join(letters[start - found.start : end - found.start])
