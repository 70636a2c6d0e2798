"""Tables of variants: headers, compression, letters, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import InputError
from genoscore.evaluation.config import EvaluateConfig
from genoscore.evaluation.observations import read_observations
from genoscore.inputs.table import Table
from genoscore.inputs.table_rows import VARIANT_COLUMNS, variant_rows
from tests.evaluate.variant_tables import LABELS, write_table


@pytest.mark.parametrize("name", ["t.tsv", "t.tsv.gz"])
@pytest.mark.parametrize(
    "head",
    [
        "CHROM\tPOS\tREF\tALT\tclass\n",
        "chrom\tpos\tref\talt\tclass\n",
        "#CHROM\tPOS\tREF\tALT\tclass\n",
        "# element X chr1:1-2 sequence ACGT\n##more\n\nChrom\tPos\tRef\tAlt\tclass\n",
        "\ufeffCHROM\tPOS\tREF\tALT\tclass\n",
    ],
)
def test_headers(head: str, name: str, tmp_path: Path) -> None:
    path = write_table(tmp_path, head + "1\t7\ta\t C \tLOF\r\n\nchr2\t8\tG\tT\t\n", name)
    with Table(str(path), [VARIANT_COLUMNS]) as table:
        assert table.columns[4] == "class"
        assert table.column("CLASS") == 4
        first, second = variant_rows(table)
    assert (first.contig, first.pos, first.ref, first.alt, first.cells[4]) == ("1", 7, "a", "C", "LOF")
    assert (second.contig, second.pos, second.cells[4]) == ("chr2", 8, "")
    assert first.line == head.count("\n") + 1
    assert second.line == first.line + 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no header line"),
        ("# a comment\n", "has no header line"),
        ("CHROM\tREF\tALT\tx\n1\tA\tC\tLOF\n", "has no column POS; its columns, separated by tabs, are: CHROM, REF"),
        ("CHROM POS REF ALT class\n1 7 A C LOF\n", "has neither columns CHROM, POS, REF and ALT nor a column sequence"),
        (
            "CHROM\tPOS\tREF\tALT\tx\n",
            "has no column class; its columns, separated by tabs, are: CHROM, POS, REF, ALT, x",
        ),
        ("CHROM\tPOS\tREF\tALT\tclass\tclass\n", "has several columns class"),
        ("CHROM\tPOS\tREF\tALT\tclass\n1\t7\tA\tC\n", "line 2: 4 cells separated by tabs, but the header has 5"),
        ("CHROM\tPOS\tREF\tALT\tclass\n\n1\t7.0\tA\tC\tLOF\n", "line 3: POS is '7.0', not a position"),
        ("CHROM\tPOS\tREF\tALT\tclass\n1\t7\t\tC\tLOF\n", "line 2: CHROM, REF or ALT is empty"),
        ("CHROM\tPOS\tREF\tALT\tclass\n1\t7\tA\tC,G\tLOF\n", "line 2: ALT is 'C,G', more than one allele; give each"),
        ("CHROM\tPOS\tREF\tALT\tclass\n1\t7\tA\tC\tLOF\n", "has 1 variants whose class is positive, LOF; give 2 or"),
    ],
)
def test_tables_that_cannot_be_used(text: str, message: str, tmp_path: Path) -> None:
    path = write_table(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read_observations(EvaluateConfig(RunConfig(str(path), Path("g.fa")), **LABELS))
    assert caught.value.one_line().startswith(f"table {path}")
    assert message in caught.value.one_line()


def test_tables_are_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_bytes(b"CHROM\tPOS\tREF\tALT\tclass\n1\t7\tA\tC\tsch\xe4dlich\n")
    with Table(str(path)) as table, pytest.raises(InputError, match="line 2: holds bytes that are not UTF-8"):
        list(table)
