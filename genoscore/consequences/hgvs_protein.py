"""Predicted descriptions of a protein (p.), after HGVS recommendations 21.

https://hgvs-nomenclature.org/stable/recommendations/protein/. Frameshifts are in the short form, `p.(Ser23fs)`.
"""

from __future__ import annotations

from collections.abc import Sequence

from genoscore.consequences.changes import Change, is_duplication
from genoscore.consequences.genetic_code import STOP, THREE_LETTERS

LONGEST_TEXT = 20  # inserted amino acids written out; more are given by their number
UNKNOWN = "p.?"


def describe_protein(protein: str, changes: Sequence[Change], last: str = "") -> str:
    """`p.(Asp23_Leu105del)`, `p.[(Asn156Ser;Ser160fs)]`, `p.(=)`.

    Args:
        protein: the normal one, one letter per residue, without the stop.
        changes: from it to the aberrant one, normalized.
        last: a description of how translation ends, after these; `?` if that cannot be said.
    """
    texts = [_text(protein, change) for change in changes] + ([last] if last else [])
    if last == "?":
        return UNKNOWN
    if not texts:
        return "p.(=)"
    return f"p.({texts[0]})" if len(texts) == 1 else f"p.[({';'.join(texts)})]"


def _text(protein: str, change: Change) -> str:
    start, end, text = change.start, change.end, change.text
    if not text:
        return f"{place(protein, start, end)}del"
    if end - start == 1 == len(text):
        return f"{residue(protein, start)}{THREE_LETTERS[text]}"
    if end > start:
        return f"{place(protein, start, end)}delins{letters(text)}"
    if start == len(protein):  # what lengthens the protein is an extension, even if it is a copy
        return extension(protein, text)
    if is_duplication(protein, change):
        return f"{place(protein, start - len(text), start)}dup"
    return f"{place(protein, start - 1, start + 1)}ins{letters(text)}"


def residue(protein: str, at: int) -> str:
    """`Ser23` for the residue with the 0-based index 22; the one after the last is `Ter`."""
    return f"{THREE_LETTERS[protein[at] if at < len(protein) else STOP]}{at + 1}"


def place(protein: str, start: int, end: int) -> str:
    """`Ser23` or `Ser23_Leu25` for residues [start, end), 0-based."""
    first = residue(protein, start)
    return first if end - start == 1 else f"{first}_{residue(protein, end - 1)}"


def letters(text: str) -> str:
    """Residues in three letters, a stop as the last of them; `Xaa[25]` or `Ter25` if they are too many."""
    if len(text) <= LONGEST_TEXT:
        return "".join(THREE_LETTERS[letter] for letter in text)
    return f"Ter{len(text)}" if text.endswith(STOP) else f"Xaa[{len(text)}]"


def extension(protein: str, text: str, known: bool = True) -> str:
    """`Ter104GlnextTer12`, or `Ter104GlnextTer?` if no stop follows: these residues in the stop's place and after."""
    return f"{residue(protein, len(protein))}{THREE_LETTERS[text[0]]}extTer{len(text) if known else '?'}"
