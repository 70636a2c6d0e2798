"""Which values were lost or changed when text became BCF.

htslib stores numbers as 32-bit integers and floats. What is not a number of the declared type it replaces in silence,
by a missing value or by the number that it begins with. So the BCF is read back and compared with the text. The same
number or a missing value in another spelling is not a loss, nor is a float rounded to the six digits that it prints.
"""

from __future__ import annotations

import gzip
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path

import pysam
import pysam.bcftools

from genoscore.core.wording import counted, tallied
from genoscore.inputs.htslib import paths_of_any_bytes

_Same = Callable[[str, str], bool]
Difference = tuple[str, str, str]  # a column or key, such as INFO/DP; its value in the text; its value in the BCF
_MISSING = ("", ".")
_ROUNDED = 1e-5  # relative error of six digits
_SMALLEST_NORMAL, _SMALLEST = 2.0**-126, 2.0**-149  # of 32-bit floats
_NOT_ZERO = re.compile("[1-9]")
_ALLELES = re.compile("([/|])")
_SHOWN = 30  # characters of a value in messages


class Losses:
    """Counts of values that a BCF lost.

    Attributes:
        counts: by column or key: `INFO/DP`, `QUAL`, `header lines`.
        first: the first of them, in words.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.first = ""

    def add(self, key: str, words: str) -> None:
        """Count one value."""
        self.counts[key] += 1
        self.first = self.first or words

    def note(self, target: str) -> str:
        """A warning that names the first; '' if there are none."""
        if not self.counts:
            return ""
        total, keys = counted(self.counts.total(), "value"), tallied(self.counts.most_common())
        return f"{target}: BCF cannot hold {total} of the input ({keys}): {self.first}; write .vcf.gz to keep them"


def find_losses(text: Path, bcf: Path) -> Losses:
    """Compare a BCF with the bgzipped VCF that it was made from, record by record.

    Raises:
        OSError: a file cannot be read.
        ValueError: the BCF has another number of records.
    """
    losses = Losses()
    with (
        gzip.open(text, "rt", encoding="utf-8", errors="surrogateescape", newline="\n") as file,
        pysam.VariantFile(str(bcf)) as opened,
    ):
        header = {_squeezed(line) for line in _header_of(bcf)}
        for line in file:
            if not line.startswith("##"):
                break
            if _squeezed(line) not in header:
                losses.add("header lines", f"{line.rstrip()[:_SHOWN]!r} is left out")
        compare = Comparison(opened.header)
        for before, after in zip(file, _lines_of(bcf), strict=True):
            if before == after:
                continue
            before, after = before.rstrip("\n"), after.rstrip("\n")
            for key, value, held in compare.record(before.split("\t"), after.split("\t")):
                place = ":".join(before.split("\t", 2)[:2])
                losses.add(key, f"{key} of {place} was {value[:_SHOWN]!r} and is {held[:_SHOWN]!r}")
    return losses


def _header_of(bcf: Path) -> list[str]:
    text = bcf.with_name(f"{bcf.name}.header.vcf")
    with paths_of_any_bytes():
        pysam.bcftools.view("-h", "--no-version", "-o", str(text), str(bcf), catch_stdout=False)
    lines = text.read_text("utf-8", "surrogateescape").split("\n")
    text.unlink()
    return lines


def _squeezed(line: str) -> str:
    """A header line without what htslib adds or removes: spaces between the fields, and a missing end."""
    return line.replace(" ", "").rstrip(">\n")


def _lines_of(bcf: Path) -> Iterator[str]:
    """The records of a BCF as text."""
    count = 0
    try:
        with pysam.VariantFile(str(bcf)) as file:
            for count, record in enumerate(file):  # noqa: B007
                yield str(record)
    except UnicodeDecodeError:  # pysam reads UTF-8 only
        pass
    else:
        return
    text = bcf.with_name(f"{bcf.name}.text.vcf.gz")
    with paths_of_any_bytes():
        pysam.bcftools.view("-Oz1", "--no-version", "-o", str(text), str(bcf), catch_stdout=False)
    with gzip.open(text, "rt", encoding="utf-8", errors="surrogateescape", newline="\n") as lines:
        for number, line in enumerate(line for line in lines if line[0] != "#"):
            if number >= count:
                yield line
    text.unlink()


class Comparison:
    """Compares the columns of a record in the text and in the BCF.

    Args:
        header: of the BCF; gives the types of keys.
    """

    def __init__(self, header: pysam.VariantHeader) -> None:
        self._info = {key: _SAME.get(entry.type or "", _same_text) for key, entry in header.info.items()}
        self._format = {key: _SAME.get(entry.type or "", _same_text) for key, entry in header.formats.items()}
        self._format["GT"] = _same_genotype

    def record(self, before: list[str], after: list[str]) -> Iterator[Difference]:
        """The differences between a record's columns in the text and in the BCF."""
        if len(before) != len(after):
            yield "columns", str(len(before)), str(len(after))
        for (column, same), a, b in zip(_FIRST_COLUMNS.items(), before, after, strict=False):
            if a != b and not same(a, b):
                yield column, a, b
        if before[6] != after[6] and _entries(before[6]) != _entries(after[6]):
            yield "FILTER", before[6], after[6]
        if before[7] != after[7]:
            yield from self._of_info(before[7], after[7])
        if before[8:9] != after[8:9]:
            yield "FORMAT", "".join(before[8:9]), "".join(after[8:9])
            return
        for a, b in zip(before[9:], after[9:], strict=False):
            if a != b:
                yield from self._of_sample(before[8].split(":"), a.split(":"), b.split(":"))

    def _of_info(self, before: str, after: str) -> Iterator[Difference]:
        entries = before.split(";"), after.split(";")
        if len(entries[0]) != len(entries[1]):
            entries = _entries(before), _entries(after)
        if len(entries[0]) != len(entries[1]):
            yield "INFO", before, after
            return
        for a, b in zip(*entries, strict=True):
            if a == b:
                continue
            key, _, value = a.partition("=")
            key_in_bcf, _, value_in_bcf = b.partition("=")
            if key != key_in_bcf or not self._info.get(key, _same_text)(value, value_in_bcf):
                yield f"INFO/{key}", value, value_in_bcf

    def _of_sample(self, keys: list[str], before: list[str], after: list[str]) -> Iterator[Difference]:
        for key, a, b in zip_longest(keys, before, after, fillvalue="."):
            if a != b and not self._format.get(key, _same_text)(a, b):
                yield f"FORMAT/{key}", a, b


