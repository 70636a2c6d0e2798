"""What stands under the figures."""

from __future__ import annotations

from genoscore.explaining.attention import TOP, Attention
from genoscore.explaining.cases import Case
from genoscore.explaining.contributions import Contributions
from genoscore.scores.base import Scorer


def score_label(show: str | None, scorer: Scorer) -> str:
    """What the numbers of a heat map are."""
    return show or "MAX" + (f" over {len(scorer.tracks)} tracks" if len(scorer.tracks) > 1 else "")


def mutagenesis(show: str | None, scorer: Scorer) -> str:
    """Of the heat map and its logo."""
    field = next((one for one in scorer.fields if one.id == show), None)
    what = f"{field.id}: {field.description} ({field.unit})" if field else "the score of largest magnitude (MAX)"
    tracks = " Of several tracks, that of largest magnitude is shown." if len(scorer.tracks) > 1 else ""
    return (
        f"Colour: {what} of the reference with one base replaced, as genoscore score gives it, not rounded. Black "
        f"dots: the reference's own bases; grey: no score; framed: where the variant is.{tracks} Letters: the "
        "reference; their height is the mean magnitude of the three substitutions, so that tall letters are bases "
        "that matter."
    )


def profile(case: Case) -> str:
    """Of a profile."""
    what = (
        "Network output (probability) for every base along REF (thin) and ALT (thick, drawn on REF's coordinates: "
        "deleted bases are 0, of inserted ones the largest counts). Shaded: the variant."
        if case.has_alt
        else "Network output (probability) for every base."
    )
    strand = " The network reads the gene's own strand." if case.gene is not None else ""
    return f"{what} Replicates are averaged.{strand} Boxes: exons."


def contributions(found: Contributions, method: str) -> str:
    """Of a figure of contributions."""
    target, ref, alt = found.target, found.ref, found.alt
    span = f"{target.start + 1:,}" if target.end - target.start == 1 else f"{target.start + 1:,}-{target.end:,}"
    outcome = f"REF {ref.value:.4g}" + (f", ALT {alt.value:.4g}" if alt is not None else "")
    chosen = "which the variant changes most" if found.case.has_alt else "the largest of the region"
    what = f"Contributions to {target.name} at {found.case.contig}:{span} ({outcome}), {chosen}"
    what += "; dotted where in view." if found.target_is_local else ". The output is of the whole window."
    if found.case.has_alt and alt is None:
        what += " ALT lacks that base, so that there is nothing to compare."
    if method == "input_x_gradient":
        return f"{what} The gradient at the sequence, of the base that stands there."
    gaps = f"{ref.gap:+.2g}" + (f" and {alt.gap:+.2g}" if alt is not None else "")
    return (
        f"{what} Mean gradient on the way from N alone, where the output is {ref.baseline:.4g}. "
        f"Over all {len(ref.sequence):,} bases that are read, contributions sum to the difference of the two outputs "
        f"but for {gaps}."
    )


def attention(found: Attention) -> str:
    """Of the maps of attention."""
    layers, heads, tokens = found.ref.heads.shape
    pooled = "" if found.ref.pooled is None else " Pooling: the share of every base in the output, rolled out likewise."
    return (
        f"How the {found.size}-base bin of the variant (dotted) attends to the {tokens:,} bins of the window. Top: "
        f"rollout through {layers} layer{'s' if layers > 1 else ''} (Abnar and Zuidema 2020).{pooled} "
        f"Below, of REF: each layer, averaged over its {heads} heads; every head. "
        f"Colours are cut at the 99.5th percentile. attention.bed lists the {TOP} "
        "bins of largest rollout. Attention is a hypothesis of what the network uses, and not a proof: check it by "
        "replacing bases."
    )
