"""Precomputed scores by variant: peers' strings in a bgzipped VCF with a tabix index.

Entries are `KEY=ALLELE|SYMBOL|DS_AG|DS_AL|DS_DG|DS_DL|DP_AG|DP_AL|DP_DG|DP_DL`, as SpliceAI and genoscore write them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import pysam  # not cyvcf2, whose region queries end silently where a file is damaged: docs/dependencies.md

from genoscore.core.errors import InputError
from genoscore.core.number_text import LARGEST, finite_number, whole_number
from genoscore.inputs.contigs import find_alias, without_chr
from genoscore.inputs.lines import changed_while_read, file_state, has_end_block, is_bgzf, open_binary
from genoscore.inputs.position_index import is_whole_index
from genoscore.inputs.vcf import VcfHeader

FIELDS = ("DS_AG", "DS_AL", "DS_DG", "DS_DL", "DP_AG", "DP_AL", "DP_DG", "DP_DL")
STRING_FORM = "ALLELE|SYMBOL|" + "|".join(FIELDS)
_LARGEST_SCORE = 1.0  # a DS is a difference of probabilities
_GAP = 2_000  # bases that are read rather than skipped: the index only finds the beginning of 16,384 bases

Values = tuple[float, ...] | None  # in the order of FIELDS; None if the file names a gene without scoring it
Held = dict[str, set[Values]]  # symbol -> what the file holds for it; more than one if it contradicts itself


class Alleles(NamedTuple):
    """One ALT: contig as the FASTA spells it, POS (1-based), upper-case alleles."""

    contig: str
    pos: int
    ref: str
    alt: str


class ScoreRecord(NamedTuple):
    """A record of the file: POS (1-based), upper-case REF, and ALT -> strings that name it."""

    pos: int
    ref: str
    strings: dict[str, list[str]]


class ScoreFile:
    """One file of precomputed scores.

    Attributes:
        info_id: INFO ID of the strings.
        index: its `.tbi` or `.csi`.
        made_here: the header says that genoscore wrote the strings.
        unreadable: strings read so far that do not have the form above; they count as absent.
        distance: largest |DP| of an SNV; a larger one is an error. Set once it is known.

    Raises:
        InputError: missing, not a bgzipped VCF, truncated, without an index.
    """

    def __init__(self, path: Path, info_id: str) -> None:
        self.path = path
        self.info_id = info_id
        self.unreadable = 0
        self.distance: int | None = None
        self._key = info_id + "="
        self._tabix, self.index = _open(path)
        self._before = file_state(path)
        self.header = self._read_header()
        self.made_here = 'Source="genoscore"' in (self.info_line or "")
        self._names: dict[str, str] = {}

    @property
    def info_line(self) -> str | None:
        """The `##INFO` line of the strings."""
        start = f"##INFO=<ID={self.info_id},"
        return next((line for line in self.header.meta if line.startswith(start)), None)

    @property
    def fingerprint(self) -> str:
        """How an output's header identifies it: name, digest of its header, size. It may have tens of gigabytes."""
        text = "\n".join([*self.header.meta, self.header.columns])
        digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        return f"{self.path.name};header {digest};{self.path.stat().st_size} bytes"

    def place(self, lengths: Mapping[str, int]) -> list[str]:
        """Match the contigs with those of the FASTA; returns the shared ones, as the FASTA spells them."""
        declared = self.header.contigs
        file_lengths = {name: declared.get(name) or -1 for name in self._tabix.contigs}
        for contig, length in lengths.items():
            name = find_alias(contig, file_lengths, length)
            if name is None or (without_chr(name) == "MT" and file_lengths[name] not in (-1, length)):
                continue
            self._names[contig] = name
        return list(self._names)

    def find(self, variants: Collection[Alleles]) -> dict[Alleles, Held]:
        """What the file holds for variants; variants that it lacks are left out.

        Raises:
            InputError: damaged, or a DP beyond `distance`.
        """
        results: dict[Alleles, Held] = {}
        places: dict[str, set[int]] = {}
        for variant in variants:
            if variant.contig in self._names:
                places.setdefault(variant.contig, set()).add(variant.pos)
        for contig, positions in places.items():
            for start, end in _joined(sorted(positions)):
                for record in self.records(contig, start, end, positions):
                    for alt, strings in record.strings.items():
                        alleles = Alleles(contig, record.pos, record.ref, alt)
                        if alleles in variants:
                            self._add(results.setdefault(alleles, {}), strings, alleles)
        return results

    def records(self, contig: str, start: int, end: int, only: Collection[int] | None = None) -> Iterator[ScoreRecord]:
        """Records over [start, end), 0-based, on a contig that `place` matched; `only` those at these POS."""
        for line in self._lines(self._names[contig], start, end):
            columns = line.split("\t", 8)
            pos = whole_number(columns[1]) if len(columns) >= 8 else None
            if pos is None:
                raise self._damaged(f"a line at {contig}:{start + 1}-{end} is not a VCF record")
            if only is not None and pos not in only:
                continue
            strings: dict[str, list[str]] = {alt.upper(): [] for alt in columns[4].split(",")}
            for text in self._strings(columns[7]):
                of_alt = strings.get(text.partition("|")[0].upper())
                if of_alt is not None:
                    of_alt.append(text)
            yield ScoreRecord(pos, columns[3].upper(), strings)

    def parse(self, text: str, alleles: Alleles) -> tuple[str, Values] | None:
        """Symbol and values of a string; None, and counted, if it does not have the form.

        Raises:
            InputError: a DP beyond `distance`, so the file was made with a larger one.
        """
        _, symbol, *cells = text.split("|") if text.count("|") == len(FIELDS) + 1 else ("", "")
        if self.made_here:
            symbol = unquote(symbol)
        if cells == ["."] * len(FIELDS):
            return symbol, None
        places = (whole_number(cell, low=-LARGEST) for cell in cells[4:])
        numbers = (*map(finite_number, cells[:4]), *(None if place is None else float(place) for place in places))
        values = tuple(number for number in numbers if number is not None)
        if len(values) != len(FIELDS) or not all(abs(score) <= _LARGEST_SCORE for score in values[:4]):
            self.unreadable += 1
            return None
        furthest = max(map(abs, values[4:]))
        if self.distance is not None and furthest > self.distance + len(alleles.ref) - 1:
            raise InputError(
                f"precomputed {self.path}: at {alleles.contig}:{alleles.pos} a DP is {furthest:.0f} bases from POS, "
                f"more than the distance {self.distance}",
                "it was made with a larger distance: give that, or leave the file out",
                path=str(self.path),
            )
        return symbol, values

    def close(self) -> None:
        """Close the file."""
        self._tabix.close()

    def _add(self, held: Held, strings: Iterable[str], alleles: Alleles) -> None:
        for text in strings:
            parsed = self.parse(text, alleles)
            if parsed is not None:
                held.setdefault(parsed[0], set()).add(parsed[1])

    def _strings(self, info: str) -> list[str]:
        for entry in info.split(";"):
            if entry.startswith(self._key):
                return entry[len(self._key) :].split(",")
        return []

    def _lines(self, name: str, start: int, end: int) -> Iterator[str]:
        try:
            yield from self._tabix.fetch(name, start, end)
        except UnicodeDecodeError:
            raise self._damaged(f"bytes at {name}:{start + 1}-{end} are not UTF-8") from None
        except (OSError, ValueError) as error:
            raise self._damaged(f"{error}, at {name}:{start + 1}-{end}") from None
        if file_state(self.path) != self._before:
            raise changed_while_read(f"precomputed {self.path}", str(self.path))

    def _damaged(self, why: str) -> InputError:
        message = f"precomputed {self.path} or its index is damaged ({why})"
        return InputError(message, "copy or make it again", path=str(self.path))

    def _read_header(self) -> VcfHeader:
        try:
            lines = list(self._tabix.header)
        except (OSError, ValueError) as error:
            raise self._damaged(str(error)) from None
        if not lines or not lines[0].startswith("##fileformat=VCF"):
            message = f"precomputed {self.path} is not a VCF, or damaged at its beginning"
            raise InputError(message, "give a bgzipped VCF", path=str(self.path))
        meta = [line for line in lines if line.startswith("##")]
        return VcfHeader(meta, lines[-1], f"precomputed {self.path}", str(self.path))


