"""Parquet: the TSV's rows, typed; nothing rounded, missing is null, provenance in the metadata."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from genoscore.core.config import RunConfig
from genoscore.core.variants import Status
from genoscore.engine.results import AltResult, GeneScores, RecordResult
from genoscore.inputs.gene import Gene
from genoscore.inputs.vcf import Record
from genoscore.outputs import parquet
from genoscore.outputs.annotated import VcfText
from genoscore.outputs.base import WriterContext
from genoscore.outputs.tsv import TsvWriter
from genoscore.predictors import registry
from genoscore.scores.splicing import FIELDS, SPREAD, SplicingScorer
from tests.conftest import Score
from tests.small import SmallGenome

pytestmark = pytest.mark.usefixtures("toy")
_BY_ID = {field.id: field for field in (*FIELDS, SPREAD)}
GENE = Gene("G|1", "ENSG1", "1", "-", 0, 9, (0,), (9,))


def _rows(small: SmallGenome) -> list[str]:
    """Two genes, several ALTs, an insertion, a record outside genes, one without ALT, one on no contig."""
    base = small.sequences["chr1"]
    alts = ",".join(other for other in "ACGT" if other != base[479]) + ",*"
    return [
        f"chr1\t120\trs5\t{base[119]}\t{base[119]}GT\t.\t.\t.",
        f"chr1 480 {base[479]} {alts}",
        f"chr1 901 {base[900]} {'A' if base[900] != 'A' else 'C'}",
        f"chr1 902 {base[901]} .",
        "chr9 5 A C",
    ]


def test_same_rows_as_the_tsv(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    score_small(_rows(small), "a.parquet", "a.tsv")
    table = pyarrow.parquet.read_table(tmp_path / "a.parquet")
    header, *lines = [line.split("\t") for line in (tmp_path / "a.tsv").read_text().splitlines()]
    assert table.column_names == header
    found = zip(*(table[name].to_pylist() for name in header), strict=True)
    for cells, values in zip(lines, found, strict=True):
        for name, cell, value in zip(header, cells, values, strict=True):
            if cell == ".":
                assert value is None, name
            elif name.startswith("DS_") or name in ("MAX", "ABS", "SD"):
                assert _BY_ID["DS_AG" if name in ("MAX", "ABS") else name].text(value) == cell
            else:
                assert str(value) == cell, name
    assert {"SCORED", "STAR", "NO_GENE", "NO_ALT", "UNKNOWN_CONTIG"} == set(table["STATUS"].to_pylist())


def test_types(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    score_small(_rows(small), "a.parquet", "a.tsv")
    schema = pyarrow.parquet.read_schema(tmp_path / "a.parquet")
    words = {field.name for field in schema if pa.types.is_dictionary(field.type)}
    assert {"CHROM", "PREDICTOR", "STATUS", "GENE", "STRAND", "BAND"} <= words
    assert {field.name: str(field.type) for field in schema if field.name not in words} == {
        "POS": "int64", "ID": "string", "REF": "string", "ALT": "string", "MAX": "float",
        "DS_AG": "float", "DS_AL": "float", "DS_DG": "float", "DS_DL": "float",
        "DP_AG": "int32", "DP_AL": "int32", "DP_DG": "int32", "DP_DL": "int32", "SD": "float",
        "ABS": "float",
    }  # fmt: skip
    frame = pd.read_parquet(tmp_path / "a.parquet")
    scored = frame[frame.STATUS == "SCORED"]
    assert len(scored) == 7
    assert (scored[["DS_AG", "DS_AL", "DS_DG", "DS_DL"]].max(axis=1) == scored.MAX).all()
    assert (scored.MAX.round(2) != scored.MAX).any(), "not rounded"
    assert frame[frame.STATUS != "SCORED"].MAX.isna().all()


def test_metadata_say_how_it_was_made(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    done = score_small(_rows(small), "a.parquet", "a.tsv", distance=7, command="genoscore x").summary
    held = json.loads(pyarrow.parquet.read_metadata(tmp_path / "a.parquet").metadata[b"genoscore"])
    assert held == done.provenance
    assert (held["toy"]["Distance"], held["toy"]["Command"]) == ("7", "genoscore x")
    assert {"Version", "WeightsSHA256", "Annotation", "Reference", "Mask", "Precision"} <= held["toy"].keys()


def test_bytes_that_are_not_utf8(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    base = small.sequences["chr1"][900]
    score_small([f"chr1\t901\tn\udce9e\t{base}\t<DEL>\t.\t.\t."], "a.parquet", "a.tsv")
    assert pyarrow.parquet.read_table(tmp_path / "a.parquet")["ID"].to_pylist() == ["n\ufffde"]


def _results(count: int) -> Iterator[RecordResult]:
    values = (0.125, 0.0, 0.0, -0.001, 3.0, -4.0, 0.0, float("nan"), float("nan"))
    for at in range(count):
        record = Record(at, ["1", str(at + 1), ".", "A", "C", ".", ".", "."], at + 1, ("C",))
        yield RecordResult(record, {"toy": (AltResult(Status.SCORED, (GeneScores(GENE, values),)),)})


@pytest.fixture
def context() -> WriterContext:
    """One scorer, of an ensemble."""
    spec = registry.get("toy").spec(RunConfig("-", Path("-"), predictor=("toy",)))
    return WriterContext(VcfText("", {}, False), {"toy": SplicingScorer(spec, "none")}, {}, {})


def test_nan_is_missing(context: WriterContext, tmp_path: Path) -> None:
    writers = [
        parquet.ParquetWriter(str(tmp_path / "a.parquet"), context),
        TsvWriter(str(tmp_path / "a.tsv"), context),
    ]
    for writer in writers:
        for result in _results(1):
            writer.write(result)
        writer.prepare()
        writer.commit()
        writer.discard()
    (row,) = pyarrow.parquet.read_table(tmp_path / "a.parquet").to_pylist()
    assert (row["DP_DL"], row["SD"], row["MAX"], row["DP_AG"]) == (None, None, 0.125, 3)
    assert (tmp_path / "a.tsv").read_text().splitlines()[1].split("\t")[-3:] == [".", ".", "0.12"]


def test_row_groups_bound_the_memory(context: WriterContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROWS_PER_GROUP", 64)
    writer = parquet.ParquetWriter(str(tmp_path / "a.parquet"), context)
    for result in _results(150):
        writer.write(result)
        assert len(writer._rows) < 64
    assert not (tmp_path / "a.parquet").exists()
    writer.prepare()
    writer.commit()
    file = pyarrow.parquet.ParquetFile(tmp_path / "a.parquet")
    assert [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)] == [64, 64, 22]
    assert file.read()["POS"].to_pylist() == list(range(1, 151))


def test_discarded_in_the_middle(
    context: WriterContext,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(parquet, "ROWS_PER_GROUP", 64)
    writer = parquet.ParquetWriter(str(tmp_path / "a.parquet"), context)
    for result in _results(150):
        writer.write(result)
    writer.discard()
    writer.discard()
    del writer
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr().err == ""
