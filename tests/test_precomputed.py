"""`--precomputed`: what a file holds is taken, what it lacks is computed, what does not fit is refused in one line."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet
import pysam
import pytest

from genoscore.core.config import RunConfig, Stated, read_toml
from genoscore.core.errors import ConfigError, GenoscoreError, InputError
from genoscore.engine import known
from genoscore.engine.summary import RunSummary
from genoscore.inputs.declared import declaration
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.genes import load_gene_models
from genoscore.inputs.precomputed import Alleles
from genoscore.inputs.vcf import Record
from genoscore.outputs.vcf_header import provenance_line
from genoscore.planning.chunks import make_chunks
from genoscore.planning.jobs import JobBuilder
from genoscore.predictors import registry
from genoscore.scoring import run as scoring_run
from tests.conftest import Run, Score
from tests.small import SmallGenome, infos, vcf_text

pytestmark = pytest.mark.usefixtures("toy")

ILLUMINA = (
    '##INFO=<ID=SpliceAI,Number=.,Type=String,Description="SpliceAIv1.3 variant annotation. '
    'Format: ALLELE|SYMBOL|DS_AG|DS_AL|DS_DG|DS_DL|DP_AG|DP_AL|DP_DG|DP_DL">'
)
AS_HERE = "distance=50,mask=none"


def _pack(text: str, path: Path) -> Path:
    """Text, bgzipped and indexed."""
    plain = path.with_suffix("")
    plain.write_text(text)
    pysam.tabix_compress(str(plain), str(path), force=True)
    pysam.tabix_index(str(path), preset="vcf", force=True)
    return path


def _edit(path: Path, change: Callable[[str], str]) -> Path:
    """The same file with its text changed."""
    with pysam.BGZFile(str(path)) as file:
        text = file.read().decode()
    assert change(text) != text
    return _pack(change(text), path.with_name("changed.vcf.gz"))


def _row(small: SmallGenome, pos: int, alt: str = "", contig: str = "chr1") -> str:
    base = small.sequences[contig][pos - 1]
    return f"{contig} {pos} {base} {alt or _other(base)}"


def _other(base: str, turn: int = 1) -> str:
    return "ACGT"[("ACGT".index(base) + turn) % 4]


@pytest.fixture
def made(score_small: Score, small: SmallGenome, tmp_path: Path) -> Path:
    """A file that genoscore made: SNVs of chr1 and chr2, two of an overlap of genes, a record with a wrong REF."""
    rows = [_row(small, pos) for pos in (110, 121, 260, 460, 480, 700)] + [_row(small, 320, contig="chr2")]
    rows.insert(2, f"chr1 200 {_other(small.sequences['chr1'][199])} <DEL>,{small.sequences['chr1'][199]}")
    score_small(rows, "made.vcf.gz")
    return tmp_path / "made.vcf.gz"


@pytest.fixture
def refused(score_small: Score, small: SmallGenome, tmp_path: Path) -> Callable[..., None]:
    """That a run with this file ends in one line with these words, and has no output."""

    def check(file: Path | str, *words: str, **options: object) -> None:
        with pytest.raises(GenoscoreError) as caught:
            score_small([_row(small, 121)], "refused.vcf", precomputed=str(file), **options)
        line = caught.value.one_line()
        for word in words:
            assert word in line, line
        assert not (tmp_path / "refused.vcf").exists()

    return check


def test_taken_where_held_computed_elsewhere(
    score_small: Score, small: SmallGenome, tmp_path: Path, made: Path
) -> None:
    base = small.sequences["chr1"][479]
    rows = [
        _row(small, 121),
        f"chr1 480 {base} {_other(base, 2)},*,{_other(base)}",
        _row(small, 505),
        _row(small, 901),
        f"chr1 902 {small.sequences['chr1'][901]} .",
        _row(small, 320, contig="chr2"),
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
    assert [cells[:-3] for cells in (header, *lines)] == [cells[:-2] for cells in before]
    assert header[-3:] == ["SD", "TRANSCRIPT", "SOURCE"]
    sources = [cells[-1] for cells in lines]
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
    changed = _edit(
        made, lambda text: text.replace(string, string.split("|")[0] + "|PLUS|0.01|-0.00|0.87|0.02|5|-7|9|-50")
    )
    done = score_small([_row(small, 121)], "a.vcf", precomputed=str(changed)).summary
    (one,) = infos(tmp_path / "a.vcf")
    assert one["SpliceAI"].split("|")[1:] == ["PLUS", "0.01", "0.00", "0.87", "0.02", "5", "-7", "9", "-50"]
    assert (one["GS_TOY_MAX"], one["GS_TOY_BAND"], one["GS_TOY_DP_DG"]) == ("0.87", "very_high", "9")
    assert done.screened == 0
    line = next(line for line in (tmp_path / "a.vcf").read_text().splitlines() if line.startswith("##genoscore="))
    held = declaration(line)["Precomputed"]
    assert re.fullmatch(rf"changed\.vcf\.gz;header [0-9a-f]{{16}};{changed.stat().st_size} bytes", held)


def gz_text(path: Path) -> str:
    """The text of a bgzipped file."""
    with pysam.BGZFile(str(path)) as file:
        text: str = file.read().decode()
    return text


def test_trimmed_and_padded_forms(score_small: Score, small: SmallGenome, tmp_path: Path, made: Path) -> None:
    bases = small.sequences["chr1"]
    padded = f"chr1 119 {bases[118:122]} {bases[118:120]}{_other(bases[120])}{bases[121]}"
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
    done = score_small([_row(small, 121)], "c.vcf", precomputed=str(tmp_path / "padded.vcf.gz")).summary
    assert done.precomputed["toy"] == {"taken": 0, "lacking": 1, "other_symbols": 0, "ambiguous": 0, "unreadable": 0}


def test_contigs_with_and_without_chr(score_small: Score, small: SmallGenome, made: Path) -> None:
    bare = _edit(made, lambda text: re.sub(r"^chr", "", text.replace("ID=chr", "ID="), flags=re.MULTILINE))
    for file in (made, bare):
        for row in (_row(small, 121), _row(small, 121).removeprefix("chr")):
            done = score_small([row], "a.vcf", precomputed=str(file)).summary
            assert done.precomputed["toy"]["taken"] == 1


def test_several_files(score_small: Score, small: SmallGenome, tmp_path: Path, made: Path) -> None:
    insertion = _row(small, 130, small.sequences["chr1"][129] + "GT")
    score_small([insertion], "indel.vcf.gz")
    files = (f"toy={made}", f"toy={tmp_path / 'indel.vcf.gz'}")
    done = score_small([_row(small, 121), insertion], "a.vcf", precomputed=files).summary
    assert done.precomputed["toy"]["taken"] == 2
    header = (tmp_path / "a.vcf").read_text()
    assert "made.vcf.gz;header " in header
    assert "indel.vcf.gz;header " in header


def test_compat_keeps_the_sign_of_zero(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    score_small([_row(small, 480)], "made.vcf.gz", compat=True)
    (zero,) = set(re.findall(r"SpliceAI=[^;|]+\|PLUS\|([^;,]+)", gz_text(tmp_path / "made.vcf.gz")))
    made = _edit(tmp_path / "made.vcf.gz", lambda text: text.replace(zero, "-0.00|0.01|0.00|0.00|1|2|3|4"))
    score_small([_row(small, 480)], "a.vcf", compat=True, precomputed=str(made))
    assert "|PLUS|-0.00|0.01|0.00|0.00|1|2|3|4" in infos(tmp_path / "a.vcf")[0]["SpliceAI"]


def test_declared_otherwise(refused: Callable[..., None], made: Path) -> None:
    refused(made, "was made with distance 50, this run has 20", "give -d 50", distance=20)
    refused(made, "was made with mask none, this run has site", "give -m none", mask="site")
    refused(made, "was made with --compat off, this run has true", compat=True)
    weights = _edit(made, lambda text: re.sub("WeightsSHA256=[0-9a-f]", "WeightsSHA256=x", text))
    refused(weights, "was made with weights of SHA-256 x")
    other = _edit(made, lambda text: text.replace("<ID=TOY,", "<ID=OTHER,"))
    refused(other, "holds scores of OTHER, not of TOY")
    rough = _edit(made, lambda text: text.replace("Precision=fp32", "Precision=bf16"))
    refused(rough, "precision bf16, this run has fp32")
    said = {"precomputed_as": "distance=20,mask=none"}
    refused(made, "is said to have (--precomputed-as) distance 20, this run has 50", **said)


def test_each_of_several_earlier_runs_must_agree(refused: Callable[..., None], made: Path) -> None:
    """--keep-existing leaves records of an earlier run beside its own, and a line of each."""
    line = next(line for line in gz_text(made).splitlines() if line.startswith("##genoscore="))
    second = line.replace("ID=TOY,", "ID=TOY.2,").replace("Distance=50", "Distance=40")
    both = _edit(made, lambda text: text.replace(line, line + "\n" + second))
    refused(both, "was made with distance 40")


def test_other_genes_are_refused(
    refused: Callable[..., None], score_small: Score, small: SmallGenome, tmp_path: Path, made: Path
) -> None:
    """By what they are, not by the name of their file: the same name may hold other exons or other transcripts."""
    other = tmp_path / "other"
    other.mkdir()
    rows, options = [_row(small, 121)], {"annotation": str(other / small.genes.name)}
    (other / small.genes.name).write_text(small.genes.read_text())
    done = score_small(rows, "a.vcf", precomputed=str(made), **options).summary
    assert (done.warnings, done.precomputed["toy"]["taken"]) == ([], 1)
    (other / small.genes.name).write_text(small.genes.read_text().replace("100,200,400,", "100,201,400,"))
    refused(made, "was made with other genes or exons", **options)


def test_unknown_genes_are_a_warning(score_small: Score, small: SmallGenome, made: Path) -> None:
    before = _edit(made, lambda text: re.sub(r",Genes=[0-9a-f]+", "", text))
    done = score_small([_row(small, 121)], "a.vcf", precomputed=str(before)).summary
    (warning,) = done.warnings
    assert "does not say with which genes" in warning
    assert done.precomputed["toy"]["taken"] == 1


def test_other_build(refused: Callable[..., None], tmp_path: Path, made: Path) -> None:
    lengths = _edit(made, lambda text: text.replace("ID=chr1,length=1200", "ID=chr1,length=1300"))
    refused(lengths, "another build: its contig chr1 has 1300 bases", "1200")
    swap = str.maketrans("ACGT", "CGTA")

    def wrong_refs(text: str) -> str:
        text = re.sub(r"##contig.*\n", "", text)
        return re.sub(
            r"^(chr\w+\t\d+\t\.\t)(\w)", lambda one: one[1] + one[2].translate(swap), text, flags=re.MULTILINE
        )

    refused(_edit(made, wrong_refs), "another build: 7 of 7 sampled REF alleles")
    (tmp_path / "scores.hg19.vcf.gz").write_bytes(made.read_bytes())
    (tmp_path / "scores.hg19.vcf.gz.tbi").write_bytes(Path(f"{made}.tbi").read_bytes())
    said = {"precomputed_as": f"{AS_HERE},build=grch38"}
    refused(tmp_path / "scores.hg19.vcf.gz", "--precomputed-as says GRCh38, its name says GRCh37", **said)


def test_human_builds_are_compared(tmp_path: Path, small: SmallGenome) -> None:
    fasta, source = tmp_path / "g.fa", tmp_path / "in.vcf"
    fasta.write_text(f">chr21\n{'N' * 46_709_983}\n")  # GRCh38's length
    source.write_text(vcf_text(["chr21 100 A C"]))
    head = f"##fileformat=VCFv4.2\n##reference=GRCh37/hg19\n{ILLUMINA}\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    file = _pack(head + "21\t100\t.\tA\tC\t.\t.\tSpliceAI=C|G|0.00|0.00|0.00|0.00|1|1|1|1\n", tmp_path / "i.vcf.gz")
    config = RunConfig(
        str(source), fasta, (str(tmp_path / "o.vcf"),), ("toy",), annotation=str(small.genes),
        precomputed=(str(file),), precomputed_as=AS_HERE,
    )  # fmt: skip
    with pytest.raises(InputError, match=r"##reference=GRCh37/hg19 says GRCh37, .*g\.fa with .* says GRCh38"):
        scoring_run.score_vcf(config)


def test_other_gene_names(
    refused: Callable[..., None], score_small: Score, small: SmallGenome, tmp_path: Path, made: Path
) -> None:
    renamed = _edit(made, lambda text: re.sub(r"\|(PLUS|MINUS|SHORT)\|", r"|ENSG_\1|", text))
    refused(renamed, "was made with other genes: of 7 variants looked at, 7 have no gene")
    few = _edit(made, lambda text: re.sub(r"(\t260\t.*)\|PLUS\|", r"\1|OLD|", text))
    done = score_small([_row(small, 121), _row(small, 260)], "a.vcf", precomputed=str(few)).summary
    assert [one["GS_TOY_SOURCE"] for one in infos(tmp_path / "a.vcf")] == ["precomputed", "computed"]
    assert done.precomputed["toy"]["other_symbols"] == 1
    assert any("1 ALTs stand there under names of other genes" in warning for warning in done.warnings)


def test_one_of_two_genes_is_not_enough(score_small: Score, small: SmallGenome, tmp_path: Path, made: Path) -> None:
    only = _edit(made, lambda text: re.sub(r"(\t480\t.*SpliceAI=[^,]+),[^;]+", r"\1", text))
    done = score_small([_row(small, 480), _row(small, 460)], "a.vcf", precomputed=str(only)).summary
    assert [one["GS_TOY_SOURCE"] for one in infos(tmp_path / "a.vcf")] == ["computed", "precomputed"]
    assert (done.precomputed["toy"]["taken"], done.precomputed["toy"]["lacking"]) == (2, 1)


def test_files_that_cannot_be_used(
    refused: Callable[..., None], score_small: Score, small: SmallGenome, tmp_path: Path, made: Path
) -> None:
    refused(tmp_path / "no.vcf.gz", "no.vcf.gz does not exist")
    plain = tmp_path / "plain.vcf"
    plain.write_text(gz_text(made))
    refused(plain, "is not bgzipped", "tabix -p vcf")
    whole = made.read_bytes()
    alone = tmp_path / "alone.vcf.gz"
    alone.write_bytes(whole)
    refused(alone, "alone.vcf.gz has no index; run: tabix -p vcf")
    (tmp_path / "alone.vcf.gz.tbi").write_bytes(b"junk")
    refused(alone, "alone.vcf.gz.tbi cannot be read")
    (tmp_path / "alone.vcf.gz.tbi").write_bytes(Path(f"{made}.tbi").read_bytes())
    alone.write_bytes(whole[:-28])
    refused(alone, "truncated")
    alone.write_bytes(whole[:300] + b"\0" * 40 + whole[340:])
    refused(alone, "alone.vcf.gz is not a VCF, or damaged")
    keyless = _edit(made, lambda text: re.sub(r"##INFO=<ID=SpliceAI,.*\n", "", text))
    refused(keyless, "declares no INFO SpliceAI")
    wider = _edit(made, lambda text: text.replace("|DP_DG|DP_DL", "|DP_DG|DP_DL|DS_AG_REF", 1))
    refused(wider, "has the form", "wanted: ALLELE|SYMBOL|DS_AG")
    garbled = _edit(made, lambda text: text.replace("|PLUS|0.", "|PLUS|x"))
    refused(garbled, "strings are not of the form")
    with pytest.raises(ConfigError, match="is also an input"):
        score_small([_row(small, 121)], "made.vcf.gz", precomputed=str(made))


def _illumina(small: SmallGenome, path: Path, rows: list[tuple[int, str]]) -> Path:
    """A file as Illumina publishes them: no chr, one ALT a record, no word of distance and mask."""
    head = ["##fileformat=VCFv4.2", "##fileDate=20191004", "##contig=<ID=1,length=1200>", ILLUMINA]
    lines = [*head, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    for pos, string in rows:
        lines.append(f"1\t{pos}\t.\t{small.sequences['chr1'][pos - 1]}\t{string[0]}\t.\t.\tSpliceAI={string}")
    return _pack("\n".join(lines) + "\n", path)


def _string(
    small: SmallGenome, pos: int, symbol: str, values: str = "0.00|0.00|0.31|0.00|1|2|3|4", turn: int = 1
) -> str:
    return f"{_other(small.sequences['chr1'][pos - 1], turn)}|{symbol}|{values}"


def test_published_files(refused: Callable[..., None], score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    rows = [(pos, _string(small, pos, "PLUS")) for pos in range(110, 400, 10)]
    rows += [(410, _string(small, 410, "PLUS")), (410, _string(small, 410, "PLUS", "0.09|0.00|0.00|0.00|1|2|3|4"))]
    rows += [(420, _string(small, 420, "PLUS")), (420, _string(small, 420, "PLUS"))]
    rows += [(430, _string(small, 430, "PLUS", ".|.|.|.|.|.|.|."))]
    file = _illumina(small, tmp_path / "scores.raw.snv.vcf.gz", rows)
    refused(file, "does not say with which distance and mask", f"--precomputed-as {AS_HERE}")
    refused(file, "mask spliceai, this run has none", precomputed_as="distance=50,mask=spliceai")
    refused(file, "genoscore --compat", compat=True, precomputed_as=AS_HERE)
    gtf = tmp_path / "a.gtf"
    gtf.write_text('1\tx\texon\t101\t500\t.\t+\t.\tgene_id "G"; gene_name "PLUS"; transcript_id "T";\n')
    chosen = {"annotation": str(gtf), "transcripts": "T"}
    refused(file, "--transcripts T", precomputed_as=AS_HERE, **chosen)
    asked = [_row(small, pos) for pos in (110, 410, 420, 430, 440)]
    done = score_small(asked, "a.vcf", precomputed=str(file), precomputed_as=AS_HERE).summary
    found = infos(tmp_path / "a.vcf")
    sources = [one["GS_TOY_SOURCE"] for one in found]
    assert sources == ["precomputed", "computed", "precomputed", "computed", "computed"], "contradictions are computed"
    assert (found[0]["GS_TOY_MAX"], found[0]["GS_TOY_DP_DG"]) == ("0.31", "3")
    counts = {"taken": 2, "lacking": 2, "other_symbols": 0, "ambiguous": 1, "unreadable": 0}
    assert done.precomputed == {"toy": counts}
    assert any("1 ALTs have several scores for a gene" in warning for warning in done.warnings)


def test_damage_in_the_middle(refused: Callable[..., None], small: SmallGenome, tmp_path: Path) -> None:
    rows = [(pos, _string(small, pos, "PLUS")) for pos in range(1, 1200)]
    file = _illumina(small, tmp_path / "i.vcf.gz", rows)
    file = _edit(file, lambda text: re.sub("\tSpliceAI", lambda _: f"\tX={os.urandom(60).hex()};SpliceAI", text))
    whole = file.read_bytes()
    half = len(whole) // 2
    file.write_bytes(whole[:half] + b"\0" * 40 + whole[half + 40 :])
    refused(file, "changed.vcf.gz or its index is damaged", "at 1:", precomputed_as=AS_HERE)


def test_older_index_is_a_warning(score_small: Score, small: SmallGenome, made: Path) -> None:
    os.utime(f"{made}.tbi", (1, 1))
    done = score_small([_row(small, 121)], "a.vcf", precomputed=str(made)).summary
    (warning,) = done.warnings
    assert re.search(r"tbi is older than .*; if that has changed, run: tabix", warning)
    assert done.precomputed["toy"]["taken"] == 1


def test_on_the_command_line(genoscore_with_toy: Run, small: SmallGenome, tmp_path: Path) -> None:
    file = _illumina(small, tmp_path / "i.vcf.gz", [(110, _string(small, 110, "PLUS"))])
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text([_row(small, 110), _row(small, 901)]))
    command = ["score", source, "-r", small.fasta, "-a", small.genes, "-p", "toy", "-o", tmp_path / "o.vcf"]
    done = genoscore_with_toy(*command, "--precomputed", f"toy={file}", "--precomputed-as", AS_HERE)
    assert done.returncode == 0, done.stderr
    assert "toy: 1 variant x gene pairs taken from files, the others computed" in done.stderr
    assert infos(tmp_path / "o.vcf")[0]["GS_TOY_SOURCE"] == "precomputed"


def test_a_larger_distance_shows(refused: Callable[..., None], small: SmallGenome, tmp_path: Path) -> None:
    rows = [(110, _string(small, 110, "PLUS", "0.00|0.00|0.31|0.00|1|2|-155|4"))]
    file = _illumina(small, tmp_path / "i.vcf.gz", rows)
    refused(file, "at chr1:110 a DP is 155 bases from POS", "distance 50", precomputed_as=AS_HERE)


def test_gene_names_are_judged_on_the_way(small: SmallGenome, monkeypatch: pytest.MonkeyPatch) -> None:
    class Files:
        name, unreadable = "f.vcf.gz", 0

        def find(self, wanted):
            return {one: {"OTHER": {(0.0,) * 8}} for one in wanted}

    monkeypatch.setattr(known, "_JUDGED", 4)
    spec = registry.get("toy").spec(RunConfig("-", Path("-"), predictor=("toy",)))
    builder = JobBuilder(spec, ReferenceGenome(small.fasta), load_gene_models(str(small.genes)), {})
    rows = []
    for at, pos in enumerate(range(110, 150, 10)):
        _, _, ref, alt = _row(small, pos).split()
        rows.append(Record(at, ["chr1", str(pos), ".", ref, alt, ".", ".", "."], pos, (alt,)))
    lookups = [[builder.look_up(row, 0)] for row in rows]
    tally: Counter[str] = Counter()
    assert known.take_known(rows[:3], lookups[:3], Files(), 8, tally) == {}
    assert tally == {"other_symbols": 3, "held": 3}
    with pytest.raises(InputError, match=r"f\.vcf\.gz was made with other genes: of 4 variants looked at, 4"):
        known.take_known(rows[3:], lookups[3:], Files(), 8, tally)

    class Held(Files):
        def find(self, wanted):
            return {one: {"PLUS": {(0.5,) * 4 + (1.0,) * 4}} for one in wanted if isinstance(one, Alleles)}

    (row,) = known.take_known(rows[:1], lookups[:1], Held(), 9, Counter()).values()
    assert row[:8] == (0.5,) * 4 + (1.0,) * 4
    assert str(row[8]) == "nan", "a field that files do not hold"


class _Stop(scoring_run.Observer):
    def advance(self, summary: RunSummary) -> None:
        if summary.records > 5:
            raise KeyboardInterrupt


def test_resumed(
    score_small: Score, small: SmallGenome, tmp_path: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring_run, "make_chunks", lambda found, _: make_chunks(found, max_records=2))
    rows = [_row(small, pos) for pos in (110, 115, 121, 130, 260, 270, 460, 480, 490, 700)]
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
    score_small([_row(small, 121)], "a.vcf", precomputed=str(made))
    config = RunConfig(
        str(tmp_path / "a.vcf"), small.fasta, (str(tmp_path / "b.vcf"),), ("toy",), annotation=str(small.genes)
    )
    scoring_run.score_vcf(config)
    assert "SOURCE" not in (tmp_path / "b.vcf").read_text()


def test_values_of_the_options(tmp_path: Path) -> None:
    def config(**options: object) -> RunConfig:
        return RunConfig("-", Path("g.fa"), predictor=("toy", "spliceai"), **options)

    found = config(precomputed=["toy=a.vcf.gz", "spliceai=b.vcf.gz", "toy=c=d.vcf.gz"])
    assert found.precomputed_files == {"toy": (Path("a.vcf.gz"), Path("c=d.vcf.gz")), "spliceai": (Path("b.vcf.gz"),)}
    for text in ("a.vcf.gz", "other=a.vcf.gz"):
        with pytest.raises(ConfigError, match="--precomputed names"):
            config(precomputed=text)
    with pytest.raises(ConfigError, match="given twice"):
        config(precomputed=["toy=a", "toy=a"])
    with pytest.raises(ConfigError, match="--precomputed-as without"):
        config(precomputed_as=AS_HERE)
    file = {"precomputed": "toy=a"}
    assert config(**file, precomputed_as="mask=site, distance=7,build=grch37").stated == Stated(7, "site", "grch37")
    for text in (
        "distance=50",
        "distance=x,mask=none",
        "distance=50,mask=all",
        f"{AS_HERE},build=hg19",
        f"{AS_HERE},x=1",
        "",
    ):
        with pytest.raises(ConfigError, match="is not understood"):
            config(**file, precomputed_as=text)
    toml = tmp_path / "c.toml"
    toml.write_text(f'precomputed = ["a.vcf.gz", "b.vcf.gz"]\nprecomputed-as = "{AS_HERE}"\n')
    assert read_toml(toml) == {"precomputed": ("a.vcf.gz", "b.vcf.gz"), "precomputed_as": AS_HERE}


def test_header_lines_are_read_as_they_are_written() -> None:
    values = {"Version": "1", "Command": 'genoscore "a, b" -o c\\d', "Reference": "x y.fa", "Distance": "50"}
    assert declaration(provenance_line("toy", values)) == {"ID": "TOY", **values}
