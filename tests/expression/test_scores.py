"""Predictors with windows of one length: scores, tracks, genes, shifts, strands, grid; against an oracle."""

from __future__ import annotations

import pyarrow.parquet
import pysam
import pytest

from genoscore.core.errors import ConfigError
from tests.conftest import Score
from tests.expression.oracle import oracle_scores, variants_of
from tests.small import SmallGenome, info, leftmost, read_table, records


@pytest.mark.parametrize(
    ("both", "shifts", "grid"),
    [(False, (0,), False), (True, (0, -3, 5), False), (False, (0,), True), (True, (2,), True)],
)
def test_windows_and_scores(
    score_small: Score, small: SmallGenome, both: bool, shifts: tuple[int, ...], grid: bool
) -> None:
    rows = [" ".join(map(str, row)) for row in variants_of(small)]
    assert len(rows) > 120
    options = {"strand": "both" if both else "spec", "shifts": shifts, "centre": "grid" if grid else "variant"}
    (tsv,) = score_small(rows, "o.tsv", **options).outputs
    found: dict[tuple[str, ...], dict[tuple[str, str], dict[str, str]]] = {}
    for row in read_table(tsv):
        assert row["STATUS"] == "SCORED", row
        key = row["CHROM"], row["POS"], row["REF"], row["ALT"]
        found.setdefault(key, {})[row["GENE"].replace(".", ""), row["TRACK"]] = row
    starts = 0
    for name, pos, ref, alt in variants_of(small):
        first, *alleles = leftmost(small.sequences[name], pos, ref, alt)
        wanted = oracle_scores(small.sequences[name], name, first, *alleles, both, shifts, grid)
        made = found[name, str(pos), ref, alt]
        assert made.keys() == wanted.keys(), (name, pos)
        for key, scores in wanted.items():
            if "TSS_DISTANCE" in scores:
                scores["TSS_DISTANCE"] += first - pos
            for column in ("SAD", "MAX_ABS", "LOG2FC", "TSS_LOG2FC", "TSS_DISTANCE"):
                text = made[key][column]
                assert (text == ".") == (column not in scores)
                if text != ".":
                    assert float(text) == pytest.approx(scores[column], abs=2e-5), (name, pos, ref, alt, key, column)
            starts += "TSS_LOG2FC" in scores
            largest = scores["TSS_LOG2FC" if key[0] else "LOG2FC"]
            assert abs(float(made[key]["MAX"])) == pytest.approx(abs(largest), abs=2e-5)
    assert starts > 40


def test_the_best_of_an_alt(score_small: Score, small: SmallGenome) -> None:
    """MAX, TRACK and GENE of the VCF are those of the largest row of the table; Parquet has the same rows."""
    rows = [" ".join(map(str, row)) for row in variants_of(small)]
    vcf, tsv, parquet = score_small(rows, "o.vcf", "o.tsv", "o.parquet").outputs
    by_alt: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for row in read_table(tsv):
        by_alt.setdefault((row["CHROM"], row["POS"], row["REF"], row["ALT"]), []).append(row)
    genes = 0
    for columns in records(vcf):
        largest = max(by_alt[columns[0], columns[1], columns[3], columns[4]], key=lambda row: abs(float(row["MAX"])))
        said = info(columns)
        assert abs(float(said["GS_WEIGHED_MAX"])) == abs(float(largest["MAX"]))
        if said["GS_WEIGHED_TRACK"] == largest["TRACK"]:
            assert said["GS_WEIGHED_GENE"] == largest["GENE"]
            assert said["GS_WEIGHED_SAD"] == largest["SAD"]
        genes += said["GS_WEIGHED_GENE"] != "."
        assert "GS_WEIGHED_BAND" not in said
    assert genes > 2
    with pysam.VariantFile(str(vcf)) as file:
        assert file.header.info["GS_WEIGHED_TRACK"].type == "String"
        assert len(list(file)) == len(rows)
    table = pyarrow.parquet.read_table(parquet)
    assert table.num_rows == sum(map(len, by_alt.values()))
    assert table.column("TRACK").to_pylist()[:2] == ["purine", "other"]
    assert table.column("TSS_LOG2FC").null_count > 0
    assert str(table.schema.field("LOG2FC").type) == "float"


def test_signal_may_be_negative(score_small: Score, small: SmallGenome) -> None:
    (tsv,) = score_small(
        [f"chr1 300 {small.sequences['chr1'][299]} N"[:-1] + "T"], "o.tsv", predictor="weighed_signal"
    ).outputs
    assert {"DELTA", "TSS_DELTA"} <= read_table(tsv)[0].keys()


def test_genes_can_be_left_out(score_small: Score, small: SmallGenome) -> None:
    rows = [f"chr1 101 {small.sequences['chr1'][100]} {'A' if small.sequences['chr1'][100] != 'A' else 'C'}"]
    (tsv,) = score_small(rows, "o.tsv", annotation="none").outputs
    assert {row["GENE"] for row in read_table(tsv)} == {"."}
    with pytest.raises(ConfigError, match="-a none"):
        score_small(rows, "p.tsv", annotation="none", predictor="spliceai")
