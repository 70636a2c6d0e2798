"""Messages for the user about a run, once its variants are counted."""

from __future__ import annotations

from collections.abc import Mapping

from genoscore.core.variants import Status, is_left_aligned, short_allele, trim_alleles
from genoscore.core.wording import counted
from genoscore.engine.results import RecordResult
from genoscore.inputs.vcf import Record

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


class UnalignedIndels:
    """Counts scored indels that could stand further left, so that their scores depend on how they are spelt."""

    def __init__(self) -> None:
        self._count = 0
        self._first = ""

    def see(self, result: RecordResult) -> None:
        """Look at one record."""
        record = result.record
        for number, given in enumerate(record.alts):
            scored = any(alts[number].status.has_scores for alts in result.alts.values())
            if len(given) == len(record.ref) or not scored:
                continue
            ref, alt, skipped = trim_alleles(record.ref.upper(), given.upper())
            if is_left_aligned(ref, alt) or record.pos + skipped == 1:
                continue
            self._count += 1
            self._first = self._first or variant_text(record, given)

    def warning(self, compat: bool) -> str | None:
        """What the user should know; None if there were none."""
        if not self._count:
            return None
        remedy = "run bcftools norm first" if compat else "to give all the same: --left-align, or bcftools norm first"
        return (
            f"{counted(self._count, 'scored indel')} {'is' if self._count == 1 else 'are'} not left-aligned "
            f"(first: {self._first}): other spellings may get other scores ({remedy})"
        )


def variant_text(record: Record, alt: str) -> str:
    """An ALT of a record, in a few words."""
    return f"{record.contig}:{record.pos} {short_allele(record.ref)}>{short_allele(alt)}"
