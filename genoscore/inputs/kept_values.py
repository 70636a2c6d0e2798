"""Values that the records of a VCF carry, one per ALT: `INFO/AF`, `FORMAT/GT`, `QUAL`, `FILTER`.

They are split over a record's ALTs as `bcftools norm -m-` does it. The record's own line is read, by what its header
declares, since it is in memory as text whatever the input was, and since htslib, and cyvcf2 with it, keeps a number of
32 bits and not the digits that stand there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from genoscore.core.errors import ConfigError
from genoscore.inputs.vcf import Record, VcfHeader, meta_key

_PAIR = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^,>]*)')
_COLUMNS = {"QUAL": (5, "Float"), "FILTER": (6, "String")}
_PER_ALT = ("A", "R", "G")


class KeptValue:
    """One value of a record's ALTs.

    Args:
        kind: `INFO`, `FORMAT`, or '' for QUAL and FILTER.
        number, type: as the header declares them.
        sample: of FORMAT, 0-based and by name.

    Attributes:
        misfits: records whose value is not one per ALT where the header says so, or not of its type.
    """

    def __init__(
        self, kind: str, key: str, number: str, type_: str, description: str = "", sample: tuple[int, str] | None = None
    ) -> None:
        self.kind = kind
        self.key = key
        self.number = number
        self.type = type_
        self.description = description
        self.misfits = 0
        self._sample = sample
        self._read: tuple[Record, list[str]] | None = None

    @property
    def short_name(self) -> str:
        """As `bcftools query -H` calls it: `AF`, `SAMPLE:GT`."""
        return f"{self._sample[1]}:{self.key}" if self._sample else self.key

    @property
    def full_name(self) -> str:
        """`INFO/AF`."""
        return f"{self.kind}/{self.short_name}" if self.kind else self.key

    @property
    def is_single(self) -> bool:
        """Whether an ALT has one of it."""
        return self.number in ("0", "1", "A")

    def text(self, record: Record, alt_index: int) -> str:
        """As it stands in the record; a flag is `1`; `.` for missing."""
        return self._texts(record)[alt_index]

    def typed(self, record: Record, alt_index: int) -> str | float | bool | None:
        """A number where one of the ALT is declared, true or false for a flag, else the text; None for missing."""
        text = self.text(record, alt_index)
        if self.type == "Flag":
            return text == "1"
        if text == ".":
            return None
        return _number(text, self.type) if self.is_single and self.type in ("Integer", "Float") else text

    def _texts(self, record: Record) -> list[str]:
        """One per ALT; a record is read once, by whichever output comes first."""
        if self._read is None or self._read[0] is not record:
            texts = self._split(record, self._found(record) or ".")
            if texts is None or not all(self._is_typed(text) for text in texts):
                self.misfits += 1
            self._read = record, texts or ["."] * len(record.alts)
        return self._read[1]

    def _is_typed(self, text: str) -> bool:
        numeric = self.type in ("Integer", "Float")
        return not numeric or all(one == "." or _number(one, self.type) is not None for one in text.split(","))

    def _found(self, record: Record) -> str:
        """The text of all ALTs; '' where the record has none."""
        if not self.kind:
            return record.columns[_COLUMNS[self.key][0]]
        if self._sample is None:
            return self._in_info(record.info)
        if len(record.columns) < 9:
            return ""
        keys, *samples = record.columns[8].split("\t")
        at = keys.split(":").index(self.key) if self.key in keys.split(":") else None
        cells = samples[self._sample[0]].split(":") if self._sample[0] < len(samples) else []
        return cells[at] if at is not None and at < len(cells) else ""

    def _in_info(self, info: str) -> str:
        for entry in info.split(";"):
            key, _, value = entry.partition("=")
            if key == self.key:
                return "1" if self.type == "Flag" else value
        return ""

    def _split(self, record: Record, text: str) -> list[str] | None:
        """One per ALT; None where there are not as many as the header says."""
        n_alts = len(record.alts)
        if self.kind == "FORMAT" and self.key == "GT" and n_alts > 1:
            return [_own_genotype(text, at + 1) for at in range(n_alts)]
        if self.number not in _PER_ALT or text == "." or record.alts == (".",):
            return [text] * n_alts
        return _of_alts(text.split(","), n_alts, self.number)


def _of_alts(values: list[str], n_alts: int, number: str) -> list[str] | None:
    if number == "A":
        return values if len(values) == n_alts else None
    if number == "R" or len(values) == n_alts + 1:  # Number=G of one chromosome has as many as R
        return [f"{values[0]},{value}" for value in values[1:]] if len(values) == n_alts + 1 else None
    if len(values) != (n_alts + 1) * (n_alts + 2) // 2:
        return None
    return [",".join(values[at] for at in _genotypes(alt)) for alt in range(1, n_alts + 1)]


def _genotypes(alt: int) -> tuple[int, int, int]:
    """Where 0/0, 0/alt and alt/alt stand (VCF specification, 1.6.2)."""
    return 0, alt * (alt + 1) // 2, alt * (alt + 1) // 2 + alt


def _own_genotype(text: str, alt: int) -> str:
    """A genotype as one ALT sees it: 1 is this ALT, every other allele is 0.

    >>> _own_genotype("1/2", 1), _own_genotype("1|2", 2), _own_genotype("3/.", 1)
    ('1/0', '0|1', '0/.')
    """
    return re.sub(r"\d+", lambda found: "1" if int(found[0]) == alt else "0", text)


def _number(text: str, type_: str) -> float | None:
    try:
        return int(text) if type_ == "Integer" else float(text)
    except ValueError:
        return None


def kept_values(names: Iterable[str], header: VcfHeader, source: str) -> tuple[KeptValue, ...]:
    """What `--keep-columns` names, in that order; of FORMAT one per sample.

    Args:
        source: how messages call the file of the header.

    Raises:
        ConfigError: a name that is not understood or not declared, or stands twice.
    """
    declared = {
        which: dict(_PAIR.findall(line.partition("<")[2]))
        for line in header.meta
        if (which := meta_key(line)) and which[0] in ("INFO", "FORMAT")
    }
    samples = header.columns.split("\t")[9:]
    kept: list[KeptValue] = []
    for name in names:
        if name in _COLUMNS:
            kept.append(KeptValue("", name, "1", _COLUMNS[name][1]))
            continue
        kind, _, key = name.partition("/")
        if kind not in ("INFO", "FORMAT") or not key:
            raise ConfigError(
                f"--keep-columns: {name!r} is not understood", "give INFO/KEY, FORMAT/KEY, QUAL or FILTER"
            )
        if (kind, key) not in declared:
            raise _not_declared(name, kind, sorted(one for of, one in declared if of == kind), source)
        if kind == "FORMAT" and not samples:
            raise ConfigError(f"--keep-columns: {source} has no samples, and {name} is of samples", "leave it out")
        said = declared[kind, key]
        about = said.get("Number", "."), said.get("Type", "String"), said.get("Description", "").strip('"')
        of = enumerate(samples) if kind == "FORMAT" else [None]
        kept += [KeptValue(kind, key, *about, sample=sample) for sample in of]
    full = [one.full_name for one in kept]
    if twice := [name for name in full if full.count(name) > 1]:
        raise ConfigError(f"--keep-columns: {twice[0]} is given twice", "give each once")
    return tuple(kept)


def _not_declared(name: str, kind: str, keys: list[str], source: str) -> ConfigError:
    near = get_close_matches(name.partition("/")[2], keys, n=1)
    hint = f"did you mean '{kind}/{near[0]}'?" if near else "see: bcftools view -h"
    return ConfigError(f"--keep-columns: the header of {source} does not declare {name}", hint)


def kept_notes(kept: Iterable[KeptValue]) -> list[str]:
    """For the user, at the end: what could not be taken over as declared."""
    return [
        f"{one.full_name} is not as the header declares (Number={one.number}, Type={one.type}) in "
        f"{one.misfits:,} {'record' if one.misfits == 1 else 'records'}; tables have no value there, or only its text"
        for one in kept
        if one.misfits
    ]
