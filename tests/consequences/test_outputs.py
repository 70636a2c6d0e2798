"""Consequences in outputs: INFO, tables and BCF, each read by another reader than the one that writes it."""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import cyvcf2
import pandas as pd
import pyarrow.parquet
import pysam
import pytest
from rich.console import Console

from genoscore.cli.report import event_lines
from genoscore.cli.score_table import print_scores
from genoscore.consequences.consequence import Consequence, Event, Frame
from genoscore.engine.results import RecordResult
from genoscore.outputs.annotated import VcfText
from genoscore.outputs.base import Writer, WriterContext
from genoscore.outputs.columns import long_columns
from genoscore.outputs.info import InfoFields
from genoscore.outputs.parquet import ParquetWriter, WideParquetWriter
from genoscore.outputs.tsv import TsvWriter, WideTsvWriter
from tests.conftest import ROOT, Invoke, Score
from tests.consequences.told import (
    GENE,
    OTHER,
    SKIP,
    TWICE,
    UNCHANGED,
    UNSOLVED,
    Rules,
    all_wanted,
    gtf_of_small,
    random_consequence,
    result,
    scorers,
    tell,
)
from tests.small import SmallGenome, infos, vcf_text

# As the contract lists them, in order.
COLUMNS = (
    "EVENT EVENT_EXON EVENT_START EVENT_END EVENT_NT FRAME PTC NMD HGVS_R HGVS_P EVENT_P EVENT_REASON "
    "EVENT2 EVENT2_EXON EVENT2_START EVENT2_END EVENT2_NT EVENT2_FRAME EVENT2_PTC EVENT2_NMD EVENT2_HGVS_R "
    "EVENT2_HGVS_P EVENT2_P EVIDENCE BEYOND"
).split()
INFO = "EVENT EVENT_NT FRAME PTC NMD HGVS_R HGVS_P BEYOND".split()
OF_TWICE = dict(
    zip(
        COLUMNS,
        "exon_skipping 2 201 260 -60 in_frame . no r.(68_127del) p.(Asp23_Leu42del) 0.87 . donor_shift 2 261 264 4 "
        "frameshift 31 yes r.[127_128ins127+1_127+4;140a>g] p.(Ser43fs*7) 0.13 PP3 DL:-812:0.35&AG:640:0.21".split(),
        strict=True,
    )
)


def _info(found: RecordResult, rules: Rules | None = None) -> dict[str, str]:
    fields = InfoFields("toy", scorers()["toy"], False, gene_ids=True, consequences=True, evidence=rules)
    return dict(entry.partition("=")[::2] for entry in fields.entries(found.record, found.alts["toy"]))


def _write(folder: Path, results: Sequence[RecordResult], rules: Rules | None = None) -> dict[str, Path]:
    """Every table, by its suffix."""
    context = WriterContext(VcfText("", {}, False), scorers(), {}, {}, consequences=all_wanted(rules))
    kinds: dict[str, Callable[[str, WriterContext], Writer]] = {
        "tsv": TsvWriter, "parquet": ParquetWriter, "wide.tsv": WideTsvWriter, "wide.parquet": WideParquetWriter
    }  # fmt: skip
    paths = {suffix: folder / f"a.{suffix}" for suffix in kinds}
    for suffix, path in paths.items():
        writer = kinds[suffix](str(path), context)
        for one in results:
            writer.write(one)
        writer.prepare()
        writer.commit()
    return paths


# INFO


def test_info_is_of_the_gene_of_the_maximum() -> None:
    found = _info(result([[(GENE, 0.1, UNCHANGED), (OTHER, 0.9, TWICE)], [(GENE, 0.3, UNSOLVED)], []]))
    assert {key: found[f"GS_TOY_{key}"] for key in INFO} == {
        "EVENT": "exon_skipping,unresolved,.", "EVENT_NT": "-60,.,.", "FRAME": "in_frame,.,.", "PTC": ".,.,.",
        "NMD": "no,.,.", "HGVS_R": "r.(68_127del),.,.", "HGVS_P": "p.(Asp23_Leu42del),.,.",
        "BEYOND": "DL:-812:0.35&AG:640:0.21,AG:640:0.21,.",
    }  # fmt: skip
    assert found["GS_TOY_TRANSCRIPT"] == "NM_2.1,NM_1.2,."
    assert "GS_TOY_EVIDENCE" not in found


