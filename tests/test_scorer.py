"""`genoscore.Scorer`: frames and lists of variants in, the same with scores out."""

from __future__ import annotations

import math
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genoscore import RunConfig, Scorer, Variant, score_vcf
from genoscore.core.errors import ConfigError, GenoscoreError, InputError
from genoscore.predictors import registry
from tests.conftest import ROOT, TEST_DATA
from tests.small import SmallGenome, vcf_text

_TOY = {"toy": "tests.toy:TOY", "tissue_toy": "tests.toy:TISSUE_TOY", "bins": "tests.toy:BINS"}


@pytest.fixture(scope="module", autouse=True)
def _toys() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, row in _TOY.items():
            patch.setitem(registry._BUILT_IN, name, row)
        yield


@pytest.fixture(scope="module")
def gs(small: SmallGenome) -> Iterator[Scorer]:
    """The toy predictor on the small genome, loaded once."""
    with Scorer("toy", reference=small.fasta, annotation=small.genes) as scorer:
        yield scorer


def _parquet(small: SmallGenome, folder: Path, rows: list[str], **options: Any) -> list[dict[str, Any]]:
    """What `genoscore score` writes for the same variants."""
    source, out = folder / "in.vcf", folder / "out.parquet"
    source.write_text(vcf_text(rows))
    out.unlink(missing_ok=True)
    score_vcf(RunConfig(str(source), small.fasta, (str(out),), annotation=str(small.genes), **options))
    return pq.read_table(out).to_pylist()


def _assert_same(row: dict[str, Any], wanted: dict[str, Any], prefix: str) -> None:
    """A row of a Scorer's list or frame beside one of a run's Parquet table."""
    for key, value in row.items():
        if not key.startswith(prefix) or (name := key.removeprefix(prefix)) not in wanted:
            continue
        expected = wanted[name]
        missing = value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))
        if expected is None or expected == "":
            assert missing, (key, value)
        elif isinstance(expected, float):
            assert value == pytest.approx(expected, abs=2e-6), key
        else:
            assert value == expected, key


