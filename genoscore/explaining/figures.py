"""Figures, drawn with matplotlib and logomaker; the only module that imports them. Nothing is shown on a screen, and
the settings of a notebook that draws its own figures are not changed.

Positions on the axes are 1-based, in the genome (or in the sequence).
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import logomaker
import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.colors import Normalize, TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from genoscore.core.encode import BASES
from genoscore.core.printable import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from genoscore.explaining.attention import Attention
    from genoscore.explaining.contributions import Contributions
    from genoscore.explaining.profiles import Profile
    from genoscore.inputs.gene import Gene

_STYLE: Any = {
    "svg.hashsalt": "genoscore", "font.size": 9, "svg.fonttype": "path",
    "text.parse_math": False, "text.usetex": False,  # a `$` in a name does not begin a formula
}  # fmt: skip
_REF, _ALT, _MARK, _EXON = "#33658a", "#d1495b", "#444444", "#9aa5b1"
_WIDEST = 40.0  # inches
_DPI = 130  # of PNG files


def _panels(n_bases: int, heights: Sequence[float], inches: float) -> tuple[Figure, list[Axes]]:
    """Panels that share an axis of positions; the lowest one is for genes."""
    width = min(_WIDEST, max(7.0, 1.6 + inches * n_bases))
    figure = Figure(figsize=(width, sum(heights) + 0.9), layout="constrained")
    grid = figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=list(heights))
    return figure, [row[0] for row in grid]


def _finish(panels: list[Axes], contig: str, start: int, end: int, genes: Iterable[Gene]) -> None:
    """Draw genes and positions at the bottom. On the axes, a base's middle is its 0-based position."""
    lowest = panels[-1]
    _draw_genes(lowest, start, end, genes)
    lowest.set_xlim(start - 0.5, end - 0.5)
    ticks = np.asarray(MaxNLocator(8, integer=True).tick_values(start + 1, end)) - 1  # round numbers, 1-based
    lowest.xaxis.set_major_locator(FixedLocator([tick for tick in ticks if start <= tick < end]))
    for axes in panels[:-1]:
        axes.tick_params(axis="x", bottom=False)
    lowest.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{int(value) + 1:,}"))
    lowest.set_xlabel(f"{_name(contig)}, position (1-based)")


def _name(text: str) -> str:
    """A name for a figure: on one line, without characters that SVG does not allow."""
    return printable(text, kept="")


def _draw_genes(axes: Axes, start: int, end: int, genes: Iterable[Gene]) -> None:
    """One line per transcript: introns with the direction of transcription, exons as boxes."""
    shown = [gene for gene in genes if gene.tx_start < end and gene.tx_end > start]
    for row, gene in enumerate(shown):
        left, right = max(gene.tx_start, start), min(gene.tx_end, end)
        axes.plot([left - 0.5, right - 0.5], [-row, -row], color=_MARK, linewidth=1, solid_capstyle="butt")
        arrows = np.linspace(left, right - 1, 12)[1:-1]
        axes.plot(arrows, [-row] * len(arrows), ">" if gene.strand == "+" else "<", color=_MARK, markersize=3)
        for first, last in zip(gene.exon_starts, gene.exon_ends, strict=True):
            if first < end and last > start:
                first, last = max(first, start), min(last, end)
                box = Rectangle((first - 0.5, -row - 0.3), last - first, 0.6, facecolor=_EXON, edgecolor=_MARK)
                axes.add_patch(box)
        name = _name(f"{gene.symbol} {gene.transcript_id}".strip())
        axes.annotate(f"{name} ({gene.strand})", (start, -row + 0.42), fontsize=8, va="bottom", annotation_clip=True)
    if not shown:
        axes.text(0.5, 0.5, "no gene drawn", transform=axes.transAxes, ha="center", va="center", color="grey")
    axes.set_ylim(-max(len(shown), 1) + 0.4, 1.1)
    axes.set_yticks([])
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)


def _height_of_genes(genes: Sequence[Gene]) -> float:
    return 0.35 + 0.3 * max(len(genes), 1)


def _mark(panels: Iterable[Axes], start: int, end: int) -> None:
    """Mark the variant's bases."""
    for axes in panels:
        axes.axvspan(start - 0.5, end - 0.5, color="#f2b134", alpha=0.3, linewidth=0)


