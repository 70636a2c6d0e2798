"""`--resume`: killed at many moments, the finished outputs are those of an uninterrupted run, byte for byte."""

from __future__ import annotations

import random
import subprocess
import time
import zlib
from pathlib import Path

import pytest

from tests import preloaded
from tests.conftest import ROOT
from tests.small import SmallGenome, vcf_text

_PROGRAM = (
    "from genoscore.predictors import registry; registry._BUILT_IN['toy'] = 'tests.toy:TOY'; "
    "import genoscore.scoring.opening as opening; from genoscore.planning.chunks import make_chunks; "
    "opening.make_chunks = lambda records, _: make_chunks(records, max_records=64); "
    "from genoscore.cli.app import main; main()"
)
NAMES = ("o.vcf.gz", "o.bcf", "o.tsv", "o.parquet")


def _source(small: SmallGenome, count: int) -> str:
    rng = random.Random(4)
    rows = []
    for pos in sorted(rng.choices(range(101, 790), k=count)):
        base = small.sequences["chr1"][pos - 1]
        rows.append(f"chr1 {pos} {base} {rng.choice([b for b in 'ACGT' if b != base])}{rng.choice(['', '', 'GT'])}")
    return vcf_text(rows)


def _command(small: SmallGenome, source: Path, *more: str) -> list[str]:
    command = [*preloaded.command(_PROGRAM), "score", str(source), "-r", str(small.fasta), "-a", str(small.genes)]
    command += ["-p", "toy", "--resume", "--threads", "1", *more]
    return command + [part for name in NAMES for part in ("-o", name)]


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=200, check=False
    )


def _kill_at(command: list[str], folder: Path, moment: float, journal: Path, chunks: int) -> None:
    """Start, wait until the journal holds so many more lines and a moment longer, and kill."""
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    before = journal.read_bytes().count(b"\n") if journal.exists() else 0
    process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if journal.exists() and journal.read_bytes().count(b"\n") >= before + chunks:
            break
        time.sleep(0.005)
    time.sleep(moment)
    process.kill()
    process.communicate()  # until nothing of it holds its pipe any longer


@pytest.mark.slow
def test_killed_runs_end_in_the_same_bytes(small: SmallGenome, tmp_path: Path) -> None:
    source = tmp_path / "in.vcf"
    source.write_text(_source(small, 3200))
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir()
    broken.mkdir()
    done = _run(_command(small, source), whole)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in whole.iterdir()) == sorted([*NAMES, "o.vcf.gz.tbi", "o.bcf.csi"])
    journal = broken / "o.vcf.gz.genoscore-journal"
    rng = random.Random(2)
    for chunks in (1, 4, 3, 6):
        _kill_at(_command(small, source), broken, rng.random() * 0.05, journal, chunks)
        assert journal.exists()
        assert not any((broken / name).exists() for name in NAMES)
    lines = journal.read_bytes().count(b"\n")
    assert 8 < lines <= 51
    with open(journal, "ab") as torn:
        torn.write(b'{"records":"cut sh')
    done = _run(_command(small, source), broken)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in broken.iterdir()} == {path.name for path in whole.iterdir()}  # no temporary files
    for name in NAMES:
        assert (broken / name).read_bytes() == (whole / name).read_bytes()


def test_what_differs_is_said(small: SmallGenome, tmp_path: Path) -> None:
    source = tmp_path / "in.vcf"
    text = _source(small, 400)
    source.write_text(text)
    journal = tmp_path / "o.vcf.gz.genoscore-journal"
    command = _command(small, source)
    _kill_at(command, tmp_path, 0.0, journal, 3)
    kept = journal.read_bytes()

    def refused(arguments: list[str], *words: str) -> None:
        done = _run(arguments, tmp_path)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        for word in ("--resume", *words):
            assert word in done.stderr
        assert journal.read_bytes() == kept

    refused([*command, "-d", "20"], "Distance of toy was")
    source.write_text(text.replace("\t.\t.\t.\n", "\t9\t.\t.\n", 1))
    refused(command, "the input differs", "chr1:")
    source.write_text(text.replace("##contig=<ID=chr2,length=1200>", "##contig=<ID=chr2,length=1201>"))
    refused(command, "input header was")
    source.write_text(text)
    lines = kept.splitlines(keepends=True)
    head, _, _ = lines[0].replace(b'"format":2', b'"format":1').rpartition(b"\t")
    journal.write_bytes(b"".join([b"%b\t%08x\n" % (head, zlib.crc32(head)), *lines[1:]]))
    kept = journal.read_bytes()
    refused(command, "another version")
    for old, new in ((b'"rows":{"toy":[[0.', b'"rows":{"toy":[[1.'), (b'"format":', b'"Format":')):
        kept = b"".join(lines).replace(old, new, 1)
        assert kept != b"".join(lines)
        journal.write_bytes(kept)
        refused(command, "not a journal" if b"Format" in kept else "is damaged")


def test_resume_needs_a_file(small: SmallGenome, tmp_path: Path) -> None:
    from genoscore.core.config import RunConfig
    from genoscore.core.errors import ConfigError

    with pytest.raises(ConfigError, match="--resume needs a file"):
        RunConfig("-", small.fasta, resume=True)