@pytest.mark.parametrize(
    ("genes", "named"),
    [
        ([(GENE, 0.0, UNCHANGED), (OTHER, 0.0, TWICE)], "NM_2.1"),
        ([(GENE, 0.0, None), (OTHER, 0.004, UNSOLVED)], "NM_2.1"),  # which prints 0.00 too
        ([(GENE, 0.0, UNCHANGED), (OTHER, 0.0, Consequence(UNCHANGED.first, beyond=TWICE.beyond))], "NM_2.1"),
        ([(GENE, 0.0, UNCHANGED), (OTHER, 0.0, UNCHANGED)], "NM_1.2"),
        ([(GENE, 0.0, TWICE), (OTHER, 0.0, TWICE)], "NM_1.2"),
        ([(GENE, 0.1, UNCHANGED), (OTHER, 0.1, TWICE)], "NM_1.2"),  # the scores decide
        ([(GENE, 0.0, UNCHANGED), (replace(GENE, transcript_id="NM_3"), 0.0, TWICE)], "NM_1.2"),  # the recommended one
    ],
)
def test_of_genes_without_a_score_the_one_with_an_event_is_named(genes: Any, named: str) -> None:
    """A long deletion whose far end is near a site of the second gene."""
    found = _info(result([genes]))
    assert found["GS_TOY_TRANSCRIPT"] == named
    told = next(one for gene, _, one in genes if gene.transcript_id == named)
    assert found["GS_TOY_EVENT"] == told.first.event


def test_what_would_end_a_value_is_percent_encoded() -> None:
    assert TWICE.second is not None
    found = _info(result([[(GENE, 0.9, Consequence(TWICE.second))], [(GENE, 0.9, TWICE)]]))
    assert found["GS_TOY_HGVS_R"] == "r.[127_128ins127+1_127+4%3B140a>g],r.(68_127del)"
    assert found["GS_TOY_NMD"] == "yes,no"


def test_evidence_is_asked_with_the_score_as_printed_and_the_record_s_own_alleles() -> None:
    rules = Rules([])
    found = result([[(GENE, 0.1961, TWICE)], [(OTHER, 0.101, None), (GENE, 0.0, TWICE)], []], ref="AGG")
    assert _info(found, rules)["GS_TOY_EVIDENCE"] == "PP3,BP4,."
    asked = [(magnitude, variant.pos, variant.ref, variant.alt, gene) for magnitude, variant, gene in rules.asked]
    assert asked == [(0.2, 150, "AGG", "C", "ONE"), (0.1, 150, "AGG", "G", "TWO")]
    assert rules.beyond == [True, False], "of the gene with the largest score"


def test_header_lists_the_words() -> None:
    fields = InfoFields("toy", scorers()["toy"], False, consequences=True, evidence=Rules([]))
    lines = {line.split(",")[0].removeprefix("##INFO=<ID=GS_TOY_"): line for line in fields.header_lines("1")}
    for words, key in ((Event, "EVENT"), (Frame, "FRAME")):
        assert all(f"{word}: {word.meaning}" in lines[key] for word in words)
    for key in ("EVENT_NT", "PTC"):
        assert "Number=A,Type=Integer" in lines[key]
    assert "Description=\"By the 'panel' / 2026\"" in lines["EVIDENCE"]
    text = f"##fileformat=VCFv4.2\n{''.join(f'{line}{chr(10)}' for line in lines.values())}"
    header = pysam.VariantHeader()
    for line in text.splitlines()[1:]:
        header.add_line(line)
    assert {f"GS_TOY_{key}" for key in (*INFO, "EVIDENCE")} <= set(header.info)
    assert "unresolved: sites change" in (header.info["GS_TOY_EVENT"].description or "")


