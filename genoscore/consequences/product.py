"""From the exons of an aberrant mRNA to reading frame, premature stop, decay, and HGVS's descriptions.

The frame is the first of these that holds:

- `noncoding`: the annotation gives other transcripts a CDS, and this one none;
- `utr`: the mRNA changes, but all bases from the start codon to the stop codon are as before;
- `start_lost`: the start codon is not to be found whole where it was;
- `stop_lost`: translation meets no stop codon; or the normal one is gone, and translation comes to where it was;
- `frameshift`, `in_frame`: there are more or fewer bases between start codon and stop codon (or where it was), by a
  number that is not, or is, a multiple of three; `in_frame` so also without any change. A stop codon that is met on the
  way is `ptc`, and changes nothing about this.
"""

from __future__ import annotations

from collections.abc import Sequence

from genoscore.consequences.coding_sequence import CodingSequence
from genoscore.consequences.consequence import Frame, Product
from genoscore.consequences.hgvs_protein import UNKNOWN, describe_protein
from genoscore.consequences.hgvs_rna import describe_rna
from genoscore.consequences.isoform import Isoform, isoform_of
from genoscore.consequences.transcript import TranscriptModel
from genoscore.consequences.translation import Translation, find_start, find_stop, translate
from genoscore.core.edits import Edit

# A stop codon that ends more than this many bases before the last exon-exon junction triggers nonsense-mediated decay
# (Nagy and Maquat, Trends Biochem Sci 23:198, 1998: more than 50 to 55).
NMD_DISTANCE = 50


def product_of(model: TranscriptModel, edit: Edit, exons: Sequence[tuple[int, int]]) -> Product:
    """What becomes of an mRNA with these exons and with the variant in it.

    Args:
        exons: in genomic order, 0-based, half-open, in coordinates of the haplotype that carries the edit. If they are
            the transcript's, the result is what the variant alone does to the mRNA.

    Raises:
        ValueError: there is no exon, or they are not in order.
    """
    if model.overlaps:
        return Product(reason=model.reason)
    isoform = isoform_of(model, edit, exons)
    hgvs_r = describe_rna(model, isoform.changes)
    coding = model.coding
    if not model.is_coding and model.annotated_cds:
        return Product(Frame.NONCODING, hgvs_r=hgvs_r)
    if coding is None or model.reason:
        return Product(hgvs_r=hgvs_r, reason=model.reason)
    start = find_start(model.mrna, isoform, coding)
    if start is None and not coding.late:  # the codon may yet be there, if two changes together are a plainer one
        isoform = isoform.as_one_change(model.mrna, coding.start + 3)
        start = find_start(model.mrna, isoform, coding)
    if start is None:
        if coding.late:
            return Product(hgvs_r=hgvs_r, reason="starts_late")
        return Product(Frame.START_LOST, hgvs_r=hgvs_r, hgvs_p=UNKNOWN)
    translation = translate(model.mrna, isoform, coding, start)
    if not translation.is_known(isoform.mrna):
        return Product(hgvs_r=hgvs_r, reason="off_reference")
    return Product(
        frame=_frame(model.mrna, isoform, coding, translation),
        ptc=translation.new_stop,
        nmd=_decays(isoform, translation),
        hgvs_r=hgvs_r,
        hgvs_p=describe_protein(coding.protein, translation.changes, translation.last),
    )


def _frame(reference: str, isoform: Isoform, coding: CodingSequence, translation: Translation) -> Frame:
    start, stop = translation.start, find_stop(reference, isoform, coding)
    length = coding.end - coding.start
    same = isoform.mrna[start + coding.first - coding.start : start + length]
    if isoform.changes and reference[coding.first : coding.end] == same:
        return Frame.UTR
    if translation.is_normal and not coding.early:
        return Frame.IN_FRAME
    if stop is not None:
        gain = (stop - start) - (length - 3)
    else:
        gain, end = _gain_before(isoform, coding, translation)
        if not coding.early and (translation.stop is None or end < translation.stop + 3):
            return Frame.STOP_LOST
    if not coding.early and translation.stop is None:
        return Frame.STOP_LOST
    return Frame.FRAMESHIFT if gain % 3 else Frame.IN_FRAME


def _gain_before(isoform: Isoform, coding: CodingSequence, translation: Translation) -> tuple[int, int]:
    """Bases gained between start codon and the change that breaks the stop codon, and where that is in the mRNA.

    Where the annotation lacks the stop codon: before the end of the CDS.
    """
    moved = 0
    for change in isoform.changes:
        if change.start >= coding.end or (not coding.early and change.end > coding.end - 3):
            return moved - (translation.start - coding.start), change.start + moved
        moved += change.gain
    return moved - (translation.start - coding.start), coding.end + moved


def _decays(isoform: Isoform, translation: Translation) -> bool:
    """Whether a new stop codon lies far enough before the last junction."""
    if translation.new_stop is None or translation.stop is None or isoform.last_junction is None:
        return False
    return isoform.last_junction - (translation.stop + 3) > NMD_DISTANCE
