"""Annotated BCF, made by htslib from the annotated text.

htslib refuses keys that a header does not declare; they are collected on the way and declared before the conversion.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import pysam
import pysam.bcftools

from genoscore.engine.results import RecordResult
from genoscore.errors import OutputError
from genoscore.inputs.vcf import meta_key
from genoscore.outputs.base import BgzfWriter, TextFile, writing
from genoscore.outputs.vcf import OrderCheck, VcfText, replace_index, unsorted_note


class BcfWriter:
    """`.bcf` with its `.csi`.

    Args:
        lengths: of the FASTA's contigs, for contigs that the header lacks.
    """

    def __init__(self, target: str, text: VcfText, lengths: Mapping[str, int]) -> None:
        self.target = target
        self.note = ""
        self._text = text
        self._lengths = lengths
        self._body = TextFile(target + ".body", bgzip=True)
        folder_name = f".{Path(target).name}"
        assert self._body.path is not None
        self._joined = self._body.path.with_name(self._body.path.name + folder_name + ".vcf.gz")
        self._made = self._body.path.with_name(self._body.path.name + folder_name)
        self._order = OrderCheck()
        self._used: dict[tuple[str, str], None] = {}

    def write(self, result: RecordResult) -> None:
        """Add one record and note the keys it uses."""
        line = self._text.line(result)
        columns = line.split("\t", 9)
        self._used[("contig", columns[0])] = None
        self._note("FILTER", columns[6].split(";"))
        self._note("INFO", (entry.partition("=")[0] for entry in columns[7].split(";")))
        if len(columns) > 8:
            self._note("FORMAT", columns[8].split(":"))
        self._body.write(line + "\n")
        self._order.see(result.record.contig, result.record.pos)

    def commit(self) -> None:
        """Convert, index, and put the file under its name."""
        self._body.finish()
        index = Path(f"{self._made}.csi")
        with writing(self.target):
            self._join()
            self._convert()
            if self._order.is_sorted:
                pysam.bcftools.index("--csi", "--force", "--output", str(index), str(self._made))
            self._made.replace(self.target)
        replace_index(self.target, index if self._order.is_sorted else None)
        self.note = "" if self._order.is_sorted else unsorted_note(self.target)

    def discard(self) -> None:
        """Remove every temporary file."""
        self._body.discard()
        for path in (self._joined, self._made, Path(f"{self._made}.csi")):
            path.unlink(missing_ok=True)

    def _note(self, kind: str, keys: Iterable[str]) -> None:
        for key in keys:
            if key not in ("", "."):
                self._used[(kind, key)] = None

    def _join(self) -> None:
        """Header and body as one bgzipped VCF: BGZF files can be put one after the other."""
        assert self._body.path is not None
        with open(self._joined, "wb") as out:
            packer = BgzfWriter(out)
            packer.write(self._header().encode("utf-8", "surrogateescape"))
            packer.flush()
            with open(self._body.path, "rb") as body:
                shutil.copyfileobj(body, out, 1 << 20)
        self._body.path.unlink()

    def _header(self) -> str:
        *meta, columns = self._text.header.splitlines()
        declared = {meta_key(line) for line in meta}
        for kind, key in self._used:
            if (kind, key) in declared or (kind, key) == ("FILTER", "PASS"):
                continue
            if kind == "contig":
                length = self._lengths.get(key) or self._lengths.get("chr" + key) or self._lengths.get(key[3:])
                meta.append(f"##contig=<ID={key},length={length}>" if length else f"##contig=<ID={key}>")
            elif kind == "FILTER":
                meta.append(f'##FILTER=<ID={key},Description="Not declared in the input">')
            else:
                meta.append(f'##{kind}=<ID={key},Number=.,Type=String,Description="Not declared in the input">')
        return "\n".join([*meta, columns, ""])

    def _convert(self) -> None:
        count = 0
        try:
            with (
                pysam.VariantFile(str(self._joined)) as source,
                pysam.VariantFile(str(self._made), "wb", header=source.header) as sink,
            ):
                for record in source:
                    sink.write(record)
                    count += 1
        except (OSError, ValueError) as error:
            with contextlib.suppress(OSError):
                free = shutil.disk_usage(self._made.parent).free
                if free < 1 << 16:
                    raise OutputError(
                        f"output {self.target} cannot be written (no space left)", "free some space"
                    ) from None
            raise OutputError(
                f"output {self.target}: htslib cannot hold record {count + 1} as BCF ({error})", "write .vcf.gz instead"
            ) from None
