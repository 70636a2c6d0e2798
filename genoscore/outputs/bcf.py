"""Annotated BCF, converted by htslib from the annotated text.

htslib rejects keys that the header does not declare; they are collected while writing and declared before conversion.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable

import pysam
import pysam.bcftools

from genoscore.core.errors import OutputError
from genoscore.core.pending import temporary_beside
from genoscore.engine.results import RecordResult
from genoscore.inputs.contigs import find_alias
from genoscore.inputs.htslib import paths_of_any_bytes
from genoscore.inputs.vcf import meta_key
from genoscore.outputs.base import WriterContext
from genoscore.outputs.files import BgzipFile, FileOutput, TextStream, why_not_written
from genoscore.outputs.index import Index, OrderCheck

_NOT_DECLARED = 'Description="Not declared in the input"'
# htslib insists on these types (VCF specification, tables 1 and 2).
_RESERVED = {("INFO", "END"): ("1", "Integer"), ("FORMAT", "GT"): ("1", "String")}


class BcfWriter(FileOutput):
    """`.bcf` with its `.csi`; contigs missing from the header get the FASTA's lengths."""

    _body: TextStream | None = None

    def __init__(self, target: str, context: WriterContext) -> None:
        self._vcf = context.text
        self._lengths = context.contig_lengths
        self._lines = temporary_beside(target, ".body.gz")
        self._joined = temporary_beside(target, ".joined.vcf.gz")
        self._index = Index(target)
        self._order = OrderCheck()
        self._used: dict[tuple[str, str], None] = {}
        super().__init__(target)

    @property
    def note(self) -> str:
        """Why there is no index; '' if there is one."""
        return self._index.note

    def write(self, result: RecordResult) -> None:
        """Add one record and note the keys it uses."""
        assert self._body is not None
        line = self._vcf.line(result)
        columns = line.split("\t", 9)
        self._used[("contig", columns[0])] = None
        self._note("FILTER", columns[6].split(";"))
        self._note("INFO", (entry.partition("=")[0] for entry in columns[7].split(";")))
        if len(columns) > 8:
            self._note("FORMAT", columns[8].split(":"))
        self._body.write(line + "\n")
        self._order.see(result.record.contig, result.record.pos)

    def _open(self) -> None:
        self._body = TextStream(self.target, self._lines, bgzip=True)

    def _finish(self) -> None:
        assert self._body is not None
        self._body.finish()
        self._join()
        self._convert()
        self._index.make(self.path, self._order)
        self.files = [*self._index.stale, *self.files, *self._index.made]

    def _close(self) -> None:
        if self._body is not None:
            self._body.abandon()
        self._index.discard()
        for path in (self._lines, self._joined):
            path.unlink(missing_ok=True)

    def _note(self, kind: str, keys: Iterable[str]) -> None:
        for key in keys:
            if key not in ("", "."):
                self._used[(kind, key)] = None

    def _join(self) -> None:
        """Header and body as one bgzipped VCF: BGZF files can be concatenated."""
        head = BgzipFile(self._joined)
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
        except pysam.utils.SamtoolsError as error:
            why_not_written(self.path)
            lines = [line for line in str(error).replace("\\n", "\n").splitlines() if line.startswith("[E")]
            why = lines[-1] if lines else "htslib gives no reason"
            raise OutputError(
                f"output {self.target}: htslib cannot hold these records as BCF ({why})", "write .vcf.gz instead"
            ) from None
        self._joined.unlink()