@st.composite
def _variants(draw: st.DrawFn, small: SmallGenome) -> tuple[str, int, str, str]:
    """Mostly what can be scored; also wrong REFs, places outside genes and contigs, other letters."""
    contig = draw(st.sampled_from(["chr1", "1", "chr2", "chr9"]))
    pos = draw(st.integers(1, 1210))
    sequence = small.sequences.get(contig if contig.startswith("chr") else f"chr{contig}", "")
    ref = sequence[pos - 1 : pos - 1 + draw(st.integers(1, 6))] or "A"
    ref = draw(st.sampled_from([ref, ref, ref, ref.lower(), "A"]))
    alt = draw(st.one_of(st.text("ACGT", min_size=1, max_size=6), st.sampled_from(["*", "<DEL>", "N", "."])))
    return contig, pos, ref, alt


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_frame_gets_what_a_run_writes(
    data: st.DataObject, gs: Scorer, small: SmallGenome, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = data.draw(st.lists(_variants(small), min_size=1, max_size=12))
    wanted = _parquet(small, tmp_path_factory.mktemp("run"), ["\t".join(_line(row)) for row in rows], predictor="toy")
    frame = pd.DataFrame(rows, columns=["chrom", "pos", "ref", "alt"])
    frame["number"] = range(len(frame))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*different builds")
        in_genes = gs.score(frame, genes="all").to_dict("records")
        largest = gs.score(frame).to_dict("records")
    assert [row["number"] for row in largest] == [*range(len(rows))]
    of_number: dict[int, list[dict[str, Any]]] = {number: [] for number in range(len(rows))}
    for row, expected in zip(in_genes, wanted, strict=True):
        assert [row[key] for key in ("chrom", "pos", "ref", "alt")] == [
            expected[key] or "." for key in ("CHROM", "POS", "REF", "ALT")
        ]
        _assert_same(row, expected, "TOY_")
        of_number[row["number"]].append(expected)
    for row in largest:
        sizes = [round(abs(gene["MAX"] or 0.0), 2) for gene in of_number[row["number"]]]
        _assert_same(row, of_number[row["number"]][sizes.index(max(sizes))], "TOY_")


def _line(row: tuple[str, int, str, str]) -> list[str]:
    contig, pos, ref, alt = row
    return [contig, str(pos), ".", ref, alt, ".", ".", "."]


def test_real_weights_give_what_a_run_writes(spliceai_weights: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    config = RunConfig(
        str(TEST_DATA / "variants.vcf"), TEST_DATA / "genome.fa", (str(out),), annotation=str(TEST_DATA / "genes.tsv"),
        region="chrA:8890-9990",
    )  # fmt: skip
    score_vcf(config)
    wanted = pq.read_table(out).to_pylist()
    frame = pd.DataFrame(wanted)[["CHROM", "POS", "REF", "ALT"]].drop_duplicates()
    with Scorer("spliceai", reference=TEST_DATA / "genome.fa", annotation=TEST_DATA / "genes.tsv") as gs:
        rows = gs.score(frame, genes="all").to_dict("records")
    assert len(rows) == len(wanted) > 6
    assert all(row["SPLICEAI_STATUS"] == "SCORED" for row in rows)
    for row, expected in zip(rows, wanted, strict=True):
        _assert_same(row, expected, "SPLICEAI_")


def _frame(small: SmallGenome) -> pd.DataFrame:
    one = small.sequences["chr1"]
    places = (480, 120, 480, 900, 300)
    return pd.DataFrame(
        {
            "sample": ["a", "b", "c", "d", "e"],
            "#CHROM": pd.Categorical(["chr1", "1", "chr1", "chr1", "chr1"]),
            "Pos": places,
            "REF": [one[place - 1] for place in places],
            "alt": ["ACGT"["CGTA".index(one[place - 1])] for place in places],
        },
        index=pd.Index([7, 7, 3, 1, 0], name="row"),
    )


def test_index_columns_and_order_are_kept(gs: Scorer, small: SmallGenome) -> None:
    frame = _frame(small)
    before = frame.copy(deep=True)
    scored = gs.score(frame)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(scored[list(frame.columns)], before)
    assert scored["TOY_STATUS"].tolist() == ["SCORED", "SCORED", "SCORED", "NO_GENE", "SCORED"]
    assert scored["TOY_MAX"].dtype == np.float64
    assert str(scored["TOY_DP_AG"].dtype) == "Int64"
    assert scored["TOY_MAX"].isna().tolist() == [False, False, False, True, False]
    assert scored.iloc[0]["TOY_MAX"] == scored.iloc[2]["TOY_MAX"]


def test_a_row_for_each_gene(gs: Scorer, small: SmallGenome) -> None:
    scored = gs.score(_frame(small), genes="all")
    assert scored.index.tolist() == [7, 7, 7, 3, 3, 1, 0]
    assert scored["sample"].tolist() == ["a", "a", "b", "c", "c", "d", "e"]
    assert scored["TOY_GENE"].tolist() == ["PLUS", "MINUS", "PLUS", "PLUS", "MINUS", pd.NA, "PLUS"]
    assert scored["TOY_STRAND"].tolist()[:2] == ["+", "-"]


def test_polars_in_and_out(gs: Scorer, small: SmallGenome) -> None:
    frame = _frame(small).reset_index(drop=True).astype({"#CHROM": str})
    for genes in ("max", "all"):
        of_pandas, of_polars = gs.score(frame, genes), gs.score(pl.from_pandas(frame), genes)
        assert isinstance(of_polars, pl.DataFrame)
        assert of_polars.columns == list(of_pandas.columns)
        assert of_polars.schema["TOY_DP_AG"] == pl.Int64
        assert of_polars.schema["TOY_MAX"] == pl.Float64
        for row, expected in zip(of_polars.to_dicts(), of_pandas.to_dict("records"), strict=True):
            assert {key: None if pd.isna(value) else value for key, value in expected.items()} == row
    with pytest.raises(InputError, match="LazyFrame"):
        gs.score(pl.from_pandas(frame).lazy())


def test_texts_variants_and_tuples(gs: Scorer, small: SmallGenome) -> None:
    ref = small.sequences["chr1"][119]
    alt = "ACGT"["CGTA".index(ref)]
    spellings = [f"chr1-120-{ref}-{alt}", f"1:120{ref}>{alt}", Variant("chr1", 120, ref, alt), ("1", 120, ref, alt)]
    rows = gs.score(spellings)
    assert [row.pop("VARIANT") for row in rows] == [
        spellings[0], spellings[1], f"chr1-120-{ref}-{alt}", f"1-120-{ref}-{alt}",
    ]  # fmt: skip
    assert rows[0]["TOY_STATUS"] == "SCORED"
    assert all(row == rows[0] for row in rows)
    assert [row["TOY_MAX"] for row in gs.score(spellings[0])] == [rows[0]["TOY_MAX"]]
    assert gs.score([]) == []


def test_bad_rows_do_not_lose_the_others(gs: Scorer, small: SmallGenome) -> None:
    ref = small.sequences["chr1"][119]
    alt = "ACGT"["CGTA".index(ref)]
    good = ("chr1", 120, ref, alt)
    bad: list[tuple[Any, Any, Any, Any]] = [
        ("chr1", None, ref, alt), ("chr1", "12x", ref, alt), ("chr1", -3, ref, alt), ("chr1", 1.5, ref, alt),
        ("chr1", math.inf, ref, alt), ("chr1", True, ref, alt), (math.nan, 120, ref, alt), ("", 120, ref, alt),
        ("chr 1", 120, ref, alt), ("chr1", 120, "", alt), ("chr1", 120, ref, math.nan),
        ("chr1", 120, ref, f"{alt},{ref}"), ("chr1", 120, ref, 3), ("chr1", 10**30, ref, alt),
        ("chr1", 120, pd.NA, alt),
    ]  # fmt: skip
    frame = pd.DataFrame([good, *bad, good], columns=["chrom", "pos", "ref", "alt"], dtype=object)
    with pytest.warns(
        UserWarning, match=f"{len(bad)} of {len(bad) + 2} rows .* row 1: pos is missing; row 2: pos is '12x'"
    ):
        scored = gs.score(frame)
    assert scored["TOY_STATUS"].tolist() == ["SCORED", *["BAD_ROW"] * len(bad), "SCORED"]
    assert scored["TOY_MAX"].notna().tolist() == [True, *[False] * len(bad), True]
    with pytest.warns(UserWarning, match="BAD_ROW"):
        assert gs.score(frame, genes="all")["TOY_STATUS"].tolist().count("BAD_ROW") == len(bad)
    with pytest.warns(UserWarning, match="2 of 3 rows .*'nonsense' is not understood.*row 2: missing"):
        assert [row["TOY_STATUS"] for row in gs.score([f"chr1-120-{ref}-{alt}", "nonsense", None])] == [
            "SCORED", "BAD_ROW", "BAD_ROW",
        ]  # fmt: skip


def test_numbers_as_other_tools_write_them(gs: Scorer, small: SmallGenome) -> None:
    """pandas makes floats of positions beside a missing one, and numbers of contigs without `chr`."""
    ref = small.sequences["chr1"][119]
    alt = "ACGT"["CGTA".index(ref)]
    frame = pd.DataFrame(
        {"chrom": [1, 1.0, "1", np.int64(1)], "pos": [120.0, "120", np.int32(120), " 120 "], "ref": ref, "alt": alt},
        dtype=object,
    )
    assert gs.score(frame)["TOY_STATUS"].tolist() == ["SCORED"] * 4


def test_a_missing_column_is_one_line(gs: Scorer) -> None:
    with pytest.raises(InputError, match="no column alt; its columns: chrom, pos, ref, gene") as caught:
        gs.score(pd.DataFrame(columns=["chrom", "pos", "ref", "gene"]))
    assert "\n" not in caught.value.one_line()
    with pytest.raises(InputError, match="2 columns named pos"):
        gs.score(pd.DataFrame(columns=["chrom", "pos", "POS", "ref", "alt"]))
    with pytest.raises(InputError, match="no column chrom"):
        gs.score(pl.DataFrame())
    for wrong in ({"chrom": ["1"]}, 3, None):
        with pytest.raises(InputError, match="is not a frame of variants"):
            gs.score(wrong)
    with pytest.raises(ConfigError, match="genes='most'"):
        gs.score([], genes="most")  # type: ignore[arg-type]


def test_an_empty_frame(gs: Scorer) -> None:
    scored = gs.score(pd.DataFrame(columns=["chrom", "pos", "ref", "alt"]))
    assert len(scored) == 0
    assert "TOY_STATUS" in scored.columns


def test_earlier_scores_are_replaced_where_they_stand(gs: Scorer, small: SmallGenome) -> None:
    scored = gs.score(_frame(small))
    scored["after"] = 1
    scored["TOY_MAX"] = -9.0
    with pytest.warns(UserWarning, match="columns of earlier scores are replaced"):
        again = gs.score(scored)
    assert list(again.columns) == list(scored.columns)
    pd.testing.assert_frame_equal(again.drop(columns="after"), gs.score(_frame(small)))


def test_several_predictors_have_columns_of_their_own(small: SmallGenome, tmp_path: Path) -> None:
    """Splicing in genes, and windows whose scores are of the variant and of transcription starts."""
    rows = [f"chr1 {pos} {small.sequences['chr1'][pos - 1]} {alt}" for pos, alt in ((480, "A"), (110, "C"), (900, "G"))]
    rows = [row for row in rows if row.split()[2] != row.split()[3]]
    wanted = _parquet(small, tmp_path, rows, predictor=("toy", "bins"))
    with Scorer(["toy", "bins"], reference=small.fasta, annotation=small.genes) as gs:
        table = gs.score([tuple(row.split()) for row in rows], genes="all")
        largest = gs.score([tuple(row.split()) for row in rows])
        with pytest.raises(ConfigError, match="several predictors are loaded"):
            gs.predict("ACGT")
        assert gs.tracks == {"toy": ("neither", "acceptor", "donor"), "bins": ("first_a", "all")}
    assert len(largest) == len(rows)
    assert "BINS_TRACK" in table[0]
    assert "TOY_TRACK" not in table[0]
    for prefix, name in (("TOY_", "toy"), ("BINS_", "bins")):
        mine = {(row["VARIANT"].split("-")[1], row[f"{prefix}GENE"]): row for row in table}
        theirs: dict[tuple[str, str | None], dict[str, Any]] = {}
        for row in wanted:  # of several tracks the largest
            key = str(row["POS"]), row["GENE"] or None
            if row["PREDICTOR"] != name:
                continue
            if key not in theirs or round(abs(row["MAX"]), 4) > round(abs(theirs[key]["MAX"]), 4):
                theirs[key] = row
        assert theirs.keys() <= mine.keys()
        for key, row in theirs.items():
            _assert_same(mine[key], row, prefix)


def test_wrong_builds_are_said(gs: Scorer, small: SmallGenome) -> None:
    wrong = [("chr1", pos, "ACGT"["CGTA".index(small.sequences["chr1"][pos - 1])], "N" * 3) for pos in range(100, 130)]
    with pytest.warns(UserWarning, match="different builds"):
        gs.score([(contig, pos, ref, "AAA") for contig, pos, ref, _ in wrong])


def test_options_are_checked(small: SmallGenome) -> None:
    with pytest.raises(ConfigError, match="output= concerns a run's files"):
        Scorer("toy", reference=small.fasta, output="x.vcf")
    with pytest.raises(ConfigError, match="maske= is not an option") as caught:
        Scorer("toy", reference=small.fasta, maske="none")
    assert "did you mean 'mask'?" in caught.value.hint
    with pytest.raises(ConfigError, match="mask"):
        Scorer("toy", reference=small.fasta, mask="all")
    with pytest.raises(ConfigError, match="several predictors"):
        Scorer(["toy", "bins"], reference=small.fasta, weights="folder")
    with pytest.raises(GenoscoreError, match=r"nowhere\.fa"):
        Scorer("toy", reference="nowhere.fa", annotation=small.genes)
    with Scorer("toy", reference=small.fasta, annotation=small.genes, distance=7, mask="site") as gs:
        assert gs.provenance["toy"]["Distance"] == "7"
        assert gs.provenance["toy"]["Mask"] == "site"
    with Scorer("toy", reference=small.fasta, annotation=small.genes, genes="MINUS") as gs:
        scored = gs.score(_frame(small), genes="all")
    assert scored["TOY_STATUS"].tolist() == ["SCORED", "NOT_IN_PANEL", "SCORED", "NO_GENE", "NOT_IN_PANEL"]
    assert scored["TOY_GENE"].tolist() == ["MINUS", pd.NA, "MINUS", pd.NA, pd.NA]


def test_closed_is_closed(small: SmallGenome) -> None:
    scorer = Scorer("toy", reference=small.fasta, annotation=small.genes)
    scorer.close()
    scorer.close()
    assert "closed" in repr(scorer)
    for ask in (lambda: scorer.score([]), lambda: scorer.predict("ACGT"), lambda: scorer.profiles("chr1-1-A-C")):
        with pytest.raises(GenoscoreError, match="is closed"):
            ask()


def test_networks_are_loaded_once(small: SmallGenome, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests import toy

    loaded = []
    load = toy.ToyEntry.load
    monkeypatch.setattr(toy.ToyEntry, "load", lambda *arguments: loaded.append(1) or load(*arguments))
    with Scorer("toy", reference=small.fasta, annotation=small.genes) as gs:
        for _ in range(3):
            gs.score([("chr1", 120, small.sequences["chr1"][119], "A")])
            gs.predict("ACGT")
    assert loaded == [1]


def test_frames_are_optional(small: SmallGenome) -> None:
    """Neither pandas nor polars is imported for a list."""
    code = f"""
import sys
from genoscore.predictors import registry
registry._BUILT_IN["toy"] = "tests.toy:TOY"
sys.modules["pandas"] = sys.modules["polars"] = sys.modules["matplotlib"] = None
import genoscore
with genoscore.Scorer("toy", reference={str(small.fasta)!r}, annotation={str(small.genes)!r}) as gs:
    print(gs.score(["chr1-120-{small.sequences["chr1"][119]}-ACC"])[0]["TOY_STATUS"])
    try:
        gs.profiles("chr1-120-{small.sequences["chr1"][119]}-ACC").frame()
    except genoscore.core.errors.ConfigError as error:
        print(error.one_line())
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "SCORED\npandas is not installed; run: pip install pandas\n", done.stderr
