"""The tables: no place without a score, a magnitude for every predictor, IDs only where there are some; the wide table
holds all that the long one does."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.core.variants import Status
from genoscore.engine.results import AltResult, GeneScores, RecordResult
from genoscore.inputs.gene import Gene
from genoscore.inputs.vcf import Record
from genoscore.outputs.annotated import VcfText
from genoscore.outputs.base import Writer, WriterContext
from genoscore.outputs.parquet import ParquetWriter, WideParquetWriter
from genoscore.outputs.tsv import TsvWriter, WideTsvWriter
from genoscore.outputs.wide import MOST_TRACKS
from genoscore.predictors import registry
from genoscore.scores.base import ScoreField, shown
from genoscore.scores.expression import ExpressionScorer
from genoscore.scores.registry import make_scorer
from genoscore.scores.splicing import FIELDS, SplicingScorer
from genoscore.scoring.run import score_vcf
from tests.small import SmallGenome, info, records, vcf_text

_OWN = {"CHROM", "POS", "ID", "REF", "ALT", "PREDICTOR", "GENE", "GENE_ID", "STRAND", "TRANSCRIPT"}


def _score(
    small: SmallGenome, tmp_path: Path, *names: str, predictors: Sequence[str] = ("toy",), mask: str = "none"
) -> None:
    base = small.sequences["chr1"]
    others = {one: ",".join(other for other in "ACGT" if other != one) for one in "ACGT"}
    rows = [f"chr1 {pos} {base[pos - 1]} {others[base[pos - 1]]}" for pos in range(90, 900, 7)]
    rows += [f"chr1 901 {base[900]} <DEL>", "chr9 5 A C"]
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text(rows))
    outputs = tuple(str(tmp_path / name) for name in names)
    score_vcf(RunConfig(str(source), small.fasta, outputs, tuple(predictors), annotation=str(small.genes), mask=mask))


@pytest.mark.usefixtures("toy")
def test_a_place_stands_only_beside_a_score(small: SmallGenome, tmp_path: Path) -> None:
    """`.` where the score prints 0.00, in tables and `GS_*` alike; the peers' own strings keep their numbers."""
    _score(small, tmp_path, "a.tsv", "a.parquet", "a.vcf", predictors=("toy", "tissue_toy"), mask="site")
    frame = pd.read_csv(tmp_path / "a.tsv", sep="\t", na_values=".", keep_default_na=False)
    typed = pd.read_parquet(tmp_path / "a.parquet")
    pairs = [(f"DS_{kind}", f"DP_{kind}") for kind in ("AG", "AL", "DG", "DL")]
    pairs += [(kind, f"DP_{kind}") for kind in ("GAIN", "LOSS")]
    seen = 0
    for score, place in pairs:
        given_ = frame[score].notna()
        assert given_.any()
        assert (frame[place].isna() == (frame[score].fillna(0) == 0)).all()
        assert (typed[place].isna() == frame[place].isna()).all()
        seen += (given_ & frame[place].isna()).sum()
    assert seen > 20
    strings = 0
    for columns in records(tmp_path / "a.vcf"):
        found = info(columns)
        for score, place in pairs:
            owner = "TISSUE_TOY" if "I" in score or "O" in score else "TOY"
            cells = (found.get(f"GS_{owner}_{key}", "").split(",") for key in (score, place))
            for value, at in zip(*cells, strict=True):
                assert (at in ("", ".")) == (value in ("", ".", "0.00"))
        for string in found.get("SpliceAI", "").split(","):
            strings += string.count("|0.00|") > 0
            assert not string or "." not in string.split("|")[6:]
    assert strings > 5


def test_the_place_of_a_missing_score_is_missing() -> None:
    fields = (*FIELDS[:1], *FIELDS[4:5])
    assert [math.isnan(shown(fields, (score, 7.0))[1]) for score in (0.004, -0.004, 0.005001, math.nan)] == [
        True, True, False, True
    ]  # fmt: skip
    assert shown(fields, (0.004, 7.0))[0] == 0.004, "scores are as they were"
    for value in [*np.random.default_rng(1).uniform(-0.02, 0.02, 2_000).tolist(), 0.005, 0.015, -0.005]:
        assert fields[0].is_nothing(value) == (fields[0].text(value) == "0.00")