def test_ids_are_the_same_with_and_without() -> None:
    scorer = scorers()["toy"]
    ids = [InfoFields("toy", scorer, False, consequences=on).ids for on in (False, True)]
    assert ids[0] == ids[1]
    assert {f"GS_TOY_{key}" for key in (*INFO, "EVIDENCE")} <= ids[0]


# Tables


def test_columns_stand_last_but_before_kept_ones() -> None:
    without = [column.name for column in long_columns(scorers(), sourced=True)]
    with_them = [column.name for column in long_columns(scorers(), sourced=True, consequences=all_wanted())]
    assert with_them == [*without, *COLUMNS]


def test_a_row_of_every_table(tmp_path: Path) -> None:
    found = result([[(GENE, 0.9, TWICE), (OTHER, 0.15, UNCHANGED)], [(GENE, 0.3, UNSOLVED)], []])
    paths = _write(tmp_path, [found], Rules([]))
    tsv = pd.read_csv(paths["tsv"], sep="\t", dtype=str, keep_default_na=False)
    of_toy, of_tissues = (tsv[name == tsv.PREDICTOR].to_dict("records") for name in ("toy", "tissue_toy"))
    assert {key: of_toy[0][key] for key in COLUMNS} == OF_TWICE
    assert {key: of_tissues[0][key] for key in COLUMNS} == OF_TWICE | {"EVIDENCE": "."}
    nothing = dict.fromkeys(COLUMNS, ".")
    assert {key: of_toy[1][key] for key in COLUMNS} == nothing | {
        "EVENT": "none", "EVENT_REASON": "no_cds", "EVIDENCE": "none"
    }  # fmt: skip
    assert {key: of_toy[2][key] for key in COLUMNS} == nothing | {
        "EVENT": "unresolved", "EVENT_REASON": "no_pair", "EVENT_P": "0.00", "EVIDENCE": "PP3", "BEYOND": "AG:640:0.21"
    }  # fmt: skip
    assert {key: of_toy[3][key] for key in COLUMNS} == nothing
    wide = pd.read_csv(paths["wide.tsv"], sep="\t", dtype=str, keep_default_na=False).to_dict("records")
    for at, row in enumerate(wide):
        for name, rows in (("TOY", of_toy), ("TISSUE_TOY", of_tissues)):
            assert {key: row[f"{name}_{key}"] for key in COLUMNS} == {key: rows[at][key] for key in COLUMNS}
    typed = pyarrow.parquet.read_table(paths["parquet"])
    types = {name: str(typed.schema.field(name).type) for name in COLUMNS}
    assert {types[key] for key in ("EVENT_START", "EVENT_END", "EVENT2_START", "EVENT2_END")} == {"int64"}
    assert {types[key] for key in ("EVENT_NT", "PTC", "EVENT2_NT", "EVENT2_PTC")} == {"int32"}
    assert {types[key] for key in ("EVENT_P", "EVENT2_P")} == {"float"}
    row = typed.to_pylist()[0]
    assert (row["EVENT"], row["EVENT_START"], row["PTC"], row["NMD"]) == ("exon_skipping", 201, None, "no")
    assert row["EVENT_P"] == pytest.approx(0.874)
    assert pyarrow.parquet.read_table(paths["wide.parquet"]).to_pylist()[0]["TOY_HGVS_R"] == "r.(68_127del)"


def _as_text(cell: object) -> str:
    return "." if cell is None else f"{cell:.2f}" if isinstance(cell, float) else str(cell)


