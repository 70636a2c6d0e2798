"""`--precision auto` prints what fp32 prints, and settles only what its measured error allows."""

from __future__ import annotations

import csv
import random
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from genoscore.core.config import RunConfig
from genoscore.core.edits import Edit
from genoscore.core.variants import Variant
from genoscore.engine.precision import computed_in, screening_of
from genoscore.engine.summary import RunSummary
from genoscore.inputs.vcf import VcfReader
from genoscore.planning.jobs import Job
from genoscore.predictors.base import Screening
from genoscore.predictors.splicing.spliceai import SCREENED_DISTANCE, SPLICEAI
from genoscore.scores.splicing import SplicingScorer
from genoscore.scoring.run import score_vcf
from tests.toy import TOY

KINDS = ("AG", "AL", "DG", "DL")
BOUND = Screening(sensitive=0.005, floor=0.001, slope=2.0)


def _job() -> Job:
    return Job(Variant("c", 11, "A", "C"), None, "+", 11, 0, 30, Edit(10, 11, "C"))


def _outputs(before: float, after: float) -> tuple[torch.Tensor, torch.Tensor]:
    """One edit, two replicates, distance 1: the donor's probability at one base."""
    ref, alt = torch.zeros(1, 2, 3, 3), torch.zeros(1, 2, 3, 3)
    ref[..., 2, 1], alt[..., 2, 1] = before, after
    return ref, alt


@pytest.mark.parametrize(
    ("before", "after", "open_"),
    [
        (0.0, 0.0, False),
        (0.001, 0.002, False),  # 0.001 + 0.001 + 2 x 0.001 stays below 0.005
        (0.001, 0.0024, True),  # 0.0014 + 0.001 + 2 x 0.0014 does not
        (0.0049, 0.0048, False),
        (0.0051, 0.0051, True),  # a sensitive base, though nothing moved
        (0.9, 0.9, True),
        (0.0, 0.3, True),
        (0.0, float("nan"), True),
    ],
)
@pytest.mark.parametrize("mask", ["none", "spliceai", "site", "site,none"])
def test_unsettled(before: float, after: float, open_: bool, mask: str) -> None:
    scorer = SplicingScorer(TOY.spec(RunConfig("-", Path("-"), distance=1)), mask)
    assert scorer.unsettled(*_outputs(before, after), [_job()], BOUND).tolist() == [open_]


def test_only_measured_distances_are_screened() -> None:
    near, far = (SPLICEAI.spec(RunConfig("-", Path("-"), distance=d)) for d in (SCREENED_DISTANCE, 51))
    compat = SPLICEAI.spec(RunConfig("-", Path("-"), compat=True))
    assert screening_of(compat, "auto") is None, "the sign of a rounded zero is not promised"
    assert screening_of(near, "auto") is not None
    assert screening_of(near, "fp32") is None
    assert screening_of(far, "auto") is None
    assert [computed_in(near, "auto"), computed_in(far, "auto"), computed_in(far, "bf16")] == ["auto", "fp32", "bf16"]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open() as table:
        return list(csv.DictReader(table, delimiter="\t"))


def _as_printed(row: dict[str, str]) -> list[str]:
    """What `auto` promises: everything but the DP of a DS, and the SD of a MAX, that print 0.00."""
    hidden = {f"DP_{kind}" for kind in KINDS if row[f"DS_{kind}"] == "0.00"}
    hidden |= {"SD"} if row["MAX"] == "0.00" else set()
    return [value for key, value in row.items() if key not in hidden]


def _both(source: Path, reference: Path, folder: Path, **options: object) -> RunSummary:
    """Score in fp32 and in auto, and compare; the summary of auto."""
    found = {}
    for precision in ("fp32", "auto"):
        target = folder / f"{precision}.tsv"
        config = RunConfig(str(source), reference, output=(str(target),), precision=precision, **options)
        summary = score_vcf(config)
        found[precision] = [_as_printed(row) for row in _rows(target)]
    assert found["fp32"] == found["auto"]
    return summary


