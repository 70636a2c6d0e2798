"""Consequences from Python: columns of `score`, rows of `consequences`, what a notebook shows of one variant."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow.parquet
import pytest

from genoscore import RunConfig, Scorer, score_vcf
from genoscore.consequences.consequence import Aberration, Consequence, Event, Product, SiteChange
from genoscore.core.errors import ConfigError, InputError
from genoscore.inputs.gene import Gene
from genoscore.interactive.consequences import MOST_SITES, TranscriptConsequence, VariantConsequences
from genoscore.outputs.consequence_fields import COLUMN_TYPES
from genoscore.predictors import registry
from tests.consequences.told import GENE, TWICE, UNCHANGED, UNSOLVED, gtf_of_small, tell
from tests.small import SmallGenome, vcf_text

_PLACES = (145, 205, 480, 620, 900)  # in a gene, or two; 900 is in none


@pytest.fixture(scope="module", autouse=True)
def _told() -> Iterator[None]:
    """Toy predictors whose engine says what each place of the genome shall be."""
    with pytest.MonkeyPatch.context() as patch:
        for name, row in {"toy": "TOY", "tissue_toy": "TISSUE_TOY", "bins": "BINS"}.items():
            patch.setitem(registry._BUILT_IN, name, f"tests.toy:{row}")
        tell(patch, _of)
        yield


def _of(record: Any, gene: Gene) -> Consequence | None:
    if gene.symbol == "MINUS":
        return None if record.pos == 620 else UNSOLVED
    return {205: UNCHANGED}.get(record.pos, TWICE)


@pytest.fixture(scope="module")
def gtf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small genome's genes."""
    return gtf_of_small(tmp_path_factory.mktemp("gtf"))


@pytest.fixture(scope="module")
def gs(small: SmallGenome, gtf: Path) -> Iterator[Scorer]:
    """Two predictors of splice sites and one of something else."""
    with Scorer(["toy", "bins", "tissue_toy"], reference=small.fasta, annotation=gtf) as scorer:
        yield scorer


def _frame(small: SmallGenome) -> pd.DataFrame:
    base = small.sequences["chr1"]
    alts = [next(other for other in "ACGT" if other != base[pos - 1]) for pos in _PLACES]
    return pd.DataFrame(
        {"chrom": "chr1", "pos": _PLACES, "ref": [base[pos - 1] for pos in _PLACES], "alt": alts, "mine": range(5)}
    )


def _variant(small: SmallGenome, at: int) -> str:
    return "-".join(map(str, _frame(small).iloc[at, :4]))


def _same(value: Any, wanted: Any) -> bool:
    missing = value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))
    return wanted is None if missing else value == (pytest.approx(wanted) if isinstance(wanted, float) else wanted)


