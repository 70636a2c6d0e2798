"""The program as a user calls it: models, check, options from files, pipes, messages."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from pathlib import Path

import pysam
import pytest

from genoscore import __version__
from genoscore.cli.call import Call
from genoscore.cli.errors import Terminated, _on_unraisable
from tests.conftest import TEST_DATA, Run
from tests.small import SmallGenome, info, vcf_text

DEMO = (TEST_DATA / "variants.vcf", "-r", TEST_DATA / "genome.fa", "-a", TEST_DATA / "genes.tsv")


def _rows(small: SmallGenome) -> list[str]:
    return [
        f"chr1 {pos} {small.sequences['chr1'][pos - 1]} {'A' if small.sequences['chr1'][pos - 1] != 'A' else 'C'}"
        for pos in (121, 480, 901)
    ]


def _infos(text: str) -> list[dict[str, str]]:
    return [info(line.split("\t")) for line in text.splitlines() if not line.startswith("#")]


def test_version(genoscore: Run) -> None:
    done = genoscore("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"genoscore {__version__}\n", "")


@pytest.mark.parametrize(
    "arguments", [("score", "--nonsense"), ("score",), ("nonsense",), ("score", "x.vcf"), ("models", "show")]
)
def test_usage_errors_exit_2(genoscore: Run, arguments: tuple[str, ...]) -> None:
    done = genoscore(*arguments)
    assert done.returncode == 2
    assert "Usage:" in done.stderr
    assert done.stdout == ""


def test_models_list(genoscore: Run) -> None:
    done = genoscore("models", "list", "--json")
    (row,) = [row for row in json.loads(done.stdout) if row["name"] == "spliceai"]
    assert row["context_length"] == 10_000
    assert row["n_tracks"] == 3
    assert "CC BY-NC 4.0" in row["licence"]
    assert len(row["sha256"]) == 5


def test_models_show(genoscore: Run, spliceai_weights: Path) -> None:
    text = genoscore("models", "show", "spliceai").stdout
    for line in ("name: spliceai", "context_length: 10000", "installed: True", f"weights_folder: {spliceai_weights}"):
        assert line in text.splitlines()
    assert re.search(r"^  spliceai5\.h5: [0-9a-f]{64}$", text, re.MULTILINE)
    done = genoscore("models", "show", "nonsense")
    assert done.returncode == 1
    assert done.stderr.startswith("genoscore: error: predictor 'nonsense' is unknown")


def test_models_verify(genoscore: Run, spliceai_weights: Path, tmp_path: Path) -> None:
    done = genoscore("models", "verify", "spliceai")
    assert done.returncode == 0
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["ok"] * 5
    for number in (1, 2, 4, 5):
        (tmp_path / f"spliceai{number}.h5").symlink_to(spliceai_weights / f"spliceai{number}.h5")
    changed = bytearray((spliceai_weights / "spliceai3.h5").read_bytes())
    changed[1_000_000] ^= 1
    (tmp_path / "spliceai3.h5").write_bytes(changed)
    done = genoscore("models", "verify", "spliceai", "--weights", f"spliceai={tmp_path}")
    assert done.returncode == 1
    verdicts = [line.split("\t")[0] for line in done.stdout.splitlines()]
    assert verdicts == ["ok", "ok", "not the published file", "ok", "ok"]
    assert done.stderr.count("\n") == 1
    assert "1 of the weight files" in done.stderr
    (tmp_path / "spliceai4.h5").unlink()
    done = genoscore("models", "verify", "spliceai", "--weights", f"spliceai={tmp_path}")
    assert done.returncode == 1
    assert "lacks spliceai4.h5" in done.stderr


def test_check_says_what_score_would_do(genoscore: Run) -> None:
    done = genoscore("check", *DEMO)
    assert (done.returncode, done.stderr) == (0, "")
    assert "48 records" in done.stdout
    found = dict(re.findall(r"│ spliceai +│ ([A-Z_]+) +│ +(\d+) ", done.stdout))
    expected = {
        "NO_ALT": "2", "SYMBOLIC": "3", "STAR": "2", "NON_ACGT": "2", "UNKNOWN_CONTIG": "1", "OUT_OF_RANGE": "1",
        "REF_UNKNOWN": "1", "REF_MISMATCH": "1", "TOO_LONG": "1", "NO_GENE": "5", "SCORED": "33",
    }  # fmt: skip
    assert found == expected
    assert "spliceai: 35 variant x gene pairs to compute" in done.stdout
    assert "contig chrZ is not in the FASTA: 1 records" in done.stdout
    assert "REF mismatch: chrA:25650 REF is A, the FASTA has" in done.stdout


def test_check_names_contigs_that_are_spelt_otherwise(genoscore: Run, small: SmallGenome, tmp_path: Path) -> None:
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text(row.removeprefix("chr") for row in _rows(small)))
    done = genoscore("check", source, "-r", small.fasta, "-a", small.genes)
    assert "contig 1 is chr1 in the FASTA" in done.stdout


def test_check_suspects_another_build(genoscore: Run, small: SmallGenome, tmp_path: Path) -> None:
    source = tmp_path / "in.vcf"
    swap = str.maketrans("ACGT", "CGTA")
    rows = []
    for row in _rows(small):
        contig, pos, ref, _ = row.split()
        rows.append(f"{contig} {pos} {ref.translate(swap)} {ref}")
    source.write_text(vcf_text(rows))
    done = genoscore("check", source, "-r", small.fasta, "-a", small.genes)
    assert done.returncode == 0
    (note,) = [line for line in done.stdout.splitlines() if line.startswith("note: ")]
    assert "different builds" in note
    assert "of 3 REF alleles" in note


def test_check_compares_header_and_annotation(genoscore: Run, small: SmallGenome, tmp_path: Path) -> None:
    fasta, source = tmp_path / "g.fa", tmp_path / "in.vcf"
    fasta.write_text(f">chr21\n{'N' * 46_709_983}\n")  # GRCh38's length
    text = vcf_text(["chr21 100 A C"]).replace("ID=chr1,length=1200", "ID=chr21,length=48129895")
    source.write_text(text)
    done = genoscore("check", source, "-r", fasta, "-a", small.genes)
    assert "note: the VCF's header says GRCh37, the FASTA is GRCh38" in done.stdout


def test_flags_win_over_the_config_file(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text(
        'input = "a.vcf"\nreference = "g.fa"\ndistance = 100\nmask = "site"\nmin-score = 1\noutput = "b.vcf"\n'
    )
    found = Call("score", {"distance": 7, "output": ["c.tsv", "d.vcf"], "strict": True}, config).run_config()
    assert (found.distance, found.mask, found.min_score, found.strict) == (7, "site", 1, True)
    assert (found.input, found.reference, found.output) == ("a.vcf", Path("g.fa"), ("c.tsv", "d.vcf"))


def test_config_file_on_the_command_line(genoscore_with_toy: Run, small: SmallGenome, tmp_path: Path) -> None:
    source, config, target = tmp_path / "in.vcf", tmp_path / "c.toml", tmp_path / "out.vcf"
    source.write_text(vcf_text(_rows(small)))
    config.write_text(
        f'input = "{source}"\nreference = "{small.fasta}"\nannotation = "{small.genes}"\npredictor = "toy"\n'
        f'output = "{target}"\ndistance = 10\nmask = "site"\n'
    )
    done = genoscore_with_toy("score", "--config", config, "-d", "5")
    assert done.returncode == 0, done.stderr
    assert "Distance=5,Mask=site" in target.read_text()


def test_standard_streams(genoscore_with_toy: Run, small: SmallGenome, tmp_path: Path) -> None:
    """VCF, bgzipped VCF and BCF on standard input give one answer on standard output."""
    plain, packed, binary = tmp_path / "a.vcf", tmp_path / "a.vcf.gz", tmp_path / "a.bcf"
    plain.write_text(vcf_text(_rows(small)))
    pysam.tabix_compress(str(plain), str(packed))
    with pysam.VariantFile(str(plain)) as source, pysam.VariantFile(str(binary), "wb", header=source.header) as sink:
        for record in source:
            sink.write(record)
    answers = []
    for path in (plain, packed, binary):
        done = genoscore_with_toy(
            "score", "-", "-r", small.fasta, "-a", small.genes, "-p", "toy", "-q", stdin=path.read_bytes()
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == "", "-q prints nothing on standard error"
        assert done.stdout.startswith("##fileformat=VCFv4.2\n")
        answers.append(_infos(done.stdout))
    assert answers[0] == answers[1] == answers[2]
    assert [one["GS_TOY_STATUS"] for one in answers[0]] == ["SCORED", "SCORED", "NO_GENE"]


def test_messages_and_log_file(genoscore_with_toy: Run, small: SmallGenome, tmp_path: Path) -> None:
    source, log = tmp_path / "in.vcf", tmp_path / "run.log"
    source.write_text(vcf_text(_rows(small)))
    arguments = ("score", source, "-r", small.fasta, "-a", small.genes, "-p", "toy", "-o", tmp_path / "o.tsv")
    done = genoscore_with_toy(*arguments, "--log-file", log)
    assert done.returncode == 0
    assert done.stdout == ""
    said = done.stderr
    assert "ALT alleles by status" in said
    assert "3 records read, 3 written" in said
    assert "\x1b" not in said, "no colours where standard error is not a terminal"
    first = log.read_text()
    assert "run: RunConfig(" in first
    assert "done: RunSummary(" in first
    done = genoscore_with_toy(*arguments, "--log-file", log, "-q", "--region", "chr1:1-2")
    assert done.stderr == ""
    assert log.read_text().startswith(first), "later runs append"
    assert log.read_text().count("run: RunConfig(") == 2
    done = genoscore_with_toy("score", tmp_path / "no.vcf", *arguments[2:], "--log-file", log)
    assert done.returncode == 1
    assert "error: input" in log.read_text()
    done = genoscore_with_toy(*arguments, "--log-file", tmp_path / "no" / "run.log")
    assert done.returncode == 1
    assert done.stderr.startswith("genoscore: error: log file")


def test_strict_says_one_line(genoscore_with_toy: Run, small: SmallGenome, tmp_path: Path) -> None:
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text(["chr9 5 A C", *_rows(small)]))
    done = genoscore_with_toy(
        "score", source, "-r", small.fasta, "-a", small.genes, "-p", "toy", "-q", "--strict", "-o", tmp_path / "o.vcf"
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "genoscore: error: --strict: 1 ALT alleles have an error status; the outputs are complete"
    ]
    assert (tmp_path / "o.vcf").exists()


def test_verbose_shows_the_traceback(genoscore: Run, small: SmallGenome, tmp_path: Path) -> None:
    arguments = ("score", tmp_path / "no.vcf", "-r", small.fasta, "-a", small.genes)
    assert "Traceback" not in genoscore(*arguments).stderr
    assert "Traceback" in genoscore(*arguments, "-v").stderr


@pytest.mark.parametrize("swallowed", [KeyboardInterrupt(), Terminated(signal.SIGTERM)])
def test_a_signal_that_python_drops_is_sent_again(monkeypatch: pytest.MonkeyPatch, swallowed: BaseException) -> None:
    """What is raised while a destructor or a weak reference's callback runs goes no further."""
    seen: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, signum: seen.append(signum) if pid == os.getpid() else None)
    monkeypatch.setattr(sys, "unraisablehook", _on_unraisable)

    class Last:
        def __del__(self) -> None:
            raise swallowed

    Last()
    for _ in range(100):
        if seen:
            break
        time.sleep(0.02)
    assert seen == [signal.SIGTERM if isinstance(swallowed, Terminated) else signal.SIGINT]