def _sample(path: Path, count: int, target: Path) -> None:
    """So many records of the 1000 Genomes file, in ten runs of neighbours, with indels among them."""
    with VcfReader(str(path)) as reader:
        records = [record for record in reader if "<" not in record.columns[4]]
        header = "\n".join([*reader.header.meta, "\t".join(reader.header.columns.split("\t")[:8])])
    rng = random.Random(2)
    starts = sorted(rng.sample(range(len(records) - count), 10))
    chosen = sorted({start + i for start in starts for i in range(count // 10)})
    target.write_text("\n".join([header, *("\t".join(records[i].columns[:8]) for i in chosen)]) + "\n")


@pytest.mark.slow
def test_demo_genome(tmp_path: Path, spliceai_weights: Path) -> None:
    """Substitutions, insertions and deletions made up in a demo gene, exons and introns; with all fields there are."""
    folder, source = Path(__file__).parent.parent / "test_data", tmp_path / "some.vcf"
    lines = (folder / "spliceai" / "demo.vcf").read_text().splitlines(keepends=True)
    header = [line for line in lines if line.startswith("#")]
    source.write_text("".join(header + lines[len(header) :: 6]))
    further = {"mask": "none,site", "site_probabilities": True}
    summary = _both(source, folder / "genome.fa", tmp_path, annotation=str(folder / "genes.tsv"), **further)
    assert {"MAX_MASKED", "DS_DL_ALT"} <= _rows(tmp_path / "auto.tsv")[0].keys()
    assert 0 < summary.settled < summary.screened


def test_some_real_variants(shared: Path, tmp_path: Path, spliceai_weights: Path) -> None:
    source = tmp_path / "some.vcf"
    _sample(shared / "data" / "1000g.chr20_1-2Mb.grch37.vcf.gz", 40, source)
    summary = _both(source, shared / "data" / "grch37.slices.fa.gz", tmp_path, annotation="grch37")
    assert summary.settled > 0.3 * summary.screened


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_thousands_of_real_variants(shared: Path, tmp_path: Path, spliceai_weights: Path) -> None:
    """Every record of the 1000 Genomes file: 12,987 variant x gene pairs of 16 genes."""
    source = shared / "data" / "1000g.chr20_1-2Mb.grch37.vcf.gz"
    summary = _both(source, shared / "data" / "grch37.slices.fa.gz", tmp_path, annotation="grch37")
    assert summary.screened > 12_000
    assert summary.settled > 0.5 * summary.screened


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_short_distance(shared: Path, tmp_path: Path, spliceai_weights: Path) -> None:
    source = tmp_path / "some.vcf"
    _sample(shared / "data" / "1000g.chr20_1-2Mb.grch37.vcf.gz", 1500, source)
    _both(source, shared / "data" / "grch37.slices.fa.gz", tmp_path, annotation="grch37", distance=10)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_memory_is_bounded(shared: Path, tmp_path: Path, spliceai_weights: Path) -> None:
    """Below 2 GB for many stretches of many shapes, then for as many records without a gene."""
    source = tmp_path / "some.vcf"
    _sample(shared / "data" / "1000g.chr20_1-2Mb.grch37.vcf.gz", 4000, source)
    text = source.read_text()
    source.write_text(text + "".join(f"20\t{1_000_001 + i}\t.\tA\t<DEL>\t.\t.\t.\n" for i in range(300_000)))
    said = tmp_path / "status"
    code = (
        f"import atexit, shutil; atexit.register(shutil.copy, '/proc/self/status', {str(said)!r}); "
        "from genoscore.cli.app import main; main()"
    )
    command = [sys.executable, "-c", code, "score", str(source), "-a", "grch37", "-q"]
    command += ["-r", str(shared / "data" / "grch37.slices.fa.gz"), "-o", str(tmp_path / "out.vcf.gz")]
    assert subprocess.run(command, check=False).returncode == 0
    # Not ru_maxrss: that of a child is at least what its parent had when it began.
    (largest,) = (line.split()[1] for line in said.read_text().splitlines() if line.startswith("VmHWM:"))
    assert 500_000 < int(largest) < 2_000_000  # kB
