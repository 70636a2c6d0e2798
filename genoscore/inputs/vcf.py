"""VCF and BCF records, with the text of each line kept as it came (VCF 4.3 specification).

Only the first eight columns are parsed; nothing is reformatted, so that a line can be written back byte for byte.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import pysam

from genoscore.core.errors import InputError
from genoscore.core.number_text import POS_DIGITS, unsigned_number, whole_number
from genoscore.inputs.lines import LineReader, Readable

_META = re.compile(r"##(?P<kind>INFO|FILTER|FORMAT|contig|genoscore)=<ID=(?P<id>[^,>]+)")
_LENGTH = re.compile(r"[<,]length=([0-9]+)")
_SHOWN = 30  # characters of a value in messages
_NUL = "\0"  # of a partly copied file; readers in C take it for the end of the line, scores and all
_HOLDS_NUL = "holds a NUL byte, after which other programs read nothing"
_COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")
_BCF_MAGIC = b"BCF"
_LARGEST_HEADER = 1 << 28  # bytes in memory; a header with 200,000 contigs has some 30 MB
_OF_LINE = 64  # bytes in memory beside its characters


class VcfHeader:
    """The header of a VCF.

    Attributes:
        meta: the `##` lines, as they came.
        columns: the `#CHROM` line, as it came.
        contigs: declared contigs, in order, with their length or None.

    Args:
        title, path: of the file, for errors.

    Raises:
        InputError: a contig's length has more than 64 bits.
    """

    def __init__(self, meta: list[str], columns: str, title: str = "VCF", path: str = "") -> None:
        self.meta = meta
        self.columns = columns
        self.contigs: dict[str, int | None] = {}
        self.declared: set[tuple[str, str]] = set()
        for number, line in enumerate(meta, 1):
            key = meta_key(line)
            if key is None:
                continue
            self.declared.add(key)
            if key[0] == "contig":
                match = _LENGTH.search(line)
                length = whole_number(match[1]) if match else None
                if match and length is None:
                    why = f"contig {key[1]} has a length of {match[1][:_SHOWN]}..., a number of more than 64 bits"
                    raise InputError.at(title, why, "correct the header", path=path, line=number)
                self.contigs[key[1]] = length


def meta_key(line: str) -> tuple[str, str] | None:
    """(kind, ID) of a structured header line, None for any other line.

    >>> meta_key('##INFO=<ID=DP,Number=1,Type=Integer,Description="x">')
    ('INFO', 'DP')
    """
    match = _META.match(line)
    return (match["kind"], match["id"]) if match else None


class Record:
    """One line of a VCF.

    Attributes:
        index: 0-based number of the record in the input.
        columns: CHROM to INFO, and, if there are samples, the rest of the line as one string.
        pos: VCF POS, 1-based.
        alts: ALT alleles as written; `('.',)` for a record without one.
    """

    __slots__ = ("alts", "columns", "index", "pos")

    def __init__(self, index: int, columns: list[str], pos: int, alts: tuple[str, ...]) -> None:
        self.index = index
        self.columns = columns
        self.pos = pos
        self.alts = alts

    @property
    def contig(self) -> str:
        """CHROM as the record spells it."""
        return self.columns[0]

    @property
    def ref(self) -> str:
        """REF as written."""
        return self.columns[3]

    @property
    def info(self) -> str:
        """The INFO column as written."""
        return self.columns[7]

    @property
    def line(self) -> str:
        """The record's own text."""
        return "\t".join(self.columns)

    def __repr__(self) -> str:
        return "{}:{} {}>{}".format(*self.columns[:2], self.ref, ",".join(self.alts))


