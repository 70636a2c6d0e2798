"""Annotated BCF, converted by htslib from the annotated text.

htslib rejects keys that the header does not declare; they are collected while writing and declared before conversion.
What it changes in silence is found by reading the BCF back.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pysam
import pysam.bcftools

from genoscore.core.errors import OutputError
from genoscore.engine.results import RecordResult
from genoscore.inputs.contigs import find_alias
from genoscore.inputs.htslib import paths_of_any_bytes
from genoscore.inputs.vcf import meta_key
from genoscore.outputs.base import WriterContext
from genoscore.outputs.bcf_losses import Losses, find_losses
from genoscore.outputs.files import BgzipFile, FileOutput, TextStream, why_not_written
from genoscore.outputs.index import Index, OrderCheck

_NOT_DECLARED = 'Description="Not declared in the input"'
_QUICK = 1  # level of compression of the text, which is read once or twice
_REMEDY = "write .vcf.gz instead"
_NO_REASON = "htslib gives no reason"
# htslib insists on these types (VCF specification, tables 1 and 2).
_RESERVED = {("INFO", "END"): ("1", "Integer"), ("FORMAT", "GT"): ("1", "String")}


# htslib writes its reasons to the C library's standard error, which can be captured safely only of another process.
_CONVERT = """
import os, sys, pysam, pysam.bcftools
pysam.set_verbosity(3)
pysam.bcftools.view("-Ou", "--no-version", "-o", os.devnull, sys.argv[1], catch_stdout=False)
"""
_MESSAGE = re.compile(r"\[[EW]::\w+\] *(?P<why>.*?)(?P<place> at \S+:\d+)?")


class BcfWriter(FileOutput):
    """`.bcf` with its `.csi`; contigs missing from the header get the FASTA's lengths."""

    _body: TextStream | None = None
    _index: Index | None = None

    def __init__(self, target: str, context: WriterContext) -> None:
        self._vcf = context.text
        self._lengths = context.contig_lengths
        self._order = OrderCheck()
        self._losses = Losses()
        self._used: dict[tuple[str, str], None] = {}  # kind and key, in the order of their first use
        self._info_keys: set[str] = set()
        self._noted: set[tuple[str, str]] = set()
        super().__init__(target)

    @property
    def note(self) -> str:
        """Which values the BCF cannot hold, and why there is no index; '' if neither applies."""
        notes = self._losses.note(self.target), self._index.note if self._index else ""
        return "; ".join(filter(None, notes))

    @property
    def lost_values(self) -> int:
        """Number of values of the input that the BCF cannot hold."""
        return self._losses.counts.total()

    def write(self, result: RecordResult) -> None:
        """Add one record and note the keys it uses."""
        assert self._body is not None
        line = self._vcf.line(result)
        columns = line.split("\t", 9)
        self._note("contig", columns[0], "\t")
        self._note("FILTER", columns[6], ";")
        for entry in columns[7].split(";"):
            key = entry.partition("=")[0]
            if key not in self._info_keys:
                self._info_keys.add(key)
                self._note("INFO", key, ";")
        if len(columns) > 8:
            self._note("FORMAT", columns[8], ":")
        self._body.write(line + "\n")
        self._order.see(result.record.contig, result.record.pos)

    def _open(self) -> None:
        self._lines = self.path.with_name("body.gz")
        self._joined = self.path.with_name("joined.vcf.gz")
        self._body = TextStream(self.target, self._lines, bgzip=True, level=_QUICK)

    def _finish(self) -> None:
        assert self._body is not None
        self._body.finish()
        self._join()
        self._convert()
        self._index = Index(self.target, self.path, self._order, self.scratch)
        self.files = [*self._index.stale, *self.files, *self._index.made]

    def _close(self) -> None:
        if self._body is not None:
            self._body.abandon()

    def _note(self, kind: str, text: str, separator: str) -> None:
        """Note the keys of a column, most of which are as in an earlier record."""
        if (kind, text) not in self._noted:
            self._noted.add((kind, text))
            self._used |= {(kind, key): None for key in text.split(separator) if key not in ("", ".")}

    def _join(self) -> None:
        """Header and body as one bgzipped VCF: BGZF files can be concatenated."""
        head = BgzipFile(self._joined, level=_QUICK)
        head.write(self._header().encode("utf-8", "surrogateescape"))
        head.close()
        with open(self._joined, "ab") as out, open(self._lines, "rb") as body:
            shutil.copyfileobj(body, out, 1 << 20)
        self._lines.unlink()

    def _header(self) -> str:
        *meta, columns = self._vcf.header.rstrip("\n").split("\n")
        declared = {meta_key(line) for line in meta}
        for kind, key in self._used:
            if (kind, key) in declared or (kind, key) == ("FILTER", "PASS"):
                continue
            if kind == "contig":
                name = find_alias(key, self._lengths, None)
                meta.append(f"##contig=<ID={key},length={self._lengths[name]}>" if name else f"##contig=<ID={key}>")
            elif kind == "FILTER":
                meta.append(f"##FILTER=<ID={key},{_NOT_DECLARED}>")
            else:
                number, of_type = _RESERVED.get((kind, key), (".", "String"))
                meta.append(f"##{kind}=<ID={key},Number={number},Type={of_type},{_NOT_DECLARED}>")
        return "\n".join([*meta, columns, ""])

    def _convert(self) -> None:
        try:
            with paths_of_any_bytes():
                pysam.bcftools.view("-Ob", "--no-version", "-o", str(self.path), str(self._joined), catch_stdout=False)
        except pysam.utils.SamtoolsError:
            why_not_written(self.path)
            why = _why_refused(self._joined)
            message = f"output {self.target}: htslib cannot hold these records as BCF ({why})"
            raise OutputError(message, _REMEDY) from None
        try:
            self._losses = find_losses(self._joined, self.path)
        except ValueError:
            raise OutputError(f"output {self.target}: htslib did not write all records as BCF", _REMEDY) from None
        self._joined.unlink()


def _why_refused(vcf: Path) -> str:
    """htslib's reason, with the record's place."""
    command = [sys.executable, "-P", "-c", _CONVERT, str(vcf)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        done = subprocess.run(command, capture_output=True, check=False, env=environment)
    except OSError:
        return _NO_REASON
    lines = done.stderr.decode("utf-8", "replace").splitlines()
    messages = [match for match in map(_MESSAGE.fullmatch, lines) if match]
    if not messages:
        return _NO_REASON
    place = messages[-1]["place"] or ""
    reasons = [match["why"] for match in messages if (match["place"] or "") == place]
    unchecked = reasons[-1].startswith("Unchecked error")  # read with a warning, which says why it cannot be written
    return reasons[0 if unchecked else -1] + place
