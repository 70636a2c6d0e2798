"""Errors say in fields where in which file something is wrong; readers take open handles and leave them open."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pysam
import pytest

from genoscore.core.errors import InputError
from genoscore.inputs.genes import load_gene_models
from genoscore.inputs.lines import LineReader
from genoscore.inputs.regions import load_regions
from genoscore.inputs.sequences import read_sequences
from genoscore.inputs.table import Table
from genoscore.inputs.table_rows import variant_rows
from genoscore.inputs.vcf import VcfReader
from tests.small import SmallGenome, vcf_text

ROWS = ["chr1 5 A C", "chr2 7 G GT"]
TABLE = "#NAME\tCHROM\tSTRAND\tTX_START\tTX_END\tEXON_START\tEXON_END\nG\t1\t+\t10\t90\t10,50,\t20,90,\n"
GTF = 'chr1\tx\texon\t1\t9\t.\t+\t.\tgene_id "G"; transcript_id "T";\n'


def _vcf(source: Any) -> list[str]:
    with VcfReader(source) as reader:
        return [record.line for record in reader]


def _variants(source: Any) -> list[int]:
    with Table(source) as table:
        return [row.pos for row in variant_rows(table)]


def _genes(source: Any) -> list[str]:
    return [gene.symbol for gene in load_gene_models(source).overlapping("1", 0, 100)]


READERS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "vcf": (_vcf, vcf_text(ROWS)),
    "lines": (lambda source: list(LineReader(source, "file")), "one\ntwo\n"),
    "table of genes": (_genes, TABLE),
    "gtf": (_genes, GTF),
    "regions": (lambda source: load_regions(None, source).contigs, "chr1\t5\t9\nchrX\t1\t2\n"),  # type: ignore[union-attr]
    "table": (_variants, "CHROM\tPOS\tREF\tALT\n1\t7\tA\tC\n"),
    "sequences": (lambda source: [(one.name, one.bases) for one in read_sequences(source)], ">a\nACGT\nAC\n"),
}


@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["plain", "gzipped"])
@pytest.mark.parametrize("name", READERS)
def test_handles_are_read_as_files_and_stay_open(tmp_path: Path, name: str, compress: Callable[[bytes], bytes]) -> None:
    read, text = READERS[name]
    path = tmp_path / "input"
    path.write_bytes(compress(text.encode()))
    wanted = read(str(path))
    assert wanted
    with open(path, "rb") as handle:
        assert read(handle) == wanted
        assert not handle.closed
    memory = io.BytesIO(path.read_bytes())
    assert read(memory) == wanted
    assert not memory.closed


def test_bcf_from_a_handle(tmp_path: Path) -> None:
    plain, binary = tmp_path / "a.vcf", tmp_path / "a.bcf"
    plain.write_text(vcf_text(ROWS))
    with pysam.VariantFile(str(plain)) as source, pysam.VariantFile(str(binary), "wb", header=source.header) as out:
        for record in source:
            out.write(record)
    with open(binary, "rb") as handle:
        assert [line.split("\t")[:5] for line in _vcf(handle)] == [line.split("\t")[:5] for line in _vcf(str(plain))]
        assert not handle.closed


def test_a_handle_that_gives_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.vcf"
    path.write_text(vcf_text(ROWS))
    with open(path) as handle, pytest.raises(InputError, match=r"a\.vcf is open as text") as caught:
        VcfReader(handle)  # type: ignore[arg-type]
    assert (caught.value.path, caught.value.hint) == (str(path), "open it in binary mode ('rb')")


def _fails(read: Callable[[Any], Any], source: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        read(source)
    return caught.value


@pytest.mark.parametrize(
    ("name", "text", "line", "message"),
    [
        ("vcf", vcf_text([*ROWS, "chr1\tx\t.\tA\tC\t.\t.\t."]), 7, "input {}, line 7 ('chr1\\tx\\t.\\tA"),
        ("vcf", "##fileformat=VCFv4.2\n#CHROM POS\n", 2, "input {}, line 2: the #CHROM line lacks"),
        ("table of genes", TABLE + "G\t1\t*\t10\t90\t10,\t90,\n", 3, "annotation {}, line 3: STRAND is '*'"),
        ("table of genes", "#NAME\tCHROM\n", 1, "annotation {}, line 1: no column STRAND"),
        ("gtf", GTF + "chr1\tx\n", 2, "annotation {}, line 2: 2 tab-separated columns, 9 expected"),
        ("regions", "chr1\t5\t9\nchr1\t9\n", 2, "regions file {}, line 2: not BED"),
        ("table", "CHROM\tPOS\tREF\tALT\n\n1\t7.0\tA\tC\n", 3, "table {}, line 3: POS is '7.0'"),
        ("sequences", ">a\nAC\n\n>a\nAC\n", 4, "sequences {}, line 4: a second sequence a"),
    ],
)
def test_path_and_line_are_fields(tmp_path: Path, name: str, text: str, line: int, message: str) -> None:
    read, _ = READERS[name]
    path = tmp_path / "bad"
    path.write_text(text)
    error = _fails(read, str(path))
    assert (error.path, error.line, error.record) == (str(path), line, None)
    assert error.one_line().startswith(message.format(path))
    memory = io.BytesIO(text.encode())
    error = _fails(read, memory)
    assert (error.path, error.line) == ("open handle", line)
    assert message.format("open handle") in error.one_line()


def test_records_of_a_bcf_are_counted(tmp_path: Path) -> None:
    """htslib takes bytes that are not UTF-8; the third record is named."""
    plain, binary = tmp_path / "a.vcf", tmp_path / "a.bcf"
    head = ['##INFO=<ID=X,Number=1,Type=String,Description="x">']
    plain.write_bytes(vcf_text([*ROWS, "chr2\t9\t.\tG\tC\t.\t.\tX=\N{LATIN SMALL LETTER E WITH ACUTE}"], head).encode())
    with pysam.VariantFile(str(plain)) as source, pysam.VariantFile(str(binary), "wb", header=source.header) as out:
        for record in source:
            out.write(record)
    data = gzip.decompress(binary.read_bytes())
    with pysam.BGZFile(str(binary), "wb") as out:
        out.write(data.replace(b"\xc3\xa9", b"\xff\xfe"))
    error = _fails(_vcf, str(binary))
    assert (error.path, error.line, error.record) == (str(binary), None, 3)
    assert f"input {binary}, record 3: holds bytes that are not UTF-8" in error.one_line()


def test_damage_says_the_last_good_line(tmp_path: Path, small: SmallGenome) -> None:
    path = tmp_path / "a.vcf.gz"
    path.write_bytes(gzip.compress(vcf_text(ROWS * 5000).encode())[:-9])
    error = _fails(_vcf, str(path))
    assert error.path == str(path)
    assert error.line is not None
    assert f"is truncated after line {error.line}" in str(error)
    error = _fails(_vcf, str(tmp_path / "none.vcf"))
    assert (error.path, error.line) == (str(tmp_path / "none.vcf"), None)
