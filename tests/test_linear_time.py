"""Text of any form is read in time that grows as its length: 40 kB in milliseconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from genoscore.core.errors import GenoscoreError
from genoscore.inputs import declared, gene_attributes, gene_panel, kept_values, regions, transcripts, variant_text, vcf
from genoscore.inputs.genes import load_gene_models

SIZE = 40_000  # characters
ALLOWED = 2.0  # seconds; a quadratic reader takes from 10 up

TEXTS: dict[str, Callable[[int], str]] = {
    "a word": lambda n: "a" * n,
    "spaces": lambda n: "a" + " " * n + ";",
    "quotes": lambda n: 'a "' * (n // 3),
    "one quote": lambda n: 'a="' + '\\"' * (n // 2),
    "pairs": lambda n: "a=b;" * (n // 4),
    "a repeated key": lambda n: 'tag "x"; ' * (n // 9),
    "a list": lambda n: "a=1;Parent=" + "t," * (n // 2),
    "numbers": lambda n: "1:1:" * (n // 4),
    "digits": lambda n: "chr1:" + "1" * n,
    "an unfinished variant": lambda n: "1:1A" + " " * n + "!",
    "hyphens": lambda n: "a 1 " + "- " * (n // 2) + "!",
    "a long allele": lambda n: "1:1A>[" + "a" * n,
    "dots": lambda n: "." + "1" * (n // 2) + "_" + "1" * (n // 2) + "x",
    "an Ensembl ID": lambda n: "ENS" + "G" * n,
}
READERS: dict[str, Callable[[str], object]] = {
    "attributes": gene_attributes.read_attributes,
    "exons": gene_attributes.transcript_names,
    "gene": lambda text: gene_attributes.gene_id({"Dbxref": text, "gene_id": text}, text, "1"),
    "version": transcripts.without_version,
    "region": regions.parse_region,
    "variant": variant_text.parse_variant,
    "panel": lambda text: gene_panel.GenePanel("", [text]),
    "declaration": lambda text: declared.declaration(f"##genoscore=<{text}>"),
    "header": lambda text: kept_values.kept_values(("INFO/DP",), vcf.VcfHeader([f"##INFO=<ID=DP,{text}"], ""), ""),
    "contig": lambda text: vcf.VcfHeader([f"##contig=<ID={text}"], ""),
}


@pytest.mark.parametrize("reader", READERS)
def test_any_text_in_linear_time(reader: str) -> None:
    for name, make in TEXTS.items():
        text = make(SIZE)
        begun = time.process_time()
        with suppress(GenoscoreError, KeyError):
            READERS[reader](text)
        assert time.process_time() - begun < ALLOWED, name


_ROW = "1\tmade\texon\t1\t9\t.\t+\t.\t"
_HEAD = "#NAME\tCHROM\tSTRAND\tTX_START\tTX_END\tEXON_START\tEXON_END\n"
FILES: dict[str, Callable[[int], str]] = {
    "an unquoted word": lambda n: _ROW + "a" * n,
    "many parents": lambda n: _ROW + "ID=a;Parent=" + ",".join(map(str, range(n // 6))),
    "a chain of parents": lambda n: "".join(
        f"1\tmade\tmRNA\t1\t9\t.\t+\t.\tID=m{i};Parent=m{i - 1}\n"
        f"1\tmade\tmRNA\t1\t9\t.\t+\t.\tID=t{i};Parent=m{n // 20 - 1}\n{_ROW}Parent=t{i}\n"
        for i in range(n // 20)
    ),
    "a table's exons": lambda n: (
        f"{_HEAD}G\t1\t+\t0\t{10 * n}\t{''.join(f'{10 * i},' for i in range(n // 6))}\t"
        f"{''.join(f'{10 * i + 5},' for i in range(n // 6))}\n"
    ),
    "a table's number": lambda n: f"{_HEAD}G\t1\t+\t0\t{'9' * n}\t0,\t9,\n",
}


@pytest.mark.parametrize("form", FILES)
def test_annotations_in_linear_time(tmp_path: Path, form: str) -> None:
    path = tmp_path / "a.annotation"
    path.write_text(FILES[form](SIZE))
    begun = time.process_time()
    with suppress(GenoscoreError):
        load_gene_models(path, "all")
    assert time.process_time() - begun < ALLOWED
