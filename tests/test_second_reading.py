"""Defects that a second reading found, each kept from coming back."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pysam
import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError, GenoscoreError, InputError, OutputError
from genoscore.core.variants import Status
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.genes import load_gene_models
from genoscore.inputs.regions import Regions, load_regions
from genoscore.inputs.vcf import VcfReader
from tests.conftest import Run, Score
from tests.small import SmallGenome, info, records, vcf_text


def _line(small: SmallGenome, pos: int, alt: str, info_text: str) -> str:
    return f"chr1\t{pos}\t.\t{small.sequences['chr1'][pos - 1]}\t{alt}\t.\t.\t{info_text}"


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("declared", [True, False])
def test_end_and_symbolic_alleles_survive_bcf(
    score_small: Score, small: SmallGenome, tmp_path: Path, declared: bool
) -> None:
    lines = [
        _line(small, 150, "<NON_REF>", "END=170"),
        _line(small, 160, "<DEL>", "END=400;SVTYPE=DEL"),
        _line(small, 170, "C,<*>" if small.sequences["chr1"][169] != "C" else "A,<*>", "END=170"),
        _line(small, 140, "<INS>", "."),
    ]
    header = ['##INFO=<ID=END,Number=1,Type=Integer,Description="End">'] if declared else []
    score_small(vcf_text(lines, header), "o.bcf")
    with pysam.VariantFile(str(tmp_path / "o.bcf")) as bcf:
        assert "ID=END,Number=1,Type=Integer" in str(bcf.header)
    if subprocess.run(["which", "bcftools"], capture_output=True, check=False).returncode == 0:
        query = ["bcftools", "query", "-f", "%POS %INFO/END\n", str(tmp_path / "o.bcf")]
        found = subprocess.run(query, capture_output=True, text=True, check=True).stdout.split("\n")
        assert found[:4] == ["150 170", "160 400", "170 170", "140 ."]


@pytest.mark.usefixtures("toy")
def test_outputs_appear_together_or_not_at_all(score_small: Score, tmp_path: Path) -> None:
    text = vcf_text(["chr1\t9999999999\t.\tA\tC\t.\t.\t."])
    (tmp_path / "o.vcf").write_text("of an earlier run")
    with pytest.raises(OutputError, match="as BCF"):
        score_small(text, "o.vcf", "o.bcf", "o.tsv")
    assert (tmp_path / "o.vcf").read_text() == "of an earlier run"
    assert {path.name for path in tmp_path.iterdir()} == {"in.vcf", "o.vcf"}


def _pipe(data: bytes, *pieces: int) -> str:
    """A path that hands out the data in the given pieces first, as a slow pipe would."""
    out_fd, in_fd = os.pipe()

    def write() -> None:
        with os.fdopen(in_fd, "wb", buffering=0) as pipe:
            at = 0
            for size in (*pieces, len(data)):
                pipe.write(data[at : at + size])
                at += size

    threading.Thread(target=write, daemon=True).start()
    return f"/dev/fd/{out_fd}"


def test_pipes_that_start_slowly(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.vcf", tmp_path / "a.vcf.gz"
    plain.write_text(vcf_text([f"chr1 {pos} A C" for pos in range(1, 900)]))
    pysam.tabix_compress(str(plain), str(packed), force=True)
    data = packed.read_bytes()
    with VcfReader(_pipe(data, 1, 1, 5)) as reader:
        assert sum(1 for _ in reader) == 899
    with pytest.raises(InputError, match="end-of-file block"), VcfReader(_pipe(data[:-28], 3)) as reader:
        list(reader)


def test_bcf_through_pipes(tmp_path: Path) -> None:
    plain, binary = tmp_path / "a.vcf", tmp_path / "a.bcf"
    plain.write_text(vcf_text([f"chr1 {pos} A C" for pos in range(1, 900)]))
    pysam.bcftools.view("-Ob", "-o", str(binary), str(plain), catch_stdout=False)
    with VcfReader(_pipe(binary.read_bytes(), 2, 2)) as reader:
        assert sum(1 for _ in reader) == 899
    with (
        pytest.raises(InputError, match=r"end-of-file block|truncated"),
        VcfReader(_pipe(binary.read_bytes()[:-28])) as reader,
    ):
        list(reader)


def test_special_files_and_side_files_are_not_replaced(genoscore: Run, small: SmallGenome, tmp_path: Path) -> None:
    source, config, fifo = tmp_path / "in.vcf", tmp_path / "c.toml", tmp_path / "p.vcf"
    source.write_text(vcf_text([]))
    config.write_text("distance = 50\n")
    os.mkfifo(fifo)
    base = ("score", source, "-r", small.fasta, "-a", small.genes, "--config", config)
    out = ("-o", tmp_path / "o.vcf")
    for arguments in (
        ("-o", fifo),
        (*out, "--summary", fifo),
        (*out, "--summary", config),
        (*out, "--summary", f"{small.fasta}.fai"),
        (*out, "--log-file", source),
        (*out, "--log-file", tmp_path / "o.vcf"),
    ):
        done = genoscore(*base, *arguments)
        assert done.returncode == 1, arguments
        assert done.stderr.count("\n") == 1
    assert fifo.is_fifo()
    assert source.read_text() == vcf_text([])


@pytest.mark.usefixtures("toy")
def test_a_symbolic_link_is_written_through(score_small: Score, tmp_path: Path) -> None:
    real, link = tmp_path / "real.vcf", tmp_path / "link.vcf"
    real.write_text("old")
    link.symlink_to(real)
    score_small(vcf_text(["chr1 901 A <DEL>"]), "link.vcf")
    assert link.is_symlink()
    assert len(records(real)) == 1


GTF = """\
X\tt\ttranscript\t101\t300\t.\t+\t.\tgene_id "P"; transcript_id "P1"; gene_name "PAR";
X\tt\texon\t101\t300\t.\t+\t.\tgene_id "P"; transcript_id "P1"; gene_name "PAR";
Y\tt\ttranscript\t501\t700\t.\t+\t.\tgene_id "P"; transcript_id "P1"; gene_name "PAR";
Y\tt\texon\t501\t700\t.\t+\t.\tgene_id "P"; transcript_id "P1"; gene_name "PAR";
1\tt\ttranscript\t1001\t1100\t.\t+\t.\tgene_id "D"; transcript_id "D1";
1\tt\texon\t1001\t1100\t.\t+\t.\tgene_id "D"; transcript_id "D1";
1\tt\ttranscript\t90001\t90301\t.\t+\t.\tgene_id "D"; transcript_id "D1";
1\tt\texon\t90001\t90301\t.\t+\t.\tgene_id "D"; transcript_id "D1";
"""


def test_one_transcript_name_at_several_loci(tmp_path: Path) -> None:
    path = tmp_path / "a.gtf"
    path.write_text(GTF)
    genes = load_gene_models(str(path))
    assert [(gene.symbol, gene.tx_start, gene.tx_end) for gene in genes.overlapping("chrX", 0, 9999)] == [
        ("PAR", 100, 300)
    ]
    assert [gene.tx_start for gene in genes.overlapping("Y", 0, 9999)] == [500]
    assert [(gene.tx_start, gene.tx_end) for gene in genes.overlapping("1", 0, 99999)] == [(90000, 90301)]


@pytest.mark.usefixtures("toy")
def test_control_characters_in_names_break_no_line(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    gff = tmp_path / "a.gff3"
    rows = [
        "chr1\tx\tgene\t101\t300\t.\t+\t.\tID=g1;Name=a%09b%0Ac",
        "chr1\tx\tmRNA\t101\t300\t.\t+\t.\tID=t1;Parent=g1",
        "chr1\tx\texon\t101\t300\t.\t+\t.\tParent=t1",
    ]
    gff.write_text("##gff-version 3\n" + "\n".join(rows) + "\n")
    base = small.sequences["chr1"][149]
    text = vcf_text([f"chr1 150 {base} {'A' if base != 'A' else 'C'}"])
    score_small(text, "o.vcf", "o.tsv", annotation=str(gff), command="a\nb")
    (columns,) = records(tmp_path / "o.vcf")
    assert info(columns)["GS_TOY_GENE"] == "a%09b%0Ac"
    assert len((tmp_path / "o.tsv").read_text().splitlines()) == 2
    assert 'Command="a%0Ab"' in (tmp_path / "o.vcf").read_text()


@pytest.mark.usefixtures("toy")
def test_keeping_annotations_keeps_how_they_were_made(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    base = small.sequences["chr1"][149]
    score_small(vcf_text([f"chr1 150 {base} {'A' if base != 'A' else 'C'}"]), "one.vcf", distance=50)
    score_small((tmp_path / "one.vcf").read_text(), "two.vcf", distance=20, keep_existing=True)
    lines = [line for line in (tmp_path / "two.vcf").read_text().splitlines() if line.startswith("##genoscore")]
    assert ["Distance=50" in lines[0], "Distance=20" in lines[1], "ID=TOY.2," in lines[1]] == [True] * 3


@pytest.mark.usefixtures("toy")
def test_unicode_line_separators_in_the_header(score_small: Score, tmp_path: Path) -> None:
    header = ['##INFO=<ID=Q,Number=1,Type=String,Description="a\u2028b\x0cc">']
    score_small(vcf_text(["chr1 901 A <DEL>"], header), "o.bcf")
    with VcfReader(str(tmp_path / "o.bcf")) as reader:
        assert len(list(reader)) == 1


def test_regions_with_odd_names_and_intervals() -> None:
    hla = "HLA-A*01:01"
    assert load_regions(hla, None, {hla}).overlap(hla, 5, 6)  # type: ignore[union-attr]
    assert not load_regions("chr-1:5", None).overlap("chr-1", 10, 11)  # type: ignore[union-attr]
    assert not Regions([("chr1", 10, 10)]).overlap("chr1", 9, 12)
    with pytest.raises(ConfigError):
        load_regions("chr1:,", None)


def test_mitochondrial_genes_are_found_under_either_name(tmp_path: Path) -> None:
    table = tmp_path / "g.tsv"
    table.write_text("#NAME\tCHROM\tSTRAND\tTX_START\tTX_END\tEXON_START\tEXON_END\nMT-ND1\tMT\t+\t10\t90\t10,\t90,\n")
    assert [gene.symbol for gene in load_gene_models(str(table)).overlapping("chrM", 20, 21)] == ["MT-ND1"]


@pytest.mark.usefixtures("toy")
def test_a_single_base_searched_never_gives_a_negative_maximum(
    score_small: Score, small: SmallGenome, tmp_path: Path
) -> None:
    sequence = small.sequences["chr1"]
    rows = [f"chr1 {pos} {sequence[pos - 1]} {'A' if sequence[pos - 1] != 'A' else 'C'}" for pos in range(101, 500, 3)]
    score_small(vcf_text(rows), "o.vcf", distance=0)
    found = [float(info(columns)["GS_TOY_MAX"]) for columns in records(tmp_path / "o.vcf")]
    assert min(found) >= 0
    assert max(found) > 0.05


@pytest.mark.parametrize("name", ["POS of many digits", "closed input"])
def test_one_line_for_odd_failures(genoscore: Run, small: SmallGenome, tmp_path: Path, name: str) -> None:
    if name == "closed input":
        program = f"{sys.executable} -c 'from genoscore.cli.app import main; main()'"
        command = f"{program} check - -r {small.fasta} -a {small.genes} <&-"
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    else:
        text = vcf_text([f"chr1\t{'9' * 5000}\t.\tA\tC\t.\t.\t."])
        done = genoscore("check", "-", "-r", small.fasta, "-a", small.genes, stdin=text)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "this is a bug in genoscore" not in done.stderr


def test_index_files_with_absurd_numbers(small: SmallGenome, tmp_path: Path) -> None:
    fasta = tmp_path / "g.fa"
    fasta.write_bytes(small.fasta.read_bytes())
    for row in ("chr1\t1200\t6\t0\t51\n", "chr1\t-5\t6\t50\t51\n", "chr1\t1200\t6\t50\t0\n"):
        Path(f"{fasta}.fai").write_text(row)
        with pytest.raises(InputError):
            ReferenceGenome(fasta)


def test_truncated_bgzipped_fasta_is_one_line(genoscore: Run, small: SmallGenome, tmp_path: Path) -> None:
    fasta = tmp_path / "g.fa.gz"
    pysam.tabix_compress(str(small.fasta), str(fasta), force=True)
    pysam.faidx(str(fasta))
    fasta.write_bytes(fasta.read_bytes()[:400])
    done = genoscore("check", "-", "-r", fasta, "-a", small.genes, stdin=vcf_text([]))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


def test_python_callers_may_give_single_values(tmp_path: Path) -> None:
    config = RunConfig("-", "g.fa", output=tmp_path / "a.vcf", predictor="spliceai", weights={"spliceai": "w"})  # type: ignore[arg-type]
    assert (config.output, config.predictor, config.weights) == (
        (str(tmp_path / "a.vcf"),),
        ("spliceai",),
        {"spliceai": Path("w")},
    )


def test_weights_of_another_name_are_not_ignored(genoscore: Run, tmp_path: Path) -> None:
    done = genoscore("models", "verify", "spliceai", "--weights", f"splicea={tmp_path}")
    assert done.returncode == 1
    assert "splicea" in done.stderr


def test_weights_that_are_no_model(tmp_path: Path, spliceai_weights: Path) -> None:
    import h5py

    from genoscore.scoring.loading import load_predictor

    for number in range(1, 6):
        with h5py.File(tmp_path / f"spliceai{number}.h5", "w") as file:
            file["model_weights"] = [1, 2, 3]
    with pytest.raises(GenoscoreError, match="does not hold a SpliceAI model"):
        load_predictor("spliceai", weights=tmp_path)


def test_few_mismatches_are_no_other_build() -> None:
    from genoscore.scoring.notes import build_suspicion

    assert build_suspicion("p", {Status.SCORED: 20, Status.REF_MISMATCH: 3}) is None
    assert build_suspicion("p", {Status.SCORED: 50, Status.REF_MISMATCH: 12}) is not None
    assert build_suspicion("p", {Status.SCORED: 1, Status.REF_MISMATCH: 3}) is not None
    assert build_suspicion("p", {Status.UNTRAINED: 20, Status.REF_MISMATCH: 3}) is None