@pytest.fixture(scope="module")
def table(small: SmallGenome, gtf: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The long Parquet of a run over the same variants."""
    folder = tmp_path_factory.mktemp("run")
    source, out = folder / "in.vcf", folder / "out.parquet"
    source.write_text(vcf_text(" ".join(map(str, row[:4])) for row in _frame(small).itertuples(index=False)))
    score_vcf(RunConfig(str(source), small.fasta, (str(out),), ("toy", "bins", "tissue_toy"), annotation=str(gtf)))
    rows: list[dict[str, Any]] = pyarrow.parquet.read_table(out).to_pylist()
    return rows


def test_columns_of_a_frame_are_those_of_a_run(gs: Scorer, small: SmallGenome, table: list[dict[str, Any]]) -> None:
    frame = gs.score(_frame(small), genes="all")
    assert not [name for name in frame.columns if name.startswith("BINS_EVENT")]
    of_toy = [row for row in table if row["PREDICTOR"] == "toy"]
    kept = frame[frame.TOY_GENE.notna() | (frame.pos == 900)].drop_duplicates(["pos", "TOY_GENE"])
    assert len(kept) == len(of_toy) == 6
    for (_, row), wanted in zip(kept.iterrows(), of_toy, strict=True):
        for key in COLUMN_TYPES:
            assert _same(row[f"TOY_{key}"], wanted[key]), (key, row.pos)
    assert str(frame.TOY_EVENT_START.dtype) == "Int64"
    largest = gs.score(_frame(small))
    for _, row in largest.iterrows():
        own = [one for one in of_toy if one["POS"] == row.pos and one["GENE"] in (row.TOY_GENE, None)]
        assert _same(row.TOY_EVENT, own[0]["EVENT"])


def test_rows_of_consequences_are_those_of_a_run(gs: Scorer, small: SmallGenome, table: list[dict[str, Any]]) -> None:
    frame = _frame(small)
    rows = gs.consequences(frame)
    assert list(rows.columns) == [*frame.columns, "GENE", "TRANSCRIPT", "PREDICTOR", "STATUS", *COLUMN_TYPES]
    wanted = [row for row in table if row["PREDICTOR"] != "bins"]
    wanted.sort(key=lambda row: (row["POS"], row["PREDICTOR"] != "toy"))
    assert len(rows) == len(wanted) == 12
    for (_, row), one in zip(rows.iterrows(), wanted, strict=True):
        for key in ("GENE", "TRANSCRIPT", "PREDICTOR", "STATUS", *COLUMN_TYPES):
            assert _same(row[key], one[key]), key
        assert (row.pos, row.mine) == (one["POS"], _PLACES.index(one["POS"]))
    by_polars = gs.consequences(pl.from_pandas(frame))
    assert by_polars["HGVS_P"].to_list() == [one["HGVS_P"] for one in wanted]
    assert by_polars.schema["EVENT_START"] == pl.Int64


def test_a_list_gives_dictionaries(gs: Scorer, small: SmallGenome) -> None:
    with pytest.warns(UserWarning, match="1 of 2 rows are not variants"):
        rows = gs.consequences([_variant(small, 0), "nonsense"])
    assert [(row["VARIANT"], row["PREDICTOR"], row["STATUS"], row["EVENT"]) for row in rows] == [
        (_variant(small, 0), "toy", "SCORED", "exon_skipping"),
        (_variant(small, 0), "tissue_toy", "SCORED", "exon_skipping"),
        ("nonsense", "toy", "BAD_ROW", None),
        ("nonsense", "tissue_toy", "BAD_ROW", None),
    ]
    assert rows[0]["EVENT_P"] == 0.874
    assert rows[0]["EVIDENCE"] is None


def test_without_consequences_it_is_said(small: SmallGenome, gtf: Path) -> None:
    for annotation, on in ((small.genes, None), (gtf, False)):
        with Scorer("toy", reference=small.fasta, annotation=annotation, consequences=on) as scorer:
            assert not [key for key in scorer.score([_variant(small, 0)])[0] if "EVENT" in key]
            for ask in (scorer.consequences, scorer.consequence):
                with pytest.raises(ConfigError, match="this Scorer gives no consequences"):
                    ask(_variant(small, 0))
    with Scorer("toy", reference=small.fasta, annotation=small.genes, consequences=True, reach=9) as scorer:
        assert scorer.consequence(_variant(small, 0))[0].consequence == TWICE
        assert scorer.provenance["toy"]["Reach"] == "9"


def test_one_variant(gs: Scorer, small: SmallGenome) -> None:
    told = gs.consequence(_variant(small, 2))
    assert [(one.predictor, one.gene.symbol, one.consequence) for one in told] == [
        (name, *told) for name in ("toy", "tissue_toy") for told in (("PLUS", TWICE), ("MINUS", UNSOLVED))
    ]
    assert told[:1] == (told[0],)
    assert repr(told).startswith(f"<consequences of {_variant(small, 2)}: PLUS T_PLUS, toy: exon_skipping;")
    for at, words in ((4, "toy NO_GENE, tissue_toy NO_GENE"), (3, "toy SCORED")):
        with pytest.raises(InputError, match=words):
            gs.consequence(_variant(small, at))
    with pytest.raises(InputError, match="nonsense"):
        gs.consequence("nonsense")


# What is shown


class _Cells(HTMLParser):
    """The cells of all tables, row by row; refuses a tag that is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a row or a cell."""
        assert tag in {"p", "b", "table", "tr", "th", "td"}
        assert not attrs
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        """End it."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Text in a cell."""
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


def _cells(html: str) -> list[list[str]]:
    parser = _Cells()
    parser.feed(html)
    parser.close()
    assert not parser.open
    return parser.rows


def test_tables_of_a_notebook() -> None:
    shown = VariantConsequences("1-150-A-C", (TranscriptConsequence("toy", GENE, TWICE, "PP3"),))
    rows = _cells(shown._repr_html_())
    assert rows == [
        ["event", "exon", "bases", "nt", "share", "frame", "new stop", "NMD", "RNA", "protein"],
        ["exon_skipping", "2", "201-260", "-60", "0.87", "in_frame", "", "no", "r.(68_127del)", "p.(Asp23_Leu42del)"],
        ["donor_shift", "2", "261-264", "+4", "0.13", "frameshift", "codon 31", "yes",
         "r.[127_128ins127+1_127+4;140a>g]", "p.(Ser43fs*7)"],
        ["site", "base", "annotated", "REF", "ALT"],
        ["donor", "-600", "yes", "0.90", "0.55"],
        ["acceptor", "900", "", "0.00", "0.21"],
    ]  # fmt: skip
    assert "ONE NM_1.2, toy</b> PP3" in shown._repr_html_()
    assert str(shown).splitlines() == [
        "1-150-A-C",
        "ONE NM_1.2, toy, PP3",
        "  exon_skipping, exon 2, bases 201-260, nt -60, share 0.87, in_frame, NMD no, RNA r.(68_127del), "
        "protein p.(Asp23_Leu42del)",
        "  donor_shift, exon 2, bases 261-264, nt +4, share 0.13, frameshift, new stop codon 31, NMD yes, "
        "RNA r.[127_128ins127+1_127+4;140a>g], protein p.(Ser43fs*7)",
        "  donor -600 (annotated): 0.90 to 0.55",
        "  acceptor 900: 0.00 to 0.21",
        "  2 sites change beyond the distance of the scores",
    ]


def test_names_are_escaped() -> None:
    gene = replace(GENE, symbol="<b>&\x1b[31m", transcript_id="<script>")
    product = Product(hgvs_p="p.(<i>)", reason="<u>")
    told = Consequence(Aberration(Event.SITE_GAIN, exon="<x>", product=product))
    shown = VariantConsequences("1-1-A-<DEL>", (TranscriptConsequence("toy", gene, told, "<PP3>"),))
    html = shown._repr_html_()
    assert _cells(html)[1] == ["site_gain", "<x>", "p.(<i>)", "<u>"]
    assert not re.search(r"<(script|i>|x>|u>|DEL|PP3)|\x1b", html)
    assert "\x1b" not in str(shown) + repr(shown)


def test_many_sites_are_cut() -> None:
    sites = tuple(SiteChange("donor", at, at % 2, at, 0.0, 0.5, False) for at in range(1, MOST_SITES + 4))
    shown = TranscriptConsequence("toy", GENE, Consequence(Aberration(Event.UNRESOLVED), None, sites, sites[:1]))
    assert len(_cells(shown._repr_html_())) == 2 + 1 + MOST_SITES
    assert "  donor 1 + 1: 0.00 to 0.50" in str(shown).splitlines()
    assert str(shown).splitlines()[-2:] == [
        "  3 more sites change less",
        "  a site changes beyond the distance of the scores",
    ]