def _entries(text: str) -> list[str]:
    """The entries of FILTER or INFO, without empty ones."""
    return [entry for entry in text.split(";") if entry]


def _same_text(before: str, after: str) -> bool:
    return before == after or (before in _MISSING and after in _MISSING)


def _lists(same: _Same) -> _Same:
    """Compares lists of numbers, in which any may be missing; a list of missing values may be of any length."""

    def same_lists(before: str, after: str) -> bool:
        lists = before.split(","), after.split(",")
        missing = [[cell in _MISSING for cell in cells] for cells in lists]
        if all(missing[0]) and all(missing[1]):
            return True
        try:
            return missing[0] == missing[1] and all(
                a == b or same(a, b) for a, b, gap in zip(*lists, missing[0], strict=True) if not gap
            )
        except ValueError:  # one of them is not a number
            return False

    return same_lists


def _equal_integers(before: str, after: str) -> bool:
    return int(before) == int(after)


def _close_floats(before: str, after: str) -> bool:
    a, b = float(before), float(after)
    if b == 0:  # Python, too, reads 1e-400 as 0
        return _NOT_ZERO.search(before.lower().partition("e")[0]) is None
    if not math.isfinite(b):
        return (math.isnan(a) and math.isnan(b)) or (a == b and "inf" in before.lower())
    return abs(a - b) <= (_ROUNDED * abs(a) if abs(a) > _SMALLEST_NORMAL else _SMALLEST)


def _same_genotype(before: str, after: str) -> bool:
    cells = _ALLELES.split(before), _ALLELES.split(after)
    return len(cells[0]) == len(cells[1]) and all(_same_allele(a, b) for a, b in zip(*cells, strict=True))


def _same_allele(before: str, after: str) -> bool:
    return _same_text(before, after) or (before.isdecimal() and before.lstrip("0") == after.lstrip("0"))


_same_integer, _same_floats = _lists(_equal_integers), _lists(_close_floats)


def _same_float(before: str, after: str) -> bool:
    if before.rstrip("0").rstrip(".") == after and "." in before and "," not in before:
        return True
    return _same_floats(before, after)


_SAME = {"Integer": _same_integer, "Float": _same_float}
_FIRST_COLUMNS: dict[str, _Same] = dict.fromkeys(("CHROM", "POS", "ID", "REF", "ALT"), _same_text)
_FIRST_COLUMNS |= {"POS": _same_integer, "QUAL": _same_float}
