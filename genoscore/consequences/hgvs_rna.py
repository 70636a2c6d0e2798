"""Predicted descriptions of an mRNA (r.), after HGVS recommendations 21.

https://hgvs-nomenclature.org/stable/recommendations/RNA/splicing/. Unlike in c., the 3' rule applies across exon-exon
junctions.
"""

from __future__ import annotations

from collections.abc import Sequence

from genoscore.consequences.changes import Change, is_duplication, is_inversion
from genoscore.consequences.transcript import TranscriptModel

LONGEST_TEXT = 100  # inserted bases written out that are not of the reference; more are `n[300]`
UNKNOWN = "r.?"


def describe_rna(model: TranscriptModel, changes: Sequence[Change]) -> str:
    """`r.(68_316del)`, `r.[(467a>g;468_475del)]`, `r.(=)`; '' where the transcript has no numbers.

    `r.?` where no description is allowed: something is added before the first or after the last base, or is from
    outside the transcript.
    """
    if not model.is_numbered:
        return ""
    if not changes:
        return "r.(=)"
    texts = [_text(model, change) for change in changes]
    if "" in texts:
        return UNKNOWN
    return f"r.({texts[0]})" if len(texts) == 1 else f"r.[({';'.join(texts)})]"


def _text(model: TranscriptModel, change: Change) -> str:
    inserted = _inserted(model, change)
    if change.start < change.end:
        place = _place(model, change.start, change.end)
        if not change.text:
            return f"{place}del"
        if len(change.text) == 1 == change.end - change.start:
            return f"{place}{_letters(model.mrna[change.start])}>{_letters(change.text)}"
        if is_inversion(model.mrna, change):
            return f"{place}inv"
        return f"{place}delins{inserted}" if inserted else ""
    if is_duplication(model.mrna, change):
        return f"{_place(model, change.start - len(change.text), change.start)}dup"
    if not inserted or not 0 < change.start < model.length:
        return ""
    return f"{model.number(change.start - 1)}_{model.number(change.start)}ins{inserted}"


def _place(model: TranscriptModel, start: int, end: int) -> str:
    first = model.number(start)
    return first if end - start == 1 else f"{first}_{model.number(end - 1)}"


def _letters(bases: str) -> str:
    return bases.lower().replace("t", "u")


def _inserted(model: TranscriptModel, change: Change) -> str:
    """What is inserted: letters, a range of an intron, or several of these in brackets; '' if it has no number."""
    parts: list[str] = []
    letters = ""
    for piece in change.pieces:
        if not piece.is_range:
            letters += piece.text
            continue
        if letters:
            parts.append(_written_out(letters))
        letters = ""
        first, last = (model.position(base) for base in piece.ends)
        if not first or not last:
            return ""
        parts.append(f"{first}_{last}")
    if not change.pieces:
        letters = change.text
    if letters:
        parts.append(_written_out(letters))
    return parts[0] if len(parts) == 1 else f"[{';'.join(parts)}]"


def _written_out(letters: str) -> str:
    return _letters(letters) if len(letters) <= LONGEST_TEXT else f"n[{len(letters)}]"
