"""Messages for the user about a run, once its variants are counted."""

from __future__ import annotations

from collections.abc import Mapping

from genoscore.consequences.consequence import BEYOND_FROM
from genoscore.core.variants import Status

MISMATCH_SHARE, MISMATCH_LEAST = 0.1, 10  # of compared alleles: above both, the user is warned that builds differ


def build_suspicion(name: str, counts: Mapping[Status, int]) -> str | None:
    """A warning if so many REF alleles differ from the FASTA that the builds are probably different; else None."""
    wrong = {
        "differ from the FASTA": counts.get(Status.REF_MISMATCH, 0),
        "lie beyond a contig's end": counts.get(Status.OUT_OF_RANGE, 0),
        "are where the FASTA has N": counts.get(Status.REF_UNKNOWN, 0),
    }
    fits = Status.SCORED, Status.UNTRAINED, Status.NO_GENE, Status.NOT_IN_PANEL, Status.TOO_LONG
    fitting = sum(counts.get(status, 0) for status in fits)
    compared = fitting + sum(wrong.values())
    share = sum(wrong.values()) / max(compared, 1)
    if not (share > 0.5 or (share > MISMATCH_SHARE and sum(wrong.values()) >= MISMATCH_LEAST)):
        return None
    listed = ", ".join(f"{count} {fault}" for fault, count in wrong.items() if count)
    return (
        f"{name}: of {compared} REF alleles {listed}. Variants and FASTA are probably of different builds "
        "(GRCh37 variants on a GRCh38 FASTA, or the reverse)"
    )


def precomputed_note(name: str, counts: Mapping[str, int]) -> str | None:
    """Which of a predictor's precomputed scores could not be used, and why; None if there is nothing to report."""
    odd = {
        "ALTs have scores only under other gene names": counts["other_symbols"],
        "ALTs have several scores for a gene": counts["ambiguous"],
        "strings cannot be read": counts["unreadable"],
    }
    listed = ", ".join(f"{count} {fault}" for fault, count in odd.items() if count)
    return f"precomputed scores of {name}: {listed}; these ALTs were computed" if listed else None


def beyond_note(name: str, count: int, distance: int) -> str:
    """How many ALTs of a predictor change a splice site that the scores do not see."""
    alts = "1 ALT changes" if count == 1 else f"{count:,} ALTs change"
    return (
        f"{name}: {alts} a splice site more than {distance:,} bases away by {BEYOND_FROM} or more, which its scores do "
        f"not include: GS_{name.upper()}_BEYOND (in tables: BEYOND) names the sites"
    )