def test_of_many_results_all_writers_say_the_same(tmp_path: Path) -> None:
    """Typed and as text, long and wide, and in INFO where a record has one gene."""
    rng = random.Random(5)
    told = [random_consequence(rng) for _ in range(300)]
    found = [result([[(GENE, 0.5, one)]], pos=at + 1) for at, one in enumerate(told)]
    paths = _write(tmp_path, found)
    tsv = pd.read_csv(paths["tsv"], sep="\t", dtype=str, keep_default_na=False)
    rows = tsv[tsv.PREDICTOR == "toy"].to_dict("records")
    typed = [row for row in pyarrow.parquet.read_table(paths["parquet"]).to_pylist() if row["PREDICTOR"] == "toy"]
    wide = pd.read_csv(paths["wide.tsv"], sep="\t", dtype=str, keep_default_na=False).to_dict("records")
    for at, (row, cells, beside) in enumerate(zip(rows, typed, wide, strict=True)):
        for key in COLUMNS:
            assert beside[f"TOY_{key}"] == row[key]
            assert _as_text(cells[key]) == row[key], (key, told[at])
        entries = _info(found[at])
        assert {key: unquote(entries[f"GS_TOY_{key}"]) for key in INFO} == {key: row[key] for key in INFO}


def test_without_consequences_nothing_is_added(tmp_path: Path) -> None:
    context = WriterContext(VcfText("", {}, False), scorers(), {}, {})
    writer = TsvWriter(str(tmp_path / "a.tsv"), context)
    writer.write(result([[(GENE, 0.9, TWICE)]]))
    writer.prepare()
    writer.commit()
    assert "EVENT" not in (tmp_path / "a.tsv").read_text()


# Runs


def _rows(small: SmallGenome) -> str:
    """Substitutions in a gene, between genes and of two ALTs, with an earlier run's fields in the first."""
    base = small.sequences["chr1"]
    others = {one: [other for other in "ACGT" if other != one] for one in "ACGT"}
    rows = [f"chr1\t{pos}\t.\t{base[pos - 1]}\t{','.join(others[base[pos - 1]][:2])}\t.\t.\tDP=1" for pos in
            (145, 205, 480, 620, 900)]  # fmt: skip
    rows[0] += ";GS_TOY_EVENT=none,none;GS_TOY_EVIDENCE=BP4,.;EVENT=sv"
    declared = [f'##INFO=<ID={key},Number=1,Type=String,Description="">' for key in ("EVENT", "DP")]
    return vcf_text(rows, declared)


def _of(record: Any, _: Any) -> Consequence:
    return {145: TWICE, 205: UNCHANGED, 480: UNSOLVED}.get(record.pos, Consequence(SKIP))