@pytest.mark.usefixtures("toy")
def test_abs_is_the_magnitude_of_max(small: SmallGenome, tmp_path: Path) -> None:
    """Signed maxima (Pangolin's losses) would be left out by `MAX>=0.2` without a word."""
    _score(small, tmp_path, "a.tsv", "a.parquet", "a.vcf", predictors=("tissue_toy",))
    frame = pd.read_csv(tmp_path / "a.tsv", sep="\t", na_values=".", keep_default_na=False)
    assert frame.columns[-1] == "ABS"
    assert (frame.MAX.abs().fillna(-1) == frame.ABS.fillna(-1)).all()
    assert (frame.MAX < 0).sum() > 10
    typed = pd.read_parquet(tmp_path / "a.parquet")
    assert (typed.MAX.abs().fillna(-1) == typed.ABS.fillna(-1)).all()
    text = (tmp_path / "a.vcf").read_text()
    assert '##INFO=<ID=GS_TISSUE_TOY_ABS,Number=A,Type=Float,Description="Magnitude of GS_TISSUE_TOY_MAX"' in text
    for columns in records(tmp_path / "a.vcf"):
        found = info(columns)
        largest = found["GS_TISSUE_TOY_MAX"].split(",")
        assert found["GS_TISSUE_TOY_ABS"].split(",") == [text.removeprefix("-") for text in largest]


@pytest.mark.usefixtures("toy")
def test_no_ids_where_the_annotation_has_none(small: SmallGenome, tmp_path: Path) -> None:
    _score(small, tmp_path, "a.tsv", "a.parquet")
    frame = pd.read_csv(tmp_path / "a.tsv", sep="\t", keep_default_na=False)
    assert set(frame.GENE) > {"PLUS", "MINUS"}
    assert set(frame.GENE_ID) == {"."}
    assert pd.read_parquet(tmp_path / "a.parquet").GENE_ID.isna().all()


# Long and wide

_GENES = [
    Gene("ONE", "G1", "1", "+", 0, 90, (0,), (90,), "T1"),
    Gene("ONE", "G1", "1", "+", 0, 90, (0,), (90,), "T2"),
    Gene("TWO", "", "1", "-", 20, 80, (20,), (80,)),
]


def _scorers() -> dict[str, object]:
    """Splicing in genes, expression with tracks at the variant and in genes, a plain number without genes."""
    config = RunConfig("-", Path("-"), predictor=("toy", "bins"))
    spec = registry.get("toy").spec(config)
    return {
        "toy": SplicingScorer(spec, "none"),
        "bins": make_scorer(registry.get("bins").spec(config), config),
        "plain": _Plain(),
    }


class _Plain:
    """One signed score of the variant alone."""

    fields = (ScoreField("DELTA", "A", "Float", "x", "x", 3, True),)
    banded, peer, tracks, track_key, percentiles, untrained = False, None, (), "TRACK", None, True


_numbers = st.floats(-1, 1, width=32).map(lambda value: round(value, 3))


@st.composite
def _scores(draw: st.DrawFn, name: str) -> AltResult:
    scorer = _scorers()[name]
    n_fields = len(scorer.fields)  # type: ignore[attr-defined]
    genes = draw(st.lists(st.sampled_from(_GENES), max_size=4)) if name != "plain" else []
    alone = [None] if name != "toy" and draw(st.booleans()) else []
    found = []
    for gene in [*genes, *alone]:
        values = tuple(draw(st.lists(_numbers, min_size=n_fields, max_size=n_fields)))
        if name == "bins":
            other = draw(st.lists(_numbers, min_size=n_fields, max_size=n_fields))
            found.append(GeneScores(gene, None, np.array([values, other], np.float32)))
        else:
            found.append(GeneScores(gene, None if draw(st.integers(0, 9)) == 0 else values))
    return AltResult(Status.SCORED if found else Status.NO_GENE, tuple(found))


