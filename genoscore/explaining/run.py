"""Runs `genoscore explain`: explains subjects one after the other, and completes the folder at the end."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from genoscore._version import __version__
from genoscore.core.choices import SCORE_STRANDS
from genoscore.core.errors import ConfigError
from genoscore.explaining.config import ExplainConfig
from genoscore.explaining.folder import OutputFolder
from genoscore.explaining.observer import ExplainObserver
from genoscore.explaining.page import Page, render_index, render_page
from genoscore.explaining.subjects import SEQUENCES, Opened, kind_of, open_subjects
from genoscore.inputs.fetched_annotation import annotation_file
from genoscore.predictors import registry
from genoscore.predictors.base import PredictorSpec
from genoscore.predictors.registry import ResolvedPredictor
from genoscore.scoring.provenance import provenance_of, weights_digests

_LIBRARIES = ("matplotlib", "logomaker")


@dataclass(slots=True)
class ExplainSummary:
    """The result of a run.

    Attributes:
        explained: number of subjects with figures. without: title and status of the others.
    """

    folder: str
    explained: int = 0
    without: list[tuple[str, str]] = field(default_factory=list)


def explain(config: ExplainConfig, observer: ExplainObserver | None = None) -> ExplainSummary:
    """Explain every variant, region or sequence of the input, and write a folder with a page for each.

    Raises:
        GenoscoreError: one line that says what is wrong and what to do; nothing is left behind.
    """
    observer = observer or ExplainObserver()
    check_libraries()
    if config.precision == "auto":
        config = replace(config, precision="fp32")
    kind_of(config)
    resolved = registry.resolve(config if config.strand in SCORE_STRANDS else replace(config, strand="spec"))
    predictor = resolved[config.name]
    folder = OutputFolder(config.folder, config.force, _inputs_given(config))
    with ExitStack() as stack:
        weights = weights_digests(config, resolved)[config.name]
        opened = open_subjects(config, predictor.spec, stack)
        for message in opened.inputs.warnings:
            observer.warn(message)
        provenance = _provenance(config, predictor.spec, weights, opened)
        assembly = _assemble(config, predictor, opened, provenance, observer)
        stack.enter_context(folder)
        observer.begin(len(opened.subjects))
        return _explain_all(config, opened, assembly, folder, provenance, observer)


def check_libraries() -> None:
    """Raise ConfigError if a plotting library is missing."""
    missing = [name for name in _LIBRARIES if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"explain needs {' and '.join(missing)}, not installed", "run: pip install matplotlib logomaker"
        )


def _provenance(config: ExplainConfig, spec: PredictorSpec, weights: str, opened: Opened) -> dict[str, str]:
    provenance = {"Predictor": config.name, **provenance_of(config, spec, weights, opened.inputs.genes)}
    if not config.command:
        provenance["Command"] = "genoscore.explaining.run.explain"
    if opened.kind == SEQUENCES:  # they have neither a reference nor genes
        provenance = {key: value for key, value in provenance.items() if key not in ("Annotation", "Reference")}
        provenance["Strand"] = config.strand
        provenance.pop("OptionsFrom", None)
        provenance |= config.recorded_origins("annotation", "reference")
    return {**provenance, "Input": config.input}


def _inputs_given(config: ExplainConfig) -> list[str]:
    files = [
        config.input,
        str(config.reference),
        str(annotation_file(config.annotation)),
        *map(str, config.weights.values()),
    ]
    return [path for path in [*files, *map(str, config.protect)] if os.path.exists(path)]


def _assemble(
    config: ExplainConfig,
    predictor: ResolvedPredictor,
    opened: Opened,
    provenance: dict[str, str],
    observer: ExplainObserver,
) -> Any:
    from genoscore.engine.assembly import Assembly
    from genoscore.explaining.mutagenesis import check_shown
    from genoscore.predictors.device import choose_threads, keep_freed_memory
    from genoscore.scores.background import add_shipped
    from genoscore.scores.registry import make_scorer

    scorer = make_scorer(predictor.spec, config)
    if why := add_shipped(scorer, predictor.spec, provenance):
        observer.warn(why)
    check_shown(config.show, scorer)
    choose_threads(config.threads)
    keep_freed_memory()
    return Assembly(
        predictor=predictor.load(config),
        scorer=scorer,
        builder=opened.builder,
        genome=opened.inputs.genome,
        batch_size=config.batch_size,
        screening=None,
        own_ids=frozenset(),
        keep_existing=False,
    )


def _explain_all(
    config: ExplainConfig,
    opened: Opened,
    assembly: Any,
    folder: OutputFolder,
    provenance: Mapping[str, str],
    observer: ExplainObserver,
) -> ExplainSummary:
    from genoscore.explaining.explainer import Explainer

    summary = ExplainSummary(config.folder)
    pages: list[Page] = []
    explainer = Explainer(config, opened, assembly, folder, observer)
    warning = ""
    if assembly.predictor.spec.untrained:
        warning = "--untrained: the network's weights are random, and every number and figure here is meaningless."
    for subject in opened.subjects:
        page = explainer.explain(subject)
        folder.write(f"{page.slug}/index.html", render_page(page, provenance, warning))
        if page.pictures:
            summary.explained += 1
        else:
            summary.without.append((page.title, page.status))
        page.pictures = page.pictures[:0] if not page.pictures else [replace(page.pictures[0], png=b"")]
        pages.append(page)
        observer.advance()
    heading = f"genoscore explain: {config.input}, {config.name}"
    folder.write("index.html", render_index(pages, provenance, warning, heading))
    folder.finish(
        {
            "schema_version": 1,
            "genoscore": __version__,
            "provenance": dict(provenance),
            "subjects": [
                {
                    "title": page.title,
                    "folder": page.slug,
                    "status": page.status,
                    "files": page.files,
                    "notes": page.notes,
                    "warning": page.warning,
                }
                for page in pages
            ],
        }
    )
    return summary
