"""Commands with the toy predictor whose outputs are watched, and faults that are set up inside their process."""

from __future__ import annotations

import random
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests import preloaded
from tests.conftest import ROOT
from tests.small import SmallGenome, vcf_text

# Small chunks, so that a run has many moments between them.
_REGISTERED = (
    "from genoscore.predictors import registry; registry._BUILT_IN.update(toy='tests.toy:TOY'); "
    "import genoscore.scoring.opening as opening; from genoscore.planning.chunks import make_chunks; "
    "opening.make_chunks = lambda records, _: make_chunks(records, max_records=32)\n"
)
_MAIN = "\nfrom genoscore.cli.app import main; main()"
_SECONDS = re.compile(rb'"seconds": (\{[^}]*\}|[0-9.e-]+)')
KINDS = ("score", "predict", "evaluate")  # every way in which outputs appear: files, a file per track, a folder
FORMATS = ("o.vcf", "o.vcf.gz", "o.bcf", "o.tsv", "o.tsv.gz", "o.wide.tsv", "o.parquet")


@dataclass(frozen=True)
class Job:
    """One command, and two ways to run it, which write different bytes to the same files.

    Attributes:
        arguments: of the command, all outputs in the current folder.
        earlier: further options of an earlier run, whose outputs this one replaces.
        outputs: files that it writes, by their relative paths.
    """

    arguments: tuple[str, ...]
    earlier: tuple[str, ...]
    outputs: tuple[str, ...]


def write_variants(small: SmallGenome, path: Path, count: int, seed: int = 4) -> Path:
    """A sorted VCF of SNVs and insertions in the genes of chr1."""
    rng = random.Random(seed)
    rows = []
    for pos in sorted(rng.choices(range(101, 790), k=count)):
        base = small.sequences["chr1"][pos - 1]
        rows.append(f"chr1 {pos} {base} {rng.choice([b for b in 'ACGT' if b != base])}{rng.choice(['', '', 'GT'])}")
    path.write_text(vcf_text(rows))
    return path


def score_job(small: SmallGenome, source: Path, names: tuple[str, ...] = FORMATS) -> Job:
    """`score` with an output in every format, and the summary."""
    arguments = ["score", str(source), "-r", str(small.fasta), "-a", str(small.genes), "-p", "toy", "--threads", "1"]
    for name in names:
        arguments += ["-o", name]
    made = [*names, *(f"{name}.tbi" for name in names if name.endswith(".vcf.gz"))]
    made += [f"{name}.csi" for name in names if name.endswith(".bcf")]
    return Job((*arguments, "--summary", "s.json"), ("-d", "5"), (*made, "s.json"))


def predict_job(small: SmallGenome, names: tuple[str, ...] = ("t.npz", "t.tsv", "t.bedgraph")) -> Job:
    """`predict` of a region in several formats, some of a file per track."""
    arguments = ["predict", "--region", "chr1:300-700", "-r", str(small.fasta), "-p", "toy"]
    for name in names:
        arguments += ["-o", name]
    return Job(tuple(arguments), ("--strand", "reverse"), ())


def evaluate_job(small: SmallGenome, folder: Path) -> Job:
    """`evaluate` of a table, into a folder."""
    rng = random.Random(3)
    rows = ["CHROM\tPOS\tREF\tALT\tlabel"]
    for pos in range(110, 490, 7):
        base = small.sequences["chr1"][pos - 1]
        alt = rng.choice([b for b in "ACGT" if b != base])
        rows.append(f"chr1\t{pos}\t{base}\t{alt}\t{rng.choice(['yes', 'no'])}")
    table = folder / "labels.tsv"
    table.write_text("\n".join(rows) + "\n")
    arguments = ["evaluate", str(table), "-r", str(small.fasta), "-a", str(small.genes), "-p", "toy", "-o", "figures"]
    return Job((*arguments, "--label", "label", "--positive", "yes", "--negative", "no"), ("-d", "5"), ())


def job_of(kind: str, small: SmallGenome, folder: Path, n_variants: int) -> Job:
    """One of KINDS, with inputs in a folder."""
    if kind == "score":
        return score_job(small, write_variants(small, folder / "in.vcf", n_variants))
    return predict_job(small) if kind == "predict" else evaluate_job(small, folder)


def command(job: Job, *more: str, fault: str = "") -> list[str]:
    """The command line that runs a job in the current folder.

    Args:
        fault: Python that is run first, in the same process.
    """
    return [*preloaded.command(_REGISTERED + fault + _MAIN), *job.arguments, *more]


def environment(folder: Path) -> dict[str, str]:
    """A bare environment whose home is that folder's parent, so that nothing is cached inside."""
    return {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(folder.parent), "OMP_NUM_THREADS": "1"}


def run(job: Job, folder: Path, *more: str, fault: str = "", seconds: float = 300) -> subprocess.CompletedProcess[str]:
    """Run a job to its end in a folder, for at most so many seconds."""
    return subprocess.run(
        command(job, *more, fault=fault),
        cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=seconds, check=False,
    )  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    """Relative path -> bytes of every file, hidden ones too; seconds in a JSON do not count."""
    return {
        str(path.relative_to(folder)): _lasting(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def _lasting(path: Path) -> bytes:
    data = path.read_bytes()
    return _SECONDS.sub(b"", data) if path.suffix == ".json" else data


def hidden(folder: Path) -> list[str]:
    """Temporary files and folders of genoscore that lie in a folder or below it."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob(".*"))


def one_error(done: subprocess.CompletedProcess[str]) -> str:
    """The error line of a run that must have ended with exit code 1 and nothing else on standard error."""
    assert done.returncode == 1, (done.returncode, done.stderr)
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert "this is a bug in genoscore" not in lines[0], lines[0]
    return lines[0]
