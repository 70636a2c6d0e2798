"""ROC and precision-recall curves, or scatter plots. matplotlib is imported when a plot is drawn."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genoscore.core.printable import printable
from genoscore.evaluation.comparing import Points
from genoscore.evaluation.config import EvaluateConfig

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg")
_LOOK: dict[Any, Any] = {
    "svg.hashsalt": "genoscore", "svg.fonttype": "none", "font.size": 9.0, "axes.spines.top": False,
    "axes.spines.right": False, "savefig.dpi": 200.0,
    "text.parse_math": False,
}  # fmt: skip
# Okabe and Ito's colours, which the colour-blind can tell apart; the line style changes when they are used up.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_STYLES = ("-", "--", ":", "-.")
_NAMES = {"auroc": "AUROC", "average_precision": "average precision"}
_NOTHING = "nothing to compare among the {}s\nthat all predictors scored"
_SIDE = 4.2  # inches of a panel


def plot_names(config: EvaluateConfig) -> list[str]:
    """Names of the files that `draw` writes."""
    stems = ("roc", "precision_recall") if config.label is not None else ("scatter",)
    return [stem + suffix for stem in stems for suffix in SUFFIXES]


def draw(config: EvaluateConfig, points: Sequence[Points], folder: Path, noun: str) -> None:
    """Draw the plots of `plot_names` into a folder.

    Args:
        noun: what is compared, in the singular.
    """
    with _looks():
        if config.label is not None:
            _save(_roc(points, noun), folder / "roc")
            _save(_precision_recall(points, noun), folder / "precision_recall")
        else:
            _save(_scatter(points, noun, printable(config.value or "", kept="")), folder / "scatter")


@contextmanager
def _looks() -> Iterator[None]:
    """Settings that give the same picture whatever the user's matplotlib settings are."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_LOOK)
        yield


def _panels(count: int) -> tuple[Figure, list[Axes]]:
    """A row of panels, not from pyplot, which keeps figures and looks for a display."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_SIDE * count, _SIDE), layout="constrained")
    return figure, list(figure.subplots(1, count, squeeze=False)[0])


def _save(figure: Figure, stem: Path) -> None:
    for suffix in SUFFIXES:
        # Without a date, so that the same results are the same bytes.
        metadata: dict[str, Any] = {"Date": None} if suffix == ".svg" else {}
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph")  # a name in a script that the font lacks is drawn as boxes
            figure.savefig(stem.with_suffix(suffix), metadata=metadata)


def _roc(points: Sequence[Points], noun: str) -> Figure:
    from sklearn.metrics import roc_curve

    figure, (axes,) = _panels(1)
    for number, curve in enumerate(points):
        false_positive, true_positive, _ = roc_curve(curve.targets, curve.scores)
        axes.plot(false_positive, true_positive, label=_legend(curve, "auroc"), **_line(number))
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=0.8, zorder=0)
    axes.set(xlabel="false positive rate", ylabel="true positive rate", title=_count(points, noun))
    _finish(figure, axes)
    return figure


def _precision_recall(points: Sequence[Points], noun: str) -> Figure:
    from sklearn.metrics import precision_recall_curve

    figure, (axes,) = _panels(1)
    for number, curve in enumerate(points):
        precision, recall, _ = precision_recall_curve(curve.targets, curve.scores)
        precision[-1] = precision[-2]  # scikit-learn ends with precision 1 at recall 0, which belongs to no score
        label = _legend(curve, "average_precision")
        axes.plot(recall, precision, drawstyle="steps-post", label=label, **_line(number))
    if points:  # the precision of a random score
        axes.axhline(points[0].targets.mean(), color="0.7", linewidth=0.8, zorder=0)
    axes.set(xlabel="recall", ylabel="precision", title=_count(points, noun))
    _finish(figure, axes)
    return figure


def _scatter(points: Sequence[Points], noun: str, value: str) -> Figure:
    figure, panels = _panels(max(1, len(points)))
    panels[0].set(title=_NOTHING.format(noun))
    for number, (axes, series) in enumerate(zip(panels, points, strict=False)):
        colour = _COLOURS[number % len(_COLOURS)]
        axes.scatter(series.scores, series.targets, s=8, alpha=0.5, color=colour, linewidths=0, rasterized=True)
        texts = [f"{name.capitalize()} {_estimate(series, name)}" for name in ("pearson", "spearman")]
        title = "\n".join([f"{len(series.targets):,} {noun}s", *texts])
        axes.set(xlabel=_score_name(series), ylabel=value, title=title)
    return figure


def _finish(figure: Figure, axes: Axes) -> None:
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    if axes.get_legend_handles_labels()[0]:
        figure.legend(loc="outside lower center", frameon=False, fontsize=7)


def _line(number: int) -> dict[str, Any]:
    style = _STYLES[number // len(_COLOURS) % len(_STYLES)]
    return {"color": _COLOURS[number % len(_COLOURS)], "linestyle": style, "linewidth": 1.4}


def _score_name(points: Points) -> str:
    return f"GS_{points.predictor.upper()}_{points.result.score}"


def _legend(points: Points, measure: str) -> str:
    return f"{_score_name(points)}: {_NAMES[measure]} {_estimate(points, measure)}"


def _estimate(points: Points, measure: str) -> str:
    estimate = points.result.estimates[measure]
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


def _count(points: Sequence[Points], noun: str) -> str:
    if not points:
        return _NOTHING.format(noun)
    positives = int(points[0].targets.sum())
    return f"{positives:,} positive, {len(points[0].targets) - positives:,} negative"
