"""What the user should know of a run, in plain words, once its variants are counted."""

from __future__ import annotations

from collections.abc import Mapping

from genoscore.core.variants import Status

MISMATCH_SHARE, MISMATCH_LEAST = 0.1, 10  # of compared alleles: above both, the builds are said to differ


def build_suspicion(name: str, counts: Mapping[Status, int]) -> str | None:
    """In plain words, where so many REF alleles do not fit the FASTA that the two are hardly of one build."""
    wrong = {
        "are not what the FASTA holds": counts.get(Status.REF_MISMATCH, 0),
        "lie beyond a contig's end": counts.get(Status.OUT_OF_RANGE, 0),
        "lie where the FASTA holds N": counts.get(Status.REF_UNKNOWN, 0),
    }
    fits = Status.SCORED, Status.UNTRAINED, Status.NO_GENE, Status.NOT_IN_PANEL, Status.TOO_LONG
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
