"""Rows of an annotation that say what of a transcript is translated, as they are read."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from genoscore.inputs.coding.table import Integers
from genoscore.inputs.gene_attributes import Attributes, read_attributes, transcript_names

Place = tuple[str, str, str]  # a transcript's name in the file, contig, strand
STOPS = frozenset({"stop_codon"})
SELENOCYSTEINES = frozenset({"Selenocysteine", "stop_codon_redefined_as_selenocysteine"})  # of GTF, of GENCODE's GFF3
CODING = STOPS | SELENOCYSTEINES | {"CDS"}
PHASES = {"0": 0, "1": 1, "2": 2, ".": -1}
_REMARKS = ("transl_except", "transl_table", "exception", "start_range", "end_range", "partial")
_HASH = (1 << 62) - 1


@dataclass(frozen=True, slots=True)
class Remark:
    """What a CDS row says of its translation beyond coordinates and phase.

    Attributes:
        protein: see `CodingRows.proteins`.
        attributes: those of its attributes that are named in `_REMARKS`.
    """

    protein: int
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Features:
    """Rows of one kind, in the file's order; 0-based, half-open.

    Attributes:
        transcripts: of each row: its number, or a negative one that `CodingRows` lends it.
    """

    transcripts: array[int] = field(default_factory=lambda: array("q"))
    starts: array[int] = field(default_factory=lambda: array("q"))
    ends: array[int] = field(default_factory=lambda: array("q"))


class CodingRows:
    """Rows of CDS, stop codons and selenocysteines.

    Attributes:
        parts, stops, selenocysteines: the rows of each.
        phases: of `parts`: 0, 1, 2, or -1 for none.
        proteins: of `parts`: which protein it belongs to: a number made of its `protein_id`, a negative one made of
            its `ID`, 0 if it has neither.
        remarks: transcript -> what its CDS rows say besides.
    """

    def __init__(self, latest: Mapping[Place, int]) -> None:
        """`latest` finds a transcript's number, as far as it is known yet."""
        self.parts, self.stops, self.selenocysteines = Features(), Features(), Features()
        self.phases, self.proteins = array("b"), array("q")
        self.remarks: dict[int, list[Remark]] = {}
        self._latest = latest
        self._waiting: dict[Place, int] = {}  # rows before those of their transcript: its place -> -1, -2, ...
        # The ninth column of the latest row, and what it says.
        self._text, self._names, self._protein = "", list[str](), 0
        self._remarks: Attributes = {}

    def add(self, kind: str, contig: str, start: int, end: int, strand: str, phase: str, text: str) -> bool:
        """A row of a kind in CODING; False if it names no transcript."""
        if text != self._text:  # in GFF3, all rows of a coding sequence have the same
            self._text, self._names, self._protein = text, transcript_names(text), _protein(text)
            self._remarks = _remarks(text)
        for name in self._names:
            place = name, contig, strand
            number = self._latest.get(place)
            if number is None:
                number = self._waiting.setdefault(place, -1 - len(self._waiting))
            features = self.parts if kind == "CDS" else self.stops if kind in STOPS else self.selenocysteines
            features.transcripts.append(number)
            features.starts.append(start)
            features.ends.append(end)
            if kind != "CDS":
                continue
            self.phases.append(PHASES[phase])
            self.proteins.append(self._protein)
            if self._remarks:
                remarks = self.remarks.setdefault(number, [])
                if not (remarks and remarks[-1].attributes is self._remarks):
                    remarks.append(Remark(self._protein, self._remarks))
        return bool(self._names)

    def resolve(self) -> tuple[dict[int, int], list[str]]:
        """Lent number -> the transcript's number, now that the file is read; and the names of those without one."""
        found = {lent: self._latest[place] for place, lent in self._waiting.items() if place in self._latest}
        return found, [name for (name, _, _), lent in self._waiting.items() if lent not in found]

    def named(self, names: Sequence[str]) -> list[int]:
        """Transcripts with one of these names, on any contig and strand."""
        wanted = {*names}
        return [number for (name, _, _), number in self._latest.items() if name in wanted] if wanted else []


def columns(features: Features, found: Mapping[int, int]) -> Integers:
    """Columns (transcript, start, end) of rows, in their order; the transcript is -1 where there is none.

    Args:
        found: lent number -> the transcript's.
    """
    rows = np.array([np.asarray(column) for column in (features.transcripts, features.starts, features.ends)])
    lent = np.unique(rows[0][rows[0] < 0])
    numbers = np.array([found.get(number, -1) for number in lent.tolist()], dtype=np.int64)
    waited = rows[0] < 0
    rows[0][waited] = numbers[np.searchsorted(lent, rows[0][waited])]
    return rows


def _remarks(text: str) -> Attributes:
    """Those of a CDS row's attributes that are named in `_REMARKS`; mostly none."""
    if not ("transl_" in text or "partial" in text or "exception" in text):
        return {}
    return {key: value for key, value in read_attributes(text).items() if key in _REMARKS}


def _protein(text: str) -> int:
    """See `CodingRows.proteins`. Of 62 bits, so that two proteins of a transcript have the same by no chance."""
    begin = text.find("protein_id")
    if begin >= 0:
        return 1 + (hash(_until_semicolon(text, begin)) & _HASH)
    begin = text.find("ID=")
    return -1 - (hash(_until_semicolon(text, begin)) & _HASH) if begin >= 0 else 0


def _until_semicolon(text: str, begin: int) -> str:
    end = text.find(";", begin)
    return text[begin : end if end >= 0 else None].rstrip()