def _logo(axes: Axes, letters: str, heights: NDArray[np.float64], start: int) -> None:
    table = pd.DataFrame(0.0, index=range(start, start + len(letters)), columns=list(BASES))
    for place, (letter, height) in enumerate(zip(letters, heights, strict=True)):
        if letter in BASES:
            table.iloc[place, BASES.index(letter)] = height
    logomaker.Logo(table, ax=axes, color_scheme="classic", show_spines=False)
    axes.axhline(0, color="grey", linewidth=0.5)


@mpl.rc_context(_STYLE)
def png_and_svg(figure: Figure) -> tuple[bytes, bytes]:
    """Both images of a figure; the same figure gives the same bytes every time."""
    png, svg = io.BytesIO(), io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # a name in a script that the font lacks is drawn as boxes
        figure.savefig(png, format="png", dpi=_DPI, metadata={"Software": None})
        figure.savefig(svg, format="svg", metadata={"Date": None})
    return png.getvalue(), svg.getvalue()


@mpl.rc_context(_STYLE)
def draw_mutagenesis(
    contig: str,
    start: int,
    bases: str,
    table: NDArray[np.float64],
    heights: NDArray[np.float64],
    label: str,
    marked: tuple[int, int] | None,
    genes: Sequence[Gene],
) -> Figure:
    """Logo of `heights` (L,), heat map of `table` (4, L), and genes.

    Args:
        label: of the colours. marked: the variant's bases, 0-based, half-open.
    """
    end = start + len(bases)
    figure, panels = _panels(len(bases), (1.1, 1.3, _height_of_genes(genes)), 0.12)
    logo, heat, _ = panels
    _logo(logo, bases, heights, start)
    logo.set_ylabel("mean\nmagnitude")
    most = float(np.nanmax(np.abs(table), initial=0)) or 1.0
    signed = bool((np.nan_to_num(table) < 0).any())
    norm: Normalize = TwoSlopeNorm(0, -most, most) if signed else Normalize(0, most)
    colours = mpl.colormaps["RdBu_r" if signed else "OrRd"].with_extremes(bad="#e6e6e6")
    image = heat.imshow(
        np.ma.masked_invalid(table),
        aspect="auto",
        cmap=colours,
        norm=norm,
        interpolation="none",
        extent=(start - 0.5, end - 0.5, 3.5, -0.5),
    )
    own = [(start + place, BASES.index(base)) for place, base in enumerate(bases) if base in BASES]
    heat.plot([x for x, _ in own], [y for _, y in own], ".", color="black", markersize=2.5)
    heat.set_yticks(range(4), list(BASES))
    heat.set_ylabel("replaced by")
    figure.colorbar(image, ax=panels, label=_name(label), pad=0.01, fraction=0.03, aspect=15)
    if marked is not None:
        _mark((logo,), *marked)
        left, right = marked
        frame = Rectangle((left - 0.5, -0.5), right - left, 4, fill=False, edgecolor="black", linewidth=1.2)
        heat.add_patch(frame)
    _finish(panels, contig, start, end, genes)
    return figure


@mpl.rc_context(_STYLE)
def draw_profile(profile: Profile, genes: Sequence[Gene]) -> Figure:
    """One panel per track with REF and ALT, genes below."""
    case, end = profile.case, profile.start + len(profile.bases)
    figure, panels = _panels(len(profile.bases), (*[1.3] * len(profile.tracks), _height_of_genes(genes)), 0.025)
    places = np.arange(profile.start, end)
    for row, (axes, track) in enumerate(zip(panels, profile.tracks, strict=False)):
        if profile.alt is not None:
            axes.plot(places, profile.alt[row], color=_ALT, linewidth=2.6, alpha=0.75, label="ALT")
        axes.plot(places, profile.ref[row], color=_REF, linewidth=1.1, label="REF")
        axes.set_ylim(-0.03, 1.03)
        axes.set_ylabel(_name(track))
    panels[0].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    if case.has_alt:
        _mark(panels[:-1], case.start, case.end)
    _finish(panels, case.contig, profile.start, end, genes)
    return figure


