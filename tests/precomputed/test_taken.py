"""What a file of `--precomputed` holds is taken, and what it lacks is computed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyarrow.parquet
import pysam
import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import InputError
from genoscore.engine.summary import RunSummary
from genoscore.inputs.declared import declaration
from genoscore.planning.chunks import make_chunks
from genoscore.scoring import run as scoring_run
from tests.conftest import Score
from tests.precomputed.score_files import edited, gz_text, other_base, row_at
from tests.small import SmallGenome, infos

pytestmark = pytest.mark.usefixtures("toy")


def test_taken_where_held_computed_elsewhere(
    score_small: Score, small: SmallGenome, tmp_path: Path, made: Path
) -> None:
    base = small.sequences["chr1"][479]
    rows = [
        row_at(small, 121),
        f"chr1 480 {base} {other_base(base, 2)},*,{other_base(base)}",
        row_at(small, 505),
        row_at(small, 901),
        f"chr1 902 {small.sequences['chr1'][901]} .",
        row_at(small, 320, contig="chr2"),
    ]
    names = ("a.vcf", "a.tsv", "a.parquet", "a.bcf")
    done = score_small(rows, *names, precomputed=str(made), summary=tmp_path / "s.json").summary
    plain = score_small(rows, "b.vcf", "b.tsv").summary
    found, wanted = infos(tmp_path / "a.vcf"), infos(tmp_path / "b.vcf")
    assert [one.pop("GS_TOY_SOURCE", None) for one in found] == [
        "precomputed", "computed,.,precomputed", "computed", ".", None, "precomputed"
    ]  # fmt: skip
    spreads = [one.pop("GS_TOY_SD", None) for one in found]
    assert [spread and spread.split(",")[-1] == "." for spread in spreads] == [True, True, False, True, None, True]
    assert spreads[2] == wanted[2]["GS_TOY_SD"], "a string of a peer has no spread"
    assert found == [{key: text for key, text in one.items() if key != "GS_TOY_SD"} for one in wanted]
    header, *lines = [line.split("\t") for line in (tmp_path / "a.tsv").read_text().splitlines()]
    before = [line.split("\t") for line in (tmp_path / "b.tsv").read_text().splitlines()]
    assert [cells[:-4] for cells in (header, *lines)] == [cells[:-3] for cells in before]
    assert header[-4:] == ["SD", "TRANSCRIPT", "SOURCE", "ABS"]
    sources = [cells[-2] for cells in lines]
    assert sources == ["precomputed", *["computed"] * 2, ".", *["precomputed"] * 2, "computed", ".", ".", "precomputed"]
    table = pyarrow.parquet.read_table(tmp_path / "a.parquet")
    assert [value or "." for value in table["SOURCE"].to_pylist()] == sources
    assert table["MAX"].to_pylist()[0] == pytest.approx(float(lines[0][10]))
    with pysam.VariantFile(str(tmp_path / "a.bcf")) as bcf:
        assert next(iter(bcf)).info["GS_TOY_SOURCE"] == ("precomputed",)
        assert bcf.header.info["GS_TOY_SOURCE"].number == "A"
    counts = {"taken": 4, "lacking": 2, "other_symbols": 0, "ambiguous": 0, "unreadable": 0}
    assert json.loads((tmp_path / "s.json").read_text())["precomputed"] == {"toy": counts}
    assert plain.precomputed == {}
    assert done.pairs == plain.pairs
    assert done.warnings == []


def test_what_is_written_comes_from_the_file(
    score_small: Score, small: SmallGenome, tmp_path: Path, made: Path
) -> None:
    (string,) = re.findall(r"\t121\t.*SpliceAI=([^;]+)", gz_text(made))
    changed = edited(
        made, lambda text: text.replace(string, string.split("|")[0] + "|PLUS|0.01|-0.00|0.87|0.02|5|-7|9|-50")
    )
    done = score_small([row_at(small, 121)], "a.vcf", precomputed=str(changed)).summary
    (one,) = infos(tmp_path / "a.vcf")
    assert one["SpliceAI"].split("|")[1:] == ["PLUS", "0.01", "0.00", "0.87", "0.02", "5", "-7", "9", "-50"]
    assert (one["GS_TOY_MAX"], one["GS_TOY_BAND"], one["GS_TOY_DP_DG"]) == ("0.87", "very_high", "9")
    assert done.screened == 0
    line = next(line for line in (tmp_path / "a.vcf").read_text().splitlines() if line.startswith("##genoscore="))
    held = declaration(line)["Precomputed"]
    assert re.fullmatch(rf"changed\.vcf\.gz;header [0-9a-f]{{16}};{changed.stat().st_size} bytes", held)


def test_trimmed_and_padded_forms(score_small: Score, small: SmallGenome, tmp_path: Path, made: Path) -> None:
    bases = small.sequences["chr1"]
    padded = f"chr1 119 {bases[118:122]} {bases[118:120]}{other_base(bases[120])}{bases[121]}"
    score_small([padded], "plain.vcf")
    done = score_small([padded], "a.vcf", precomputed=str(made)).summary
    assert done.precomputed["toy"]["taken"] == 1
    (one,), (wanted,) = infos(tmp_path / "a.vcf"), infos(tmp_path / "plain.vcf")
    assert one.pop("GS_TOY_SOURCE") == "precomputed"
    wanted["GS_TOY_SD"] = "."
    assert one == wanted, "DP_* count from the record's own POS, two bases before the file's"
    score_small([padded], "padded.vcf.gz")
    done = score_small([padded], "b.vcf", precomputed=str(tmp_path / "padded.vcf.gz")).summary
    assert done.precomputed["toy"]["taken"] == 1
    assert infos(tmp_path / "b.vcf")[0] == {**wanted, "GS_TOY_SOURCE": "precomputed"}
    done = score_small([row_at(small, 121)], "c.vcf", precomputed=str(tmp_path / "padded.vcf.gz")).summary
    assert done.precomputed["toy"] == {"taken": 0, "lacking": 1, "other_symbols": 0, "ambiguous": 0, "unreadable": 0}


def test_contigs_with_and_without_chr(score_small: Score, small: SmallGenome, made: Path) -> None:
    bare = edited(made, lambda text: re.sub(r"^chr", "", text.replace("ID=chr", "ID="), flags=re.MULTILINE))
    for file in (made, bare):
        for row in (row_at(small, 121), row_at(small, 121).removeprefix("chr")):
            done = score_small([row], "a.vcf", precomputed=str(file)).summary
            assert done.precomputed["toy"]["taken"] == 1


def test_several_files(score_small: Score, small: SmallGenome, tmp_path: Path, made: Path) -> None:
    base = small.sequences["chr1"][129]
    insertion = row_at(small, 130, f"{base}G{other_base(base)}")  # left-aligned
    score_small([insertion], "indel.vcf.gz")
    files = (f"toy={made}", f"toy={tmp_path / 'indel.vcf.gz'}")
    done = score_small([row_at(small, 121), insertion], "a.vcf", precomputed=files).summary
    assert done.precomputed["toy"]["taken"] == 2
    header = (tmp_path / "a.vcf").read_text()
    assert "made.vcf.gz;header " in header
    assert "indel.vcf.gz;header " in header


def test_compat_keeps_the_sign_of_zero(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    score_small([row_at(small, 480)], "made.vcf.gz", compat=True)
    (zero,) = set(re.findall(r"SpliceAI=[^;|]+\|PLUS\|([^;,]+)", gz_text(tmp_path / "made.vcf.gz")))
    made = edited(tmp_path / "made.vcf.gz", lambda text: text.replace(zero, "-0.00|0.01|0.00|0.00|1|2|3|4"))
    score_small([row_at(small, 480)], "a.vcf", compat=True, precomputed=str(made))
    assert "|PLUS|-0.00|0.01|0.00|0.00|1|2|3|4" in infos(tmp_path / "a.vcf")[0]["SpliceAI"]


class _Stop(scoring_run.Observer):
    def advance(self, summary: RunSummary) -> None:
        if summary.records > 5:
            raise KeyboardInterrupt


def test_resumed(
    score_small: Score, small: SmallGenome, tmp_path: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genoscore.scoring.opening.make_chunks", lambda found, _: make_chunks(found, max_records=2))
    rows = [row_at(small, pos) for pos in (110, 115, 121, 130, 260, 270, 460, 480, 490, 700)]
    names = ("o.vcf.gz", "o.tsv", "o.parquet")
    score_small(rows, *names, precomputed=str(made), resume=True)
    whole = {name: (tmp_path / name).read_bytes() for name in names}
    config = RunConfig(
        str(tmp_path / "in.vcf"), small.fasta, tuple(str(tmp_path / name) for name in names), ("toy",),
        annotation=str(small.genes), precomputed=(str(made),), resume=True,
    )  # fmt: skip
    with pytest.raises(KeyboardInterrupt):
        scoring_run.score_vcf(config, _Stop())
    journal = tmp_path / "o.vcf.gz.genoscore-journal"
    assert journal.read_text().count("\n") > 2
    done = scoring_run.score_vcf(config)
    assert {name: (tmp_path / name).read_bytes() for name in names} == whole
    assert done.precomputed["toy"]["taken"] == 8
    with pytest.raises(KeyboardInterrupt):
        scoring_run.score_vcf(config, _Stop())
    Path(made).touch()
    with pytest.raises(InputError, match="--resume: size and time of"):
        scoring_run.score_vcf(config)


def test_annotating_again_without_it_takes_the_source_out(
    score_small: Score, small: SmallGenome, tmp_path: Path, made: Path
) -> None:
    score_small([row_at(small, 121)], "a.vcf", precomputed=str(made))
    config = RunConfig(
        str(tmp_path / "a.vcf"), small.fasta, (str(tmp_path / "b.vcf"),), ("toy",), annotation=str(small.genes)
    )
    scoring_run.score_vcf(config)
    assert "SOURCE" not in (tmp_path / "b.vcf").read_text()