@pytest.mark.usefixtures("toy")
def test_a_run_with_a_gtf(
    score_small: Score, small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(monkeypatch, _of)
    outputs = ("a.vcf", "a.vcf.gz", "a.bcf", "a.tsv", "a.parquet")
    options = {"annotation": str(gtf_of_small(tmp_path)), "predictor": ("toy", "tissue_toy")}
    done = score_small(_rows(small), *outputs, reach=70, keep_columns="INFO/EVENT,INFO/DP", **options).summary
    assert done.provenance["toy"]["Reach"] == "70"
    found = infos(tmp_path / "a.vcf")
    assert found[0]["GS_TOY_EVENT"] == found[0]["GS_TISSUE_TOY_EVENT"] == "exon_skipping,exon_skipping"
    assert found[0]["EVENT"] == "sv"
    assert "GS_TOY_EVIDENCE" not in found[0], "of an earlier run"
    assert found[4]["GS_TOY_EVENT"] == ".,.", "no gene"
    text = [entry["GS_TOY_HGVS_R"].split(",") for entry in found]
    by_cyvcf2 = [record.INFO["GS_TOY_HGVS_R"].split(",") for record in cyvcf2.VCF(str(tmp_path / "a.vcf.gz"))]
    assert by_cyvcf2 == text
    with pysam.VariantFile(str(tmp_path / "a.bcf")) as bcf:
        records = list(bcf)
    assert [record.info["GS_TOY_EVENT"] for record in records] == [
        tuple(entry["GS_TOY_EVENT"].split(",")) for entry in found
    ]
    assert records[0].info["GS_TOY_EVENT_NT"] == (-60, -60)
    assert records[4].info["GS_TOY_PTC"] == (None, None)
    assert records[0].info["GS_TOY_BEYOND"] == ("DL:-812:0.35&AG:640:0.21",) * 2
    assert done.lost_values == 0
    frame = pd.read_csv(tmp_path / "a.tsv", sep="\t", dtype=str, keep_default_na=False)
    assert list(frame.columns[-len(COLUMNS) - 2 :]) == [*COLUMNS, "INFO/EVENT", "DP"]
    assert list(pd.read_parquet(tmp_path / "a.parquet").columns) == list(frame.columns)
    assert set(frame[frame.POS == "480"].EVENT) == {"unresolved"}
    assert set(frame[frame.POS == "900"].EVENT) == {"."}


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("options", [{"consequences": False}, {"compat": True}, {"annotation": None}])
def test_runs_without(
    score_small: Score, small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    tell(monkeypatch, _of)
    chosen = {"annotation": str(gtf_of_small(tmp_path))} | options
    chosen = {key: value for key, value in chosen.items() if value is not None}
    found = score_small(_rows(small), "a.vcf", "a.tsv", **chosen)
    assert all("GS_TOY_EVENT" not in entry for entry in found.infos)
    assert "EVENT" not in (tmp_path / "a.tsv").read_text().splitlines()[0]
    assert "Reach" not in found.summary.provenance["toy"]


@pytest.mark.usefixtures("toy")
def test_a_table_of_genes_on_request(score_small: Score, small: SmallGenome, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(monkeypatch, _of)
    found = score_small(_rows(small), "a.vcf", consequences=True).infos
    assert found[1]["GS_TOY_EVENT"] == "none,none"


@pytest.mark.usefixtures("toy")
def test_thresholds_and_existing_annotation(
    score_small: Score, small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--min-score leaves out the same records with and without; --keep-existing keeps a record that has a new field."""
    tell(monkeypatch, _of)
    gtf = {"annotation": str(gtf_of_small(tmp_path))}
    places = []
    for on in (True, False):
        done = score_small(_rows(small), "a.vcf", consequences=on, min_score=0.05, **gtf)
        places.append([line.split("\t")[1] for line in (tmp_path / "a.vcf").read_text().splitlines() if line[0] != "#"])
        assert done.summary.left_out == 5 - len(places[-1])
    assert places[0] == places[1]
    kept = score_small(_rows(small), "a.vcf", keep_existing=True, consequences=False, **gtf).infos
    assert kept[0] == {"DP": "1", "GS_TOY_EVENT": "none,none", "GS_TOY_EVIDENCE": "BP4,.", "EVENT": "sv"}


# The page


def test_the_page_names_every_column_and_word() -> None:
    page = (ROOT / "docs" / "consequences.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.+`) \| (INFO)? ?\|", page.split("## Columns and fields")[1], re.MULTILINE)
    named = [(name, bool(mark)) for names, mark in rows for name in re.findall(r"`([A-Z0-9_]+)`", names)]
    assert [name for name, _ in named] == COLUMNS
    assert {name for name, mark in named if mark} == {*INFO, "EVIDENCE"}
    words, reasons = page.split("### Reasons")
    assert re.findall(r"^\| `([a-z_]+)` \|", words, re.MULTILINE) == [*map(str, (*Event, *Frame))]
    code = "".join(path.read_text("utf-8") for path in (ROOT / "genoscore" / "consequences").glob("*.py"))
    given = re.findall(r'(?:reason=|return |reason = |else )"([a-z]+(?:_[a-z]+)+)"', code)
    assert {"several_changes", "cds_gap", "no_cds", "too_many_exons", "site_deleted"} <= set(given)
    assert set(given) <= set(re.findall(r"`([a-z_]+)`", reasons)), "each has a line on the page"
    table = (ROOT / "docs" / "scores.md").read_text(encoding="utf-8").split("## Consequences")[1]
    assert re.findall(r"^\| `([A-Z0-9_]+)` \|", table.split("\n## ")[0], re.MULTILINE) == COLUMNS


# The report


@pytest.mark.usefixtures("toy")
def test_the_summary_counts_events(
    score_small: Score, small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By ALT, in the gene of its largest score; sites beyond the distance in any of its genes."""
    tell(monkeypatch, _of)
    gtf = str(gtf_of_small(tmp_path))
    chosen = {"annotation": gtf, "predictor": ("toy", "tissue_toy"), "distance": 7, "summary": tmp_path / "s.json"}
    done = score_small(_rows(small), "a.vcf", **chosen).summary
    wanted = {Event.EXON_SKIPPING: 4, Event.NONE: 2, Event.UNRESOLVED: 2}
    assert done.events == {"toy": wanted, "tissue_toy": wanted}
    assert done.beyond == {"toy": 4, "tissue_toy": 4}
    notes = [text for text in done.warnings if "BEYOND" in text]
    assert len(notes) == 2
    assert notes[0].startswith("toy: 4 ALTs change a splice site more than 7 bases away by 0.2 or more")
    written = json.loads((tmp_path / "s.json").read_text())
    assert written["events"]["toy"] == {"exon_skipping": 4, "none": 2, "unresolved": 2}
    assert written["beyond_distance"] == {"toy": 4, "tissue_toy": 4}
    assert event_lines(done.events)[0] == "events by toy: exon_skipping 4, unresolved 2, none 2"


@pytest.mark.usefixtures("toy")
def test_a_summary_without_events(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    plain = score_small(_rows(small), "a.vcf", summary=tmp_path / "s.json").summary
    assert (plain.events, event_lines(plain.events)) == ({}, [])
    assert not [text for text in plain.warnings if "BEYOND" in text]
    written = json.loads((tmp_path / "s.json").read_text())
    assert (written["events"], written["beyond_distance"]) == ({}, {})


@pytest.mark.usefixtures("toy")
def test_on_a_terminal(small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, invoke: Invoke) -> None:
    tell(monkeypatch, _of)
    (tmp_path / "in.vcf").write_text(_rows(small))
    arguments = [tmp_path / "in.vcf", "-r", small.fasta, "-a", gtf_of_small(tmp_path), "-p", "toy"]
    done = invoke("score", *arguments, "-o", tmp_path / "a.vcf", "--reach", "60")
    assert "events by toy: exon_skipping 4, unresolved 2, none 2\n" in done.stderr
    assert "toy: 4 ALTs change a splice site more than 50 bases away" in done.stderr
    refused = invoke("score", *arguments, "-o", tmp_path / "b.vcf", "--consequences", "--compat")
    assert refused.exit_code == 1
    assert "leave one of them out" in refused.stderr


def test_the_table_of_a_few_variants(tmp_path: Path) -> None:
    path = _write(tmp_path, [result([[(GENE, 0.9, TWICE)], [(GENE, 0.3, UNCHANGED)]])], Rules([]))["tsv"]
    console = Console(file=io.StringIO(), width=400)
    print_scores(path, console)
    table = console.file.getvalue()  # type: ignore[attr-defined]
    heads = [line.split() for line in table.splitlines() if "variant" in line]
    assert len(heads) == 2
    for head in heads:
        assert head[-4:] == ["EVENT", "EVENT_NT", "FRAME", "BEYOND"]
    assert re.search(r"exon_skipping +-60 +in_frame +DL:-812:0\.35&AG:640:0\.21", table)
    assert not {"EVENT_START", "HGVS_R", "EVENT2", "EVIDENCE"} & set(table.split())
