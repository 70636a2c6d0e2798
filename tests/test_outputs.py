"""What is written: the input's own text, declared fields, TSV rows, filters, provenance."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path

import pyarrow.parquet
import pysam
import pytest

from genoscore.core.errors import ConfigError, OutputError
from tests.conftest import Score
from tests.small import SmallGenome, info, records, vcf_text

pytestmark = pytest.mark.usefixtures("toy")


def _snv(small: SmallGenome, pos: int, contig: str = "chr1") -> str:
    base = small.sequences[contig][pos - 1].upper()
    return f"{contig} {pos} {base} {'A' if base != 'A' else 'C'}"


def _odd_line(small: SmallGenome, pos: int, info_text: str = "UNDECLARED=1;AC=2") -> str:
    contig, at, ref, alt = _snv(small, pos).split()
    return "\t".join([contig, at, "rs1;rs2", ref, alt, "13719.050", "odd_filter", info_text, "GT:XX", "0/1:7", "./.:."])


def test_lines_keep_their_bytes(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    lines = [_odd_line(small, 121), _odd_line(small, 131, "."), _odd_line(small, 901, "END=5;END=6;FLAG")]
    header = '##FORMAT=<ID=GT,Number=1,Type=String,Description="é"\n'.strip()
    text = vcf_text(lines, [header]).replace("INFO\n", "INFO\tFORMAT\tS1\tS2\n", 1)
    score_small(text, "out.vcf")
    written = records(tmp_path / "out.vcf")
    for line, columns in zip(lines, written, strict=True):
        before = line.split("\t")
        assert columns[:7] + columns[8:] == before[:7] + before[8:]
        start = "" if before[7] == "." else before[7] + ";"
        assert columns[7].startswith(start)
        assert "GS_TOY_STATUS=" in columns[7][len(start) :]
    assert (tmp_path / "out.vcf").read_text().splitlines()[3] == header


def test_undeclared_keys_reach_bcf(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    line = _odd_line(small, 121).replace("chr1", "1", 1)
    text = vcf_text([line]).replace("INFO\n", "INFO\tFORMAT\tS1\tS2\n", 1)
    score_small(text, "out.bcf", "out.vcf.gz")
    with pysam.VariantFile(str(tmp_path / "out.bcf")) as bcf:
        (record,) = bcf
        assert record.contig == "1"
        assert record.info["UNDECLARED"] == ("1",)
        assert record.filter.keys() == ["odd_filter"]
        assert record.info["GS_TOY_STATUS"] == ("SCORED",)
    assert (tmp_path / "out.bcf.csi").exists()
    assert (tmp_path / "out.vcf.gz.tbi").exists()


def test_every_output_in_one_pass(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    rows = [_snv(small, pos) for pos in range(101, 900, 40)]
    names = ("a.vcf", "a.vcf.gz", "a.vcf.bgz", "a.bcf", "a.tsv", "a.tsv.gz", "a.parquet")
    score_small(vcf_text(rows), *names)
    plain = (tmp_path / "a.vcf").read_text()
    assert gzip.decompress((tmp_path / "a.vcf.gz").read_bytes()).decode() == plain
    assert gzip.decompress((tmp_path / "a.vcf.bgz").read_bytes()).decode() == plain
    assert gzip.decompress((tmp_path / "a.tsv.gz").read_bytes()).decode() == (tmp_path / "a.tsv").read_text()
    with pysam.VariantFile(str(tmp_path / "a.bcf")) as bcf:
        assert [record.pos for record in bcf] == [int(row.split()[1]) for row in rows]
    table = pyarrow.parquet.read_table(tmp_path / "a.parquet")
    tsv = [line.split("\t") for line in (tmp_path / "a.tsv").read_text().splitlines()]
    assert table.column_names == tsv[0]
    assert table["POS"].to_pylist() == [int(cells[1]) for cells in tsv[1:]]
    left = {path.name for path in tmp_path.iterdir()} - {"in.vcf", *names}
    assert left == {"a.vcf.gz.tbi", "a.vcf.bgz.tbi", "a.bcf.csi"}


def test_unsorted_output_has_no_index_and_an_old_one_goes(
    score_small: Score, small: SmallGenome, tmp_path: Path
) -> None:
    (tmp_path / "a.vcf.gz.tbi").write_text("of another file")
    score_small(vcf_text([_snv(small, 300), _snv(small, 200)]), "a.vcf.gz")
    assert not (tmp_path / "a.vcf.gz.tbi").exists()


def test_tsv_has_one_row_per_alt_and_gene(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    base = small.sequences["chr1"][479]
    alts = ",".join(other for other in "ACGT" if other != base) + ",*"
    score_small(vcf_text([f"chr1 480 {base} {alts}", _snv(small, 901)]), "a.tsv", "a.vcf")
    header, *rows = [line.split("\t") for line in (tmp_path / "a.tsv").read_text().splitlines()]
    assert header[:12] == "CHROM POS ID REF ALT PREDICTOR STATUS GENE GENE_ID STRAND MAX BAND".split()
    assert header[12:] == "DS_AG DS_AL DS_DG DS_DL DP_AG DP_AL DP_DG DP_DL SD TRANSCRIPT ABS".split()
    assert [(row[4], row[6], row[7], row[9]) for row in rows[:2]] == [
        (alts[0], "SCORED", "PLUS", "+"),
        (alts[0], "SCORED", "MINUS", "-"),
    ]
    assert [row[6] for row in rows[6:]] == ["STAR", "NO_GENE"]
    assert set(rows[6][7:]) == {"."}
    strings = info(records(tmp_path / "a.vcf")[0])["SpliceAI"].split(",")
    for string, row in zip(strings, rows, strict=False):
        scores, places = string.split("|")[2:6], string.split("|")[6:]
        assert row[12:16] == scores
        assert row[16:20] == [place if score != "0.00" else "." for score, place in zip(scores, places, strict=True)], (
            "no place without a score"
        )


def test_max_band_and_gene_agree_with_the_strings(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    rows = [_snv(small, pos) for pos in range(101, 800, 3)]
    score_small(vcf_text(rows), "a.vcf")
    seen = set()
    for columns in records(tmp_path / "a.vcf"):
        found = info(columns)
        parts = [one.split("|") for one in found["SpliceAI"].split(",")]
        largest = max(max(map(float, part[2:6])) for part in parts)
        assert float(found["GS_TOY_MAX"]) == largest
        assert found["GS_TOY_GENE"] == next(part[1] for part in parts if max(map(float, part[2:6])) == largest)
        wanted = (
            "very_high" if largest >= 0.8 else "high" if largest >= 0.5 else "moderate" if largest >= 0.2 else "low"
        )
        assert found["GS_TOY_BAND"] == wanted
        seen.add(wanted)
    assert {"low", "moderate"} <= seen


@pytest.mark.parametrize(("option", "value", "least"), [("min_score", 0.2, 0.2), ("min_band", "moderate", 0.2)])
def test_filters_leave_out_and_count(
    score_small: Score, small: SmallGenome, tmp_path: Path, option: str, value: object, least: float
) -> None:
    rows = [_snv(small, pos) for pos in range(101, 800, 3)] + ["chr9 5 A C"]
    score_small(vcf_text(rows), "all.vcf")
    done = score_small(vcf_text(rows), "some.vcf", **{option: value}).summary
    everything = [(one, info(one)["GS_TOY_MAX"]) for one in records(tmp_path / "all.vcf")]
    wanted = [one for one, largest in everything if largest == "." or float(largest) >= least]
    assert records(tmp_path / "some.vcf") == wanted
    assert wanted[-1][0] == "chr9", "a record with an error status is always written"
    assert (done.written, done.left_out) == (len(wanted), len(rows) - len(wanted))
    assert done.left_out > 10


def test_annotating_twice_replaces_or_keeps(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    rows = [_snv(small, pos) for pos in range(101, 500, 40)]
    first = score_small(vcf_text(rows), "one.vcf").summary
    assert first.replaced == 0
    text = (tmp_path / "one.vcf").read_text()
    again = score_small(text.replace("GS_TOY_MAX=0", "GS_TOY_MAX=7"), "two.vcf").summary
    assert again.replaced == len(rows)
    assert len(again.warnings) == 1
    assert records(tmp_path / "two.vcf") == records(tmp_path / "one.vcf")
    two = (tmp_path / "two.vcf").read_text()
    assert two.count("##genoscore=<ID=TOY") == 1
    assert two.count("##INFO=<ID=SpliceAI,") == 1
    changed = text.replace("GS_TOY_MAX=0", "GS_TOY_MAX=7")
    mixed = changed + "\t".join(["chr1", "490", ".", *_snv(small, 490).split()[2:], ".", ".", "."]) + "\n"
    kept = score_small(mixed, "three.vcf", "three.tsv", "three.parquet", keep_existing=True).summary
    three = records(tmp_path / "three.vcf")
    assert three[:-1] == [line.split("\t") for line in changed.splitlines() if line[0] != "#"]
    assert info(three[-1])["GS_TOY_STATUS"] == "SCORED"
    assert kept.status["toy"]["KEPT"] == len(rows)
    assert (tmp_path / "three.tsv").read_text().count("\tKEPT\t") == len(rows)
    assert pyarrow.parquet.read_table(tmp_path / "three.parquet")["STATUS"].to_pylist().count("KEPT") == len(rows)


def test_regions(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    rows = [_snv(small, pos) for pos in (101, 200, 201, 300)] + [_snv(small, 320, "chr2")]
    done = score_small(vcf_text(rows), "a.vcf", region="1:200-201").summary
    assert [one[1] for one in records(tmp_path / "a.vcf")] == ["200", "201"]
    assert done.outside_regions == 3
    bed = tmp_path / "r.bed"
    bed.write_text("# comment\nchr1\t100\t101\nchr2\t0\t1000\n")
    score_small(vcf_text(rows), "b.vcf", regions_file=bed)
    assert [one[1] for one in records(tmp_path / "b.vcf")] == ["101", "320"]


def test_header_tells_how_it_was_made(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    score_small(vcf_text([_snv(small, 121)]), "a.vcf", distance=7, mask="site", command='genoscore "x y"')
    (line,) = [one for one in (tmp_path / "a.vcf").read_text().splitlines() if one.startswith("##genoscore=")]
    for part in (
        "ID=TOY,",
        "Version=",
        'Command="genoscore \\"x y\\""',
        "WeightsSHA256=",
        "Distance=7",
        "Mask=site",
        "Precision=fp32",
    ):
        assert part in line


def test_contigs_are_added_in_the_input_spelling(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    text = "".join(
        line + "\n" for line in vcf_text([_snv(small, 121).removeprefix("chr")]).splitlines() if "contig" not in line
    )
    score_small(text, "a.vcf")
    lines = (tmp_path / "a.vcf").read_text().splitlines()
    assert "##contig=<ID=1,length=1200>" in lines
    assert "##contig=<ID=chr1,length=1200>" not in lines


def test_no_records_is_fine(score_small: Score, tmp_path: Path) -> None:
    done = score_small(vcf_text([]), "a.vcf", "a.vcf.gz", "a.bcf", "a.tsv", "a.parquet").summary
    assert done.records == 0
    assert pyarrow.parquet.read_table(tmp_path / "a.parquet").num_rows == 0
    assert (tmp_path / "a.vcf").read_text().count("##INFO=<ID=GS_TOY_MAX") == 1
    with pysam.VariantFile(str(tmp_path / "a.bcf")) as bcf:
        assert list(bcf) == []


def test_summary_json(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    score_small(vcf_text([_snv(small, 121), _snv(small, 901)]), "a.vcf", summary=tmp_path / "s.json")
    found = json.loads((tmp_path / "s.json").read_text())
    assert found["schema_version"] == 1
    assert found["records"] == found["written"] == 2
    assert found["status"] == {"toy": {"SCORED": 1, "NO_GENE": 1}}
    assert {"load", "read", "plan", "network", "write", "total"} <= set(found["seconds"])
    assert found["top"][0]["variant"].startswith("chr1:121 ")


def test_bcftools_reads_what_is_written(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    if subprocess.run(["which", "bcftools"], capture_output=True, check=False).returncode:
        pytest.skip("bcftools is not installed (Debian: bcftools)")
    base = small.sequences["chr1"][479]
    rows = [
        _snv(small, 121),
        f"chr1 480 {base} {','.join(other for other in 'ACGT' if other != base)}",
        _snv(small, 901),
    ]
    score_small(vcf_text(rows), "a.vcf.gz", "a.bcf")

    def bcftools(*arguments: str) -> str:
        done = subprocess.run(["bcftools", *arguments], capture_output=True, text=True, check=True)
        assert "[" not in done.stderr, "bcftools warns as [W::...]"
        return done.stdout

    for name in ("a.vcf.gz", "a.bcf"):
        path = str(tmp_path / name)
        assert bcftools("view", "-H", path).count("\n") == 3
        assert bcftools("view", "-H", path, "chr1:480-480").count("\n") == 1
        assert bcftools("norm", "-m-", path).count("GS_TOY_STATUS=SCORED;") == 4
        values = bcftools("query", "-f", "%INFO/GS_TOY_MAX\n", path).split()
        assert values[2] == "."
        wanted = sum(any(float(one) >= 0.05 for one in value.split(",") if one != ".") for value in values)
        assert bcftools("view", "-H", "-i", "GS_TOY_MAX>=0.05", path).count("\n") == wanted
        bcftools("index", "-f", path)


def test_bcf_is_typed(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    """Every GS_* field in BCF has the type of its header line: numbers are numbers, missing is missing."""
    base = small.sequences["chr1"][479]
    alts = [other for other in "ACGT" if other != base]
    rows = [f"chr1 480 {base} {alts[0]},*,{alts[1]}", _snv(small, 901), f"chr1 902 {small.sequences['chr1'][901]} ."]
    score_small(vcf_text(rows), "a.bcf", "a.vcf")
    text = [info(columns) for columns in records(tmp_path / "a.vcf")]
    kinds = {"Float": float, "Integer": int, "String": str}
    with pysam.VariantFile(str(tmp_path / "a.bcf")) as bcf:
        declared = {key: one for key, one in bcf.header.info.items() if key.startswith("GS_")}
        assert {one.type for one in declared.values()} == set(kinds)
        assert {one.number for one in declared.values()} == {"A"}
        assert {key for key, one in declared.items() if one.type == "Integer"} == {
            f"GS_TOY_DP_{kind}" for kind in ("AG", "AL", "DG", "DL")
        }
        first, second, third = (dict(record.info) for record in bcf)
    for key, one in declared.items():
        kind = kinds[one.type]
        for value, cell in zip(first[key], text[0][key].split(","), strict=True):
            if cell == ".":
                assert value in (None, "."), key  # htslib keeps a vector of strings as one string
                assert kind is str or value is None, key
            else:
                assert type(value) is kind, key
                assert value == (pytest.approx(float(cell)) if kind is float else kind(cell)), key
        assert second[key] == (("NO_GENE",) if key == "GS_TOY_STATUS" else (None,) if kind is not str else (".",)), key
    assert third.keys() == {"GS_TOY_STATUS"}
    assert first["GS_TOY_STATUS"] == ("SCORED", "STAR", "SCORED")


def test_bcftools_compares_numbers_of_bcf(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    if subprocess.run(["which", "bcftools"], capture_output=True, check=False).returncode:
        pytest.skip("bcftools is not installed (Debian: bcftools)")
    rows = [_snv(small, pos) for pos in range(101, 800, 7)] + [_snv(small, 901)]
    score_small(vcf_text(rows), "a.bcf", "a.vcf")
    found = [(columns[1], info(columns)) for columns in records(tmp_path / "a.vcf")]

    def passing(expression: str) -> list[str]:
        command = ["bcftools", "query", "-i", expression, "-f", "%POS\n", str(tmp_path / "a.bcf")]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    scored = [(pos, one) for pos, one in found if one["GS_TOY_MAX"] != "."]
    for key in ("GS_TOY_DP_AG", "GS_TOY_DP_AL", "GS_TOY_DP_DG", "GS_TOY_DP_DL"):
        places = [int(one[key]) for _, one in scored]
        edge = sorted(places)[len(places) // 2]
        assert passing(f"{key}>{edge}") == [pos for (pos, _), at in zip(scored, places, strict=True) if at > edge]
    assert passing("GS_TOY_DS_AG>0.095") == [pos for pos, one in scored if float(one["GS_TOY_DS_AG"]) > 0.095]
    assert passing('GS_TOY_MAX="."') == passing('GS_TOY_STATUS="NO_GENE"') == ["901"]
    # bcftools takes a missing integer for a very small one, in VCF as in BCF.
    low = passing('GS_TOY_DP_AG<-9 && GS_TOY_STATUS="SCORED"')
    assert low == [pos for pos, one in scored if int(one["GS_TOY_DP_AG"]) < -9]
    assert 0 < len(low) < len(scored)


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(
    ("names", "options"),
    [
        (["o.vcf.gz"], {"summary": "o.vcf.gz.tbi"}),
        (["o.bcf"], {"summary": "o.bcf.csi"}),
        (["link.vcf.gz"], {"summary": "o.vcf.gz.csi"}),
        (["o.vcf"], {"summary": "o.vcf.genoscore-journal", "resume": True}),
    ],
)
def test_files_that_a_run_makes_beside_an_output_are_not_its_summary(
    names: list[str], options: dict[str, object], score_small: Score, tmp_path: Path
) -> None:
    (tmp_path / "link.vcf.gz").symlink_to("o.vcf.gz")
    options["summary"] = tmp_path / str(options["summary"])
    with pytest.raises(ConfigError, match="is also an input or another output of this run"):
        score_small(["chr1 121 A C"], *names, **options)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.vcf", "link.vcf.gz"]


@pytest.mark.usefixtures("toy")
def test_an_index_does_not_replace_an_input(small: SmallGenome, score_small: Score, tmp_path: Path) -> None:
    genes = tmp_path / "o.vcf.gz.tbi"
    genes.write_bytes(small.genes.read_bytes())
    with pytest.raises(ConfigError, match=r"the index of output \S+o\.vcf\.gz is also an input"):
        score_small(["chr1 121 A C"], "o.vcf.gz", annotation=str(genes))
    assert genes.read_bytes() == small.genes.read_bytes()


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("name", ["o" * 256 + ".vcf", "o" * 246 + ".vcf.gz"])
def test_a_name_too_long_is_said_before_any_work(name: str, score_small: Score, tmp_path: Path) -> None:
    """The second is the output's index: 257 bytes."""
    with pytest.raises(OutputError, match="its name, or its index's, is too long"):
        score_small(["chr1 121 A C"], name, annotation=str(tmp_path / "is not opened.tsv"))
