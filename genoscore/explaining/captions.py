"""Captions of the figures."""

from __future__ import annotations

from genoscore.explaining.attention import TOP, Attention
from genoscore.explaining.cases import Case
from genoscore.explaining.contributions import Contributions
from genoscore.scores.base import Scorer


def score_label(show: str | None, scorer: Scorer) -> str:
    """The label of a heat map's colours."""
    return show or "MAX" + (f" over {len(scorer.tracks)} tracks" if len(scorer.tracks) > 1 else "")


def mutagenesis(show: str | None, scorer: Scorer) -> str:
    """The caption of the heat map and its logo."""
    field = next((shown for shown in scorer.fields if shown.id == show), None)
    score = f"{field.id}: {field.description} ({field.unit})" if field else "the score of largest magnitude (MAX)"
    tracks = " Of several tracks, the one of largest magnitude is shown." if len(scorer.tracks) > 1 else ""
    return (
        f"Colour: {score} for the reference with one base replaced, as genoscore score computes it, unrounded. Black "
        f"dots: the reference bases; grey: no score; frame: the variant.{tracks} Letters: the "
        "reference; their height is the mean magnitude of the three substitutions, so that tall letters are the bases "
        "that matter."
    )


def profile(case: Case) -> str:
    """The caption of a profile."""
    curves = (
        "Network output (probability) for every base along REF (thin) and ALT (thick, on REF's coordinates: "
        "deleted bases are 0, and of inserted bases the largest value is shown). Shaded: the variant."
        if case.has_alt
        else "Network output (probability) for every base."
    )
    strand = " The network reads the gene's strand." if case.gene is not None else ""
    return f"{curves} Replicates are averaged.{strand} Boxes: exons."


def contributions(result: Contributions, method: str) -> str:
    """The caption of a figure of contributions."""
    target, ref, alt = result.target, result.ref, result.alt
    span = f"{target.start + 1:,}" if target.end - target.start == 1 else f"{target.start + 1:,}-{target.end:,}"
    outcome = f"REF {ref.value:.4g}" + (f", ALT {alt.value:.4g}" if alt is not None else "")
    chosen = "the output that the variant changes most" if result.case.has_alt else "the largest output of the region"
    text = f"Contributions to {target.name} at {result.case.contig}:{span} ({outcome}), {chosen}"
    text += "; dotted line, if in view." if result.target_is_local else ". The output is for the whole window."
    if result.case.has_alt and alt is None:
        text += " ALT lacks that base, so that there is nothing to compare."
    if method == "input_x_gradient":
        return f"{text} The gradient at the sequence, for the base that is present."
    gaps = f"{ref.gap:+.2g}" + (f" and {alt.gap:+.2g}" if alt is not None else "")
    return (
        f"{text} Mean gradient along the path from a sequence of N only, whose output is {ref.baseline:.4g}. "
        f"Over all {len(ref.sequence):,} bases that the network reads, contributions sum to the difference of the two "
        f"outputs, with an error of {gaps}."
    )


def attention(result: Attention) -> str:
    """The caption of the attention maps."""
    layers, heads, tokens = result.ref.heads.shape
    pooled = "" if result.ref.pooled is None else " Pooling: every base's share in the output, also rolled out."
    return (
        f"How the {result.size}-base bin of the variant (dotted) attends to the {tokens:,} bins of the window. Top: "
        f"rollout through {layers} layer{'s' if layers > 1 else ''} (Abnar and Zuidema 2020).{pooled} "
        f"Below, for REF: each layer, averaged over its {heads} heads; every head. "
        f"Colours are cut at the 99.5th percentile. attention.bed lists the {TOP} "
        "bins of largest rollout. Attention is a hypothesis about what the network uses, not a proof: check it by "
        "replacing bases."
    )