@mpl.rc_context(_STYLE)
def draw_contributions(
    contributions: Contributions, method: str, start: int, end: int, genes: Sequence[Gene], alt_bases: str
) -> Figure:
    """Logos of the bases [start, end), 0-based: REF's, ALT's at the same positions, and ALT - REF.

    Args:
        method: see `Contributions.placed`. alt_bases: ALT's base at each position.
    """
    inside = slice(start - contributions.start, end - contributions.start)
    ref, alt = contributions.placed(method)
    rows = [("REF", contributions.ref.sequence[inside], ref[inside])]
    if alt is not None:
        rows += [("ALT", alt_bases, alt[inside]), ("ALT - REF", alt_bases, (alt - ref)[inside])]
    figure, panels = _panels(end - start, (*[1.0] * len(rows), _height_of_genes(genes)), 0.12)
    most = max(float(np.abs(heights).max(initial=0)) for _, _, heights in rows) or 1.0
    for axes, (name, letters, heights) in zip(panels, rows, strict=False):
        _logo(axes, letters, heights, start)
        axes.set_ylim(-1.05 * most, 1.05 * most)
        axes.set_ylabel(name)
    if contributions.case.has_alt:
        _mark(panels[:-1], contributions.case.start, contributions.case.end)
    if contributions.target_is_local and start < contributions.target.end and contributions.target.start < end:
        for axes in panels[:-1]:
            axes.axvline(
                (contributions.target.start + contributions.target.end - 1) / 2,
                color=_MARK,
                linewidth=0.8,
                linestyle=":",
            )
    _finish(panels, contributions.case.contig, start, end, genes)
    return figure


@mpl.rc_context(_STYLE)
def draw_attention(attention: Attention, genes: Sequence[Gene]) -> Figure:
    """Attention of the variant's token over the whole window: rollout for both alleles, layers, heads, and genes."""
    layers, heads, n = attention.ref.heads.shape
    start, end = attention.start, attention.start + n * attention.size
    tall = max(1.2, 0.035 * layers * heads)
    pooled = [] if attention.ref.pooled is None else [1.2]
    figure, panels = _panels(0, (1.2, *pooled, max(1.0, 0.16 * layers), tall, _height_of_genes(genes)), 0)
    figure.set_size_inches(12, figure.get_size_inches()[1])
    rolled, (by_layer, by_head, _) = panels[0], panels[-3:]
    if pooled:
        _draw_pooled(panels[1], attention)
    middles = start + attention.size * (np.arange(n) + 0.5)
    if attention.alt is not None:
        rolled.plot(middles, attention.alt.rollout, color=_ALT, linewidth=2.2, alpha=0.7, label="ALT")
    rolled.plot(middles, attention.ref.rollout, color=_REF, linewidth=1, label="REF")
    rolled.set_yscale("log")
    rolled.set_ylabel("rollout")
    rolled.legend(loc="upper right", frameon=False)
    _attention_map(figure, by_layer, attention.ref.layers, start, end, "layer")
    _attention_map(figure, by_head, attention.ref.heads.reshape(layers * heads, n), start, end, "layer, head")
    by_head.set_yticks(
        [heads * layer + (heads - 1) / 2 for layer in range(layers)], [str(layer + 1) for layer in range(layers)]
    )
    for axes in panels[:-1]:
        axes.axvline(attention.case.edit.start, color="black", linewidth=0.8, linestyle=":")
    _finish(panels, attention.case.contig, start, end, genes)
    return figure


def _draw_pooled(axes: Axes, attention: Attention) -> None:
    """Every base's share in the outputs, for both alleles, each along its own window."""
    for seen, colour, width in ((attention.alt, _ALT, 2.2), (attention.ref, _REF, 1.0)):
        if seen is not None and seen.pooled is not None:
            places = attention.start + np.arange(len(seen.pooled))
            axes.plot(places, seen.pooled, color=colour, linewidth=width, alpha=0.7 if width > 1 else 1)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("pooling")


def _attention_map(figure: Figure, axes: Axes, rows: NDArray[Any], start: int, end: int, label: str) -> None:
    """Rows (K, n), the first on top. Colours are cut at the 99.5th percentile: a few tokens get most attention."""
    image = axes.imshow(
        rows,
        aspect="auto",
        cmap="viridis",
        interpolation="none",
        vmin=0,
        vmax=float(np.percentile(rows, 99.5)) or 1.0,
        extent=(start - 0.5, end - 0.5, len(rows) - 0.5, -0.5),
    )
    axes.set_yticks(range(len(rows)), [str(at + 1) for at in range(len(rows))])
    axes.tick_params(axis="y", labelsize=6)
    axes.set_ylabel(label)
    figure.colorbar(image, ax=axes, pad=0.01, fraction=0.02, extend="max", label="weight")