class PrecomputedScores:
    """The files of one predictor, queried as one: what several of them hold for an ALT is merged.

    Not safe for use by two threads at once.
    """

    def __init__(self, files: Collection[ScoreFile]) -> None:
        self.files = tuple(files)

    @property
    def name(self) -> str:
        """What messages call them."""
        return ", ".join(str(file.path) for file in self.files)

    @property
    def fingerprint(self) -> str:
        """How an output's header identifies them."""
        return ", ".join(file.fingerprint for file in self.files)

    @property
    def unreadable(self) -> int:
        """Strings that could not be read."""
        return sum(file.unreadable for file in self.files)

    def find(self, variants: Collection[Alleles]) -> dict[Alleles, Held]:
        """See ScoreFile.find."""
        results: dict[Alleles, Held] = {}
        for file in self.files:
            for alleles, held in file.find(variants).items():
                for symbol, values in held.items():
                    results.setdefault(alleles, {}).setdefault(symbol, set()).update(values)
        return results


def _open(path: Path) -> tuple[pysam.TabixFile, Path]:
    with open_binary(str(path), "precomputed", seekable=True) as handle:
        head = handle.read(18)
    if not is_bgzf(head):
        raise InputError(
            f"precomputed {path} is not bgzipped, so nothing in it can be found by position",
            f"bgzip it, then run: tabix -p vcf {path.name.removesuffix('.gz')}.gz",
            path=str(path),
        )
    index = next((candidate for candidate in (Path(f"{path}.tbi"), Path(f"{path}.csi")) if candidate.exists()), None)
    if index is None:
        raise InputError(f"precomputed {path} has no index", f"run: tabix -p vcf {path}", path=str(path))
    if not has_end_block(path):
        message = f"precomputed {path} is truncated (its end-of-file block is missing)"
        raise InputError(message, "copy or make it again", path=str(path))
    open_binary(str(index), "index", seekable=True).close()  # a pipe would be waited for
    hint = f"run: tabix -f -p vcf {path}"
    if not is_whole_index(index):
        raise InputError(f"the index {index} cannot be read: it is damaged or truncated", hint, path=str(index))
    try:
        return pysam.TabixFile(str(path), index=os.fspath(index), encoding="utf-8"), index
    except (OSError, ValueError) as error:
        raise InputError(f"the index {index} cannot be read ({error})", hint, path=str(index)) from None


def _joined(positions: list[int]) -> Iterator[tuple[int, int]]:
    """Sorted 1-based positions to 0-based, half-open intervals that hold them, joined if close together.

    >>> list(_joined([5, 6, 900, 9000]))
    [(4, 900), (8999, 9000)]
    """
    start = last = positions[0]
    for pos in positions:
        if pos - last > _GAP:
            yield start - 1, last
            start = pos
        last = pos
    yield start - 1, last
