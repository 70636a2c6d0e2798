"""Values that the records of a VCF carry, one per ALT: `INFO/AF`, `FORMAT/GT`, `QUAL`, `FILTER`.

They are split over a record's ALTs as by `bcftools norm -m-`. The record's own line is parsed, as its header declares,
since it is in memory as text whatever the input was, and since htslib, and cyvcf2 with it, keeps a 32-bit number rather
than the digits as written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from genoscore.core.errors import ConfigError
from genoscore.inputs.vcf import Record, VcfHeader, meta_key

_PAIR = re.compile(r'(?<!\w)(\w+)=("(?:[^"\\]|\\.)*"|[^,>]*)')
_COLUMNS = {"QUAL": (5, "Float"), "FILTER": (6, "String")}
_PER_ALT = ("A", "R", "G")


class KeptValue:
    """A value per ALT of a record.

    Args:
        kind: `INFO`, `FORMAT`, or '' for QUAL and FILTER.
        number, type: as the header declares them.
        sample: for FORMAT, its 0-based index and name.

    Attributes:
        misfits: records whose values are not of the declared Number or Type.
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
        """Its name in `bcftools query -H`: `AF`, `SAMPLE:GT`."""
        return f"{self._sample[1]}:{self.key}" if self._sample else self.key

    @property
    def full_name(self) -> str:
        """`INFO/AF`."""
        return f"{self.kind}/{self.short_name}" if self.kind else self.key

    @property
    def is_single(self) -> bool:
        """Whether an ALT has a single one."""
        return self.number in ("0", "1", "A")

    def text(self, record: Record, alt_index: int) -> str:
        """As written in the record; a flag is `1`; `.` for missing."""
        return self._texts(record)[alt_index]

    def typed(self, record: Record, alt_index: int) -> str | float | bool | None:
        """A number if a single one per ALT is declared, true or false for a flag, else the text; None for missing."""
        text = self.text(record, alt_index)
        if self.type == "Flag":
            return text == "1"
        if text == ".":
            return None
        return _number(text, self.type) if self.is_single and self.type in ("Integer", "Float") else text

    def _texts(self, record: Record) -> list[str]:
        """One per ALT; a record is read once, by whichever output comes first."""
        if self._read is None or self._read[0] is not record:
            texts = self._split(record, self._text_of(record) or ".")
            if texts is None or not all(self._is_typed(text) for text in texts):
                self.misfits += 1
            self._read = record, texts or ["."] * len(record.alts)
        return self._read[1]

    def _is_typed(self, text: str) -> bool:
        numeric = self.type in ("Integer", "Float")
        return not numeric or all(cell == "." or _number(cell, self.type) is not None for cell in text.split(","))

    def _text_of(self, record: Record) -> str:
        """The text for all ALTs; '' if the record has none."""
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
        """One per ALT; None if there are not as many as the header says."""
        n_alts = len(record.alts)
        if self.kind == "FORMAT" and self.key == "GT" and n_alts > 1:
            return [_own_genotype(text, at + 1) for at in range(n_alts)]
        if self.number not in _PER_ALT or text == "." or record.alts == (".",):
            return [text] * n_alts
        return _of_alts(text.split(","), n_alts, self.number)


def _of_alts(values: list[str], n_alts: int, number: str) -> list[str] | None:
    if number == "A":
        return values if len(values) == n_alts else None
    if number == "R" or len(values) == n_alts + 1:  # haploid Number=G has as many as R
        return [f"{values[0]},{value}" for value in values[1:]] if len(values) == n_alts + 1 else None
    if len(values) != (n_alts + 1) * (n_alts + 2) // 2:
        return None
    return [",".join(values[at] for at in _genotypes(alt)) for alt in range(1, n_alts + 1)]


def _genotypes(alt: int) -> tuple[int, int, int]:
    """The indices of 0/0, 0/alt and alt/alt (VCF specification, 1.6.2)."""
    return 0, alt * (alt + 1) // 2, alt * (alt + 1) // 2 + alt


def _own_genotype(text: str, alt: int) -> str:
    """A genotype as one ALT sees it: 1 is this ALT, every other allele is 0.

    >>> _own_genotype("1/2", 1), _own_genotype("1|2", 2), _own_genotype("3/.", 1)
    ('1/0', '0|1', '0/.')
    """
    return re.sub(r"\d+", lambda allele: "1" if int(allele[0]) == alt else "0", text)


def _number(text: str, type_: str) -> float | None:
    try:
        return int(text) if type_ == "Integer" else float(text)
    except ValueError:
        return None


def kept_values(names: Iterable[str], header: VcfHeader, source: str) -> tuple[KeptValue, ...]:
    """The values that `--keep-columns` names, in that order; for FORMAT, one per sample.

    Args:
        source: what messages call the file of the header.

    Raises:
        ConfigError: a name that is not understood, not declared or given twice.
    """
    declared = {
        kind_and_key: dict(_PAIR.findall(line.partition("<")[2]))
        for line in header.meta
        if (kind_and_key := meta_key(line)) and kind_and_key[0] in ("INFO", "FORMAT")
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
            raise _not_declared(
                name, kind, sorted(other for other_kind, other in declared if other_kind == kind), source
            )
        if kind == "FORMAT" and not samples:
            raise ConfigError(f"--keep-columns: {name} needs samples, and {source} has none", "leave it out")
        line = declared[kind, key]
        declaration = line.get("Number", "."), line.get("Type", "String"), line.get("Description", "").strip('"')
        kept_samples = enumerate(samples) if kind == "FORMAT" else [None]
        kept += [KeptValue(kind, key, *declaration, sample=sample) for sample in kept_samples]
    full_names = [value.full_name for value in kept]
    if duplicates := [name for name in full_names if full_names.count(name) > 1]:
        raise ConfigError(f"--keep-columns: {duplicates[0]} is given twice", "give each once")
    return tuple(kept)


def _not_declared(name: str, kind: str, keys: list[str], source: str) -> ConfigError:
    near = get_close_matches(name.partition("/")[2], keys, n=1)
    hint = f"did you mean '{kind}/{near[0]}'?" if near else "see: bcftools view -h"
    return ConfigError(f"--keep-columns: the header of {source} does not declare {name}", hint)


def kept_notes(kept: Iterable[KeptValue]) -> list[str]:
    """Notes for the end of a run: which values do not match their declaration."""
    return [
        f"{value.full_name} is not as the header declares (Number={value.number}, Type={value.type}) in "
        f"{value.misfits:,} {'record' if value.misfits == 1 else 'records'}; tables have no value there, or only its "
        "text"
        for value in kept
        if value.misfits
    ]
