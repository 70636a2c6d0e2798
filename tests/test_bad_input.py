"""Bad input: one line on standard error that names the file and the remedy, exit code 1, nothing left behind."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.small import SmallGenome, vcf_text

ROW = "chr1 121 {} {}"


@pytest.fixture
def source(small: SmallGenome, tmp_path: Path) -> Path:
    """A good VCF with one record outside genes: no network is needed for it."""
    base = small.sequences["chr1"][900]
    path = tmp_path / "in.vcf"
    path.write_text(vcf_text([f"chr1 901 {base} {'A' if base != 'A' else 'C'}"]))
    return path


@pytest.fixture
def refused(genoscore: Run, small: SmallGenome, tmp_path: Path, spliceai_weights: Path) -> Callable[..., str]:
    """Run `score`, expecting one line that holds all the given words, and no output."""
    out = tmp_path / "out"
    out.mkdir()

    def run(*arguments: object, words: tuple[str, ...], stdin: bytes | None = None, **named: object) -> str:
        given = {"-r": small.fasta, "-a": small.genes, "-o": out / "o.vcf.gz", **named}
        options = [item for pair in given.items() for item in pair if pair[1] is not None]
        before = sorted(out.rglob("*"))
        done = genoscore("score", *arguments, *options, stdin=stdin)
        assert done.returncode == 1, done.stderr
        assert done.stderr.startswith("genoscore: error: ")
        assert done.stderr.count("\n") == 1, done.stderr
        for word in words:
            assert word in done.stderr
        assert sorted(out.rglob("*")) == before
        assert done.stdout == ""
        return done.stderr

    return run


def test_files_that_are_missing_or_unreadable(refused, source: Path, tmp_path: Path) -> None:
    refused(tmp_path / "no.vcf", words=("no.vcf", "does not exist"))
    refused(tmp_path, words=("is a directory",))
    refused(source, words=("no.fa", "does not exist"), **{"-r": tmp_path / "no.fa"})
    refused(source, words=("no.tsv", "grch38"), **{"-a": tmp_path / "no.tsv"})
    refused(source, words=("no.bed",), **{"--regions-file": tmp_path / "no.bed"})
    refused(source, words=("not a folder", "pip install"), **{"--weights": f"spliceai={tmp_path / 'none'}"})
    refused(source, words=("no.toml",), **{"--config": tmp_path / "no.toml"})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ("is empty",)),
        (b"hello\n", ("is not a VCF",)),
        (b"chr1\t1\t.\tA\tC\t.\t.\t.\n", ("is not a VCF",)),
        (b"##fileformat=VCFv4.2\nchr1\t1\t.\tA\tC\t.\t.\t.\n", ("no #CHROM",)),
        (b"##fileformat=VCFv4.2\n", ("no #CHROM",)),
        (b"##fileformat=VCFv4.2\n#CHROM POS\n", ("line 2", "eight VCF columns")),
        (vcf_text(["chr1\tx\t.\tA\tC\t.\t.\t."]).encode(), ("line 5", "POS is 'x'")),
        (vcf_text(["chr1\t5\t.\tA\tC"]).encode(), ("line 5", "5 tab-separated columns")),
        (vcf_text(["chr1\t5\t.\tA\tC,,T\t.\t.\t."]).encode(), ("line 5", "ALT allele is empty")),
        (os.urandom(4096), ("is not a VCF",)),
    ],
)
def test_not_a_vcf(refused, tmp_path: Path, content: bytes, words: tuple[str, ...]) -> None:
    path = tmp_path / "bad.vcf"
    path.write_bytes(content)
    refused(path, words=("bad.vcf", *words))
    refused("-", words=("standard input", *words), stdin=content)


def test_truncated_and_damaged_compression(refused, small: SmallGenome, tmp_path: Path) -> None:
    line = "chr1\t{}\t.\tN\tC\t.\t.\tX={}"
    rows = [line.format(pos, os.urandom(200).hex()) for pos in range(1, 500)]  # one chunk, several blocks
    path = tmp_path / "bad.vcf.gz"
    good = tmp_path / "good.vcf"
    good.write_text(vcf_text(rows))
    import pysam

    pysam.tabix_compress(str(good), str(path), force=True)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    refused(path, words=("bad.vcf.gz", "truncated after line"))
    path.write_bytes(whole[:-28])
    refused(path, words=("truncated", "end-of-file block"))
    refused("-", words=("standard input", "truncated"), stdin=whole[:-28])
    path.write_bytes(whole[:5000] + b"\0" * 50 + whole[5050:])
    refused(path, words=("damaged",))
    plain = gzip.compress(vcf_text(rows).encode())
    path.write_bytes(plain[:-30])
    refused(path, words=("truncated",))


def test_reference_that_cannot_be_used(refused, source: Path, small: SmallGenome, tmp_path: Path) -> None:
    fasta = tmp_path / "g.fa"
    text = small.fasta.read_text()
    fasta.write_text("no fasta\n")
    refused(source, words=("g.fa", "not a FASTA"), **{"-r": fasta})
    fasta.write_text("")
    refused(source, words=("g.fa", "is empty"), **{"-r": fasta})
    (tmp_path / "g.fa.gz").write_bytes(gzip.compress(text.encode()))
    refused(source, words=("g.fa.gz", "bgzip"), **{"-r": tmp_path / "g.fa.gz"})
    fasta.write_text(">a\nACGT\nAC\nACGT\n")
    refused(source, words=("g.fa", "no index and none could be made"), **{"-r": fasta})


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("chr1\t1200", "chr1\t1199"),
        lambda text: text.replace("chr1\t1200", "chr1\t1300"),
        lambda text: text.replace("chr2\t", "chr3\t"),
        lambda text: text.splitlines()[0] + "\n",
        lambda text: text.replace("chr1\t1200", "chr1\tx"),
        lambda text: "",
    ],
)
def test_index_of_another_fasta(refused, source: Path, small: SmallGenome, tmp_path: Path, change) -> None:
    import pysam

    fasta = tmp_path / "g.fa"
    shutil.copy(small.fasta, fasta)
    pysam.faidx(str(fasta))
    fai = tmp_path / "g.fa.fai"
    fai.write_text(change(fai.read_text()))
    refused(source, words=("g.fa", "samtools faidx"), **{"-r": fasta})


def test_older_index_is_a_warning(genoscore: Run, source: Path, small: SmallGenome, tmp_path: Path) -> None:
    import pysam

    fasta = tmp_path / "g.fa"
    shutil.copy(small.fasta, fasta)
    pysam.faidx(str(fasta))
    os.utime(tmp_path / "g.fa.fai", (1, 1))
    done = genoscore("check", source, "-r", fasta, "-a", small.genes)
    assert done.returncode == 0
    assert "is older than" in done.stdout


def test_index_goes_to_the_cache_where_the_folder_is_read_only(
    genoscore: Run, source: Path, small: SmallGenome, tmp_path: Path
) -> None:
    if os.geteuid() != 0 and not os.access("/bin/mount", os.X_OK):
        pytest.skip("needs a read-only folder")
    folder = tmp_path / "ro"
    folder.mkdir()
    shutil.copy(small.fasta, folder / "g.fa")
    if os.geteuid() == 0:
        bound = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True, check=False)
        if bound.returncode:
            pytest.skip("mounting is not allowed here")
        shutil.copy(small.fasta, folder / "g.fa")
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    else:
        folder.chmod(0o555)
    try:
        environment = {**os.environ, "GENOSCORE_HOME": str(tmp_path / "home")}
        done = genoscore("check", source, "-r", folder / "g.fa", "-a", small.genes, env=environment)
        assert done.returncode == 0, done.stderr
        assert list((tmp_path / "home" / "fasta").glob("g.fa.*.fai"))
        blocked = {**os.environ, "GENOSCORE_HOME": "/proc/nowhere"}
        done = genoscore("check", source, "-r", folder / "g.fa", "-a", small.genes, env=blocked)
        assert done.returncode == 1
        assert "samtools faidx" in done.stderr
        assert done.stderr.count("\n") == 1
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", folder], check=True)


def test_outputs_that_cannot_be_written(refused, source: Path, tmp_path: Path, small: SmallGenome) -> None:
    refused(source, words=("folder does not exist",), **{"-o": tmp_path / "no" / "o.vcf"})
    refused(source, words=("is not a known format", ".vcf.gz"), **{"-o": tmp_path / "o.xlsx"})
    refused(source, words=("is also an input",), **{"-o": source})
    refused(source, words=("is also an input",), **{"-o": tmp_path / "out" / "o.vcf", "--summary": source})
    refused(source, words=("given twice",), **{"-o": tmp_path / "a.vcf", "--output": tmp_path / "a.vcf"})
    refused(source, words=("is a directory",), **{"-o": _made(tmp_path / "dir.vcf")})
    refused(source, words=("cannot be written",), **{"-o": "/proc/o.vcf"})
    assert source.read_text().startswith("##fileformat")


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("-p", "nonesuch", ("nonesuch", "spliceai")),
        ("-p", "Bad Name", ("models list",)),
        ("-d", "-1", ("distance is -1", "0 to 4999")),
        ("-d", "5000", ("distance is 5000",)),
        ("--batch-size", "0", ("batch size is 0",)),
        ("--threads", "-2", ("threads is -2",)),
        ("--min-score", "-0.5", ("min score",)),
        ("--min-score", "nan", ("min score",)),
        ("--min-band", "huge", ("band 'huge'", "very_high")),
        ("-m", "other", ("mask 'other'", "site")),
        ("--precision", "fp8", ("precision 'fp8'",)),
        ("--device", "tpu", ("device 'tpu'",)),
        ("--device", "cuda:99", ("cuda:99",)),
        ("--region", "chr1:9-3", ("region 'chr1:9-3'",)),
        ("--region", "chr1:x", ("region 'chr1:x'",)),
        ("--weights", "spliceai", ("NAME=PATH",)),
        ("--weights", "other=/", ("not given with -p",)),
        ("-a", "hg19", ("annotation 'hg19'", "grch37")),
    ],
)
def test_values_that_cannot_work(refused, source: Path, option: str, value: str, words: tuple[str, ...]) -> None:
    refused(source, words=words, **{option: value})


def test_usage_errors_exit_2(genoscore: Run, source: Path) -> None:
    assert genoscore("score", source).returncode == 2
    assert genoscore("score", "--nonsense").returncode == 2
    assert genoscore("score", source, "-r", "x", "-d", "abc").returncode == 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("G\t1\t+\t10\t90\t10,50,", ("line 2", "6 tab-separated columns")),
        ("G\t1\t*\t10\t90\t10,50,\t20,90,", ("line 2", "STRAND")),
        ("G\t1\t+\tx\t90\t10,50,\t20,90,", ("line 2", "'x'")),
        ("G\t1\t+\t90\t10\t10,50,\t20,90,", ("line 2", "are not an interval")),
        ("G\t1\t+\t10\t90\t10,50,\t20,", ("line 2", "2 exon starts and 1 exon ends")),
        ("G\t1\t+\t10\t90\t10,50,\t20,95,", ("line 2", "outside the transcript")),
        ("G\t1\t+\t10\t90\t50,10,\t90,20,", ("line 2", "order")),
    ],
)
def test_malformed_gene_table(refused, source: Path, tmp_path: Path, line: str, words: tuple[str, ...]) -> None:
    table = tmp_path / "bad.tsv"
    table.write_text("#NAME\tCHROM\tSTRAND\tTX_START\tTX_END\tEXON_START\tEXON_END\n" + line + "\n")
    refused(source, words=("bad.tsv", *words), **{"-a": table})


def test_gene_files_of_no_known_kind(refused, source: Path, tmp_path: Path) -> None:
    for text in ("", "hello\n", "NAME\tCHROM\n", "##gff-version 3\n"):
        table = tmp_path / "bad.gtf"
        table.write_text(text)
        refused(source, words=("bad.gtf",), **{"-a": table})


def test_config_files(refused, source: Path, tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    for text, word in (("distance =", "not TOML"), ("distanze = 5", "distanze"), ('distance = "5"', "distance is '5'")):
        config.write_text(text)
        refused(source, words=("c.toml", word), **{"--config": config})


def test_reference_and_annotation_of_different_builds(refused, source: Path, tmp_path: Path) -> None:
    fasta = tmp_path / "big.fa"
    fasta.write_text(">chr22\n" + "N" * 51304566 + "\n")
    refused(source, words=("GRCh37", "-a grch37"), **{"-r": fasta, "-a": "grch38"})


def test_disk_full(genoscore: Run, small: SmallGenome, tmp_path: Path, spliceai_weights: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True, check=False
    ).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        line = f"chr1\t901\t{{0}}\t{small.sequences['chr1'][900]}\t<DEL>\t.\t.\tX={{0}}"
        rows = [line.format(os.urandom(20).hex()) for _ in range(8000)]
        for name in ("o.vcf", "o.vcf.gz", "o.bcf", "o.tsv", "o.parquet"):
            done = genoscore(
                "score", "-", "-r", small.fasta, "-a", small.genes, "-o", disk / name, stdin=vcf_text(rows)
            )
            assert done.returncode == 1
            assert done.stderr.count("\n") == 1, done.stderr
            assert name in done.stderr
            assert "space" in done.stderr
            assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupt_leaves_nothing(
    small: SmallGenome, tmp_path: Path, spliceai_weights: Path, signum: signal.Signals, code: int
) -> None:
    rows = [f"chr1 {pos} {small.sequences['chr1'][pos - 1]} <DEL>" for pos in range(101, 800)]
    out = tmp_path / "out"
    out.mkdir()
    command = [sys.executable, "-c", "from genoscore.cli.app import main; main()", "score", "-", "-r", small.fasta]
    command += [
        "-a",
        small.genes,
        "-o",
        out / "o.vcf.gz",
        "-o",
        out / "o.bcf",
        "-o",
        out / "o.tsv",
        "-o",
        out / "o.parquet",
    ]
    process = subprocess.Popen(
        list(map(str, command)),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signum, signal.SIG_DFL),  # a shell's background jobs ignore Ctrl-C
    )
    assert process.stdin is not None
    process.stdin.write(vcf_text(rows).encode())
    process.stdin.flush()
    deadline = time.monotonic() + 60
    while not list(out.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert list(out.iterdir()), "temporary files are there while it waits for more records"
    process.send_signal(signum)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == code
    assert stderr.decode().strip().count("\n") == 0
    assert list(out.iterdir()) == []


def test_strict_exits_1_and_keeps_the_output(
    genoscore: Run, small: SmallGenome, tmp_path: Path, spliceai_weights: Path
) -> None:
    arguments = ("score", "-", "-r", small.fasta, "-a", small.genes, "-q", "-o", tmp_path / "o.vcf")
    bad = vcf_text(["chr9 5 A C"])
    assert genoscore(*arguments, stdin=bad).returncode == 0
    (tmp_path / "o.vcf").unlink()
    done = genoscore(*arguments, "--strict", stdin=bad)
    assert done.returncode == 1
    assert "1 ALT alleles have an error status" in done.stderr
    assert "UNKNOWN_CONTIG" in (tmp_path / "o.vcf").read_text()


def test_reader_of_standard_output_goes_away(small: SmallGenome, tmp_path: Path, spliceai_weights: Path) -> None:
    source = tmp_path / "many.vcf"
    source.write_text(vcf_text([f"chr1 901 {small.sequences['chr1'][900]} <DEL>"] * 60000))
    program = f"{sys.executable} -c 'from genoscore.cli.app import main; main()'"
    command = f"{program} score {source} -r {small.fasta} -a {small.genes} | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=200, check=False)
    assert done.stdout == "##fileformat=VCFv4.2\n"
    assert done.stderr.count("\n") == 1
    assert "closed by its reader" in done.stderr