class VcfReader:
    """Header and records of a VCF, bgzipped VCF or BCF: of a file, of standard input (`-`) or of an open handle.

    Only what was opened here is closed.

    Attributes:
        path: as given; the name of a handle.

    Raises:
        InputError: not a VCF, no header, truncated, or a record that cannot be read (names its line).
    """

    def __init__(self, source: Readable | LineReader) -> None:
        self._reader = source if isinstance(source, LineReader) else LineReader(source, "input")
        self.path = self._reader.path
        try:
            self._bcf = self._reader.peek(3) == _BCF_MAGIC
            self._lines = _bcf_lines(self._reader) if self._bcf else iter(self._reader)
            self.header = self._read_header()
        except BaseException:
            self._reader.close()
            raise
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.close()

    @property
    def name(self) -> str:
        """What messages call the input."""
        return self._reader.name

    @property
    def carriage_returns(self) -> bool:
        """True once a line ended in CR LF; lines are written back with LF alone."""
        return self._reader.carriage_returns

    def __iter__(self) -> Iterator[Record]:
        for line in self._lines:
            if not line:
                continue
            yield self._parse(line)
            self._count += 1

    def _read_header(self) -> VcfHeader:
        meta: list[str] = []
        size = 0
        for line in self._lines:
            size += len(line) + _OF_LINE
            if size > _LARGEST_HEADER:
                raise self._reader.malformed("the header is too large", "correct the header", len(meta) + 1)
            if not meta and not line.startswith("##fileformat=VCF"):
                raise self._not_a_vcf("is not a VCF: it does not begin with ##fileformat=VCF", "give a VCF or BCF")
            if _NUL in line:
                raise self._reader.malformed(f"the header {_HOLDS_NUL}", "correct the header", len(meta) + 1)
            if line.startswith("##"):
                meta.append(line)
                continue
            if line.startswith("#"):
                if tuple(line.split("\t")[:8]) != _COLUMNS:
                    why = "the #CHROM line lacks the eight VCF columns"
                    raise self._reader.malformed(why, "separate them with tabs", len(meta) + 1)
                return VcfHeader(meta, line, self._reader.title, self.path)
            break
        if not meta:
            raise self._not_a_vcf("is empty", "give a VCF or BCF")
        raise self._not_a_vcf("has no #CHROM header line before its records", "restore the VCF header")

    def _not_a_vcf(self, why: str, hint: str) -> InputError:
        return InputError(f"{self.name} {why}", hint, path=self.path)

    def _parse(self, line: str) -> Record:
        columns = line.split("\t", 8)
        if len(columns) < 8:
            raise self._malformed(f"has {len(columns)} tab-separated columns, not at least 8", line)
        pos = unsigned_number(columns[1], POS_DIGITS)
        if pos is None:
            raise self._malformed(f"POS is {columns[1][:_SHOWN]!r}, not a position", line)
        if not (columns[0] and columns[3] and columns[4] and columns[7]):
            raise self._malformed("CHROM, REF, ALT or INFO is empty", line)
        alts = tuple(columns[4].split(","))
        if "" in alts:
            raise self._malformed("an ALT allele is empty", line)
        if _NUL in line:
            raise self._malformed(_HOLDS_NUL, line)
        return Record(self._count, columns, pos, alts)

    def malformed(self, record: Record, why: str) -> InputError:
        """An error about the record returned last."""
        return self._malformed(why, record.line)

    def _malformed(self, why: str, line: str) -> InputError:
        hint = "fix the record or leave it out"
        if not self._bcf:
            return self._reader.malformed(why, hint, text=line[:40])
        number = self._count + 1
        return InputError.at(self._reader.title, why, hint, path=self.path, record=number, text=line[:40])


def _bcf_lines(reader: LineReader) -> Iterator[str]:
    """BCF as VCF text, by htslib."""
    count = 0
    pump = _Pump(reader) if reader.is_stream else None
    try:
        with _opened_bcf(pump.out_fd if pump else reader.path) as bcf:
            yield from str(bcf.header).rstrip("\n").split("\n")
            for record in bcf:
                yield str(record).rstrip("\n")
                count += 1
        if pump:
            pump.finish()
        reader.check_unchanged()
    except UnicodeDecodeError:
        raise InputError.at(
            reader.title,
            "holds bytes that are not UTF-8",
            "convert it to VCF: bcftools view",
            path=reader.path,
            record=count + 1,
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(
            f"{reader.name} is a damaged or truncated BCF, after record {count} ({error})",
            "copy or make it again",
            path=reader.path,
            record=count,
        ) from None


def _opened_bcf(source: int | str) -> pysam.VariantFile:
    try:
        return pysam.VariantFile(source, "rb")
    except TypeError:  # pysam's own error message cannot name a descriptor
        raise OSError("htslib cannot read it") from None


class _Pump(threading.Thread):
    """Passes a stream's bytes, including those already peeked at, to htslib through a pipe."""

    def __init__(self, reader: LineReader) -> None:
        super().__init__(daemon=True)
        self._reader = reader
        self._error: InputError | None = None
        self.out_fd, self._in_fd = os.pipe()
        self.start()

    def run(self) -> None:
        try:
            with os.fdopen(self._in_fd, "wb") as pipe:
                for block in iter(lambda: self._reader.read(1 << 16), b""):
                    pipe.write(block)
        except InputError as error:
            self._error = error
        except (BrokenPipeError, ValueError):
            return  # htslib stopped reading, and says why

    def finish(self) -> None:
        """Raise what was wrong with the stream, once it has been read."""
        self.join()
        if self._error is not None:
            raise self._error