@st.composite
def _results(draw: st.DrawFn) -> list[RecordResult]:
    found = []
    for at in range(draw(st.integers(1, 3))):
        alts = ("C", "G", "T")[: draw(st.integers(1, 3))]
        record = Record(at, ["1", str(at + 10), ".", "A", ",".join(alts), ".", ".", "."], at + 10, alts)
        found.append(RecordResult(record, {name: tuple(draw(_scores(name)) for _ in alts) for name in _scorers()}))
    return found


@pytest.fixture
def predictors(toy: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy predictors, and one with bins."""
    monkeypatch.setitem(registry._BUILT_IN, "bins", "tests.toy:BINS")


def _written(writer: Writer, results: Sequence[RecordResult]) -> None:
    for result in results:
        writer.write(result)
    writer.prepare()
    writer.commit()


def _tsv(path: Path) -> list[dict[str, str]]:
    header, *rows = [line.split("\t") for line in path.read_text().splitlines()]
    return [dict(zip(header, cells, strict=True)) for cells in rows]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(results=_results())
def test_nothing_of_the_long_table_is_lost_in_the_wide_one(
    predictors: None, tmp_path: Path, results: list[RecordResult]
) -> None:
    context = WriterContext(VcfText("", {}, False), _scorers(), {}, {})  # type: ignore[arg-type]
    for kind, suffix in ((TsvWriter, "tsv"), (ParquetWriter, "parquet")):
        _written(kind(str(tmp_path / f"long.{suffix}"), context), results)
    for kind, suffix in ((WideTsvWriter, "tsv"), (WideParquetWriter, "parquet")):
        _written(kind(str(tmp_path / f"a.wide.{suffix}"), context), results)
    parquet = (pyarrow.parquet.read_table(tmp_path / name).to_pylist() for name in ("long.parquet", "a.wide.parquet"))
    _compare(_tsv(tmp_path / "long.tsv"), _tsv(tmp_path / "a.wide.tsv"), ".")
    _compare(*parquet, None)


def _compare(long: list[dict[str, object]], wide: list[dict[str, object]], missing: object) -> None:
    """Every row of the long table stands in a row of the wide one of the same ALT, once for each gene."""
    of_alt = defaultdict(list)
    for row in wide:
        of_alt[row["POS"], row["ALT"]].append(row)
    for row in long:
        name, _, mark = str(row["PREDICTOR"]).partition(":")
        prefix = "_".join([name, mark] if mark else [name]).upper()
        candidates = of_alt[row["POS"], row["ALT"]]
        if row["GENE"] != missing:
            owner = ("GENE", "GENE_ID", "STRAND", "TRANSCRIPT")
            candidates = [one for one in candidates if all(one[key] == row[key] for key in owner)]
        wanted = {f"{prefix}_{key}": value for key, value in row.items() if key not in _OWN and value != missing}
        track = wanted.pop(f"{prefix}_TRACK", None)
        if track is not None:
            status = wanted.pop(f"{prefix}_STATUS")
            assert all(one[f"{prefix}_STATUS"] == status for one in candidates)
            wanted = {f"{key}:{track}": value for key, value in wanted.items()}
        holding = [one for one in candidates if all(one[key] == value for key, value in wanted.items())]
        assert holding, (row, candidates)
    for rows in of_alt.values():
        for row in rows:
            assert all(row[f"{name}_STATUS"] != missing for name in ("TOY", "BINS", "PLAIN_UNTRAINED"))
    places = {(row["POS"], row["ALT"]) for row in long}
    assert of_alt.keys() == places


def test_rows_of_predictors_that_differ_in_genes(predictors: None, tmp_path: Path) -> None:
    """Scores without a gene fill the rows of genes that a predictor has no scores of its own for; else a row alone."""
    scorers = _scorers()
    record = Record(0, ["1", "10", ".", "A", "C", ".", ".", "."], 10, ("C",))
    splice = tuple(0.25 if at < 4 else 3.0 for at in range(9))
    table = np.arange(10, dtype=np.float32).reshape(2, 5)
    alts = {
        "toy": (AltResult(Status.SCORED, (GeneScores(_GENES[0], splice),)),),
        "bins": (AltResult(Status.SCORED, (GeneScores(_GENES[2], None, table), GeneScores(None, None, table + 20))),),
        "plain": (AltResult(Status.SCORED, (GeneScores(None, (-0.5,)),)),),
    }
    context = WriterContext(VcfText("", {}, False), scorers, {}, {})  # type: ignore[arg-type]
    _written(WideTsvWriter(str(tmp_path / "a.wide.tsv"), context), [RecordResult(record, alts)])
    one, two = _tsv(tmp_path / "a.wide.tsv")
    owners = [tuple(row[key] for key in ("GENE", "TRANSCRIPT", "STRAND")) for row in (one, two)]
    assert owners == [("ONE", "T1", "+"), ("TWO", ".", "-")]
    assert (one["TOY_STATUS"], one["TOY_MAX"], two["TOY_STATUS"], two["TOY_MAX"]) == ("SCORED", "0.25", "SCORED", ".")
    assert (one["BINS_SAD:first_a"], two["BINS_SAD:first_a"]) == ("20.00000", "0.00000")
    assert (one["BINS_TRACK"], one["BINS_ABS"]) == ("all", one["BINS_ABS:all"])
    assert [row["PLAIN_UNTRAINED_DELTA"] for row in (one, two)] == ["-0.500"] * 2
    assert "BINS_BAND" not in one
    alts["toy"] = (AltResult(Status.NO_GENE),)
    _written(WideTsvWriter(str(tmp_path / "b.wide.tsv"), context), [RecordResult(record, alts)])
    two, alone = _tsv(tmp_path / "b.wide.tsv")
    assert [(row["GENE"], row["TOY_STATUS"], row["BINS_SAD:first_a"]) for row in (two, alone)] == [
        ("TWO", "NO_GENE", "0.00000"), (".", "NO_GENE", "20.00000")
    ]  # fmt: skip


@pytest.mark.usefixtures("toy")
def test_wide_and_long_of_a_run(small: SmallGenome, tmp_path: Path) -> None:
    _score(small, tmp_path, "a.tsv", "a.wide.tsv", "a.wide.tsv.gz", "a.wide.parquet", predictors=("toy", "tissue_toy"))
    long = pd.read_csv(tmp_path / "a.tsv", sep="\t", na_values=".", keep_default_na=False)
    wide = pd.read_csv(tmp_path / "a.wide.tsv", sep="\t", na_values=".", keep_default_na=False)
    keys = ["CHROM", "POS", "REF", "ALT", "GENE", "STRAND"]
    for name in ("toy", "tissue_toy"):
        own = long[name == long.PREDICTOR].merge(wide, on=keys)
        assert len(own) == (name == long.PREDICTOR).sum() == len(wide)
        for column in ("STATUS", "ABS", "BAND", *(["DS_AG", "DP_DL"] if name == "toy" else ["LOSS", "DP_LOSS"])):
            pd.testing.assert_series_equal(own[column], own[f"{name.upper()}_{column}"], check_names=False)
    assert pd.read_csv(tmp_path / "a.wide.tsv.gz", sep="\t", na_values=".", keep_default_na=False).equals(wide)
    typed = pd.read_parquet(tmp_path / "a.wide.parquet")
    assert list(typed.columns) == list(wide.columns)
    printed = wide.TOY_ABS.fillna(-1).tolist()
    assert typed.TOY_ABS.astype("float64").fillna(-1).tolist() == pytest.approx(printed, abs=0.00501)


def test_too_many_tracks_for_columns(predictors: None, tmp_path: Path) -> None:
    config = RunConfig("-", Path("-"), predictor=("bins",))
    scorer = ExpressionScorer(registry.get("bins").spec(config))
    scorer.tracks = tuple(map(str, range(MOST_TRACKS + 1)))
    context = WriterContext(VcfText("", {}, False), {"bins": scorer}, {}, {})
    with pytest.raises(ConfigError, match="columns for each of the 257 tracks of bins") as refused:
        WideTsvWriter(str(tmp_path / "a.wide.tsv"), context)
    assert "--tracks" in refused.value.hint
    assert list(tmp_path.iterdir()) == []
