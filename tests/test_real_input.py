"""Real files with the toy predictor: what comes out is what went in, with a status for every ALT."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from genoscore.core.config import RunConfig
from genoscore.scoring.check import check_vcf
from genoscore.scoring.run import score_vcf

pytestmark = pytest.mark.usefixtures("toy")
THOUSAND_GENOMES = "1000g.chr20_1-2Mb.grch37.vcf.gz"
EXAC = "exac.chr22_17.4-17.7Mb.grch37.vcf.gz"


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", newline="\n") as file:
        yield from (line.rstrip("\n") for line in file if line[0] != "#")


def _score(shared: Path, source: Path | str, *outputs: Path) -> None:
    data = shared / "data"
    score_vcf(
        RunConfig(
            str(data / source), data / "grch37.slices.fa.gz", output=tuple(map(str, outputs)), predictor=("toy",),
            annotation="grch37",
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "count"), [pytest.param(THOUSAND_GENOMES, 28998, marks=pytest.mark.slow), (EXAC, 854)]
)
def test_every_line_comes_out_with_info_appended(
    shared: Path, tmp_path: Path, spliceai_weights: Path, name: str, count: int
) -> None:
    source, target = shared / "data" / name, tmp_path / "out.vcf.gz"
    _score(shared, source, target)
    seen = 0
    for before, after in zip(_lines(source), _lines(target), strict=True):
        old, new = before.split("\t"), after.split("\t")
        assert new[:7] + new[8:] == old[:7] + old[8:]
        added = new[7].removeprefix("" if old[7] == "." else old[7] + ";")
        fields = dict(entry.partition("=")[::2] for entry in added.split(";"))
        assert len(fields["GS_TOY_STATUS"].split(",")) == len(old[4].split(","))
        seen += 1
    assert seen == count


def test_exac_is_read_by_bcftools(shared: Path, tmp_path: Path, spliceai_weights: Path) -> None:
    if not shutil.which("bcftools"):
        pytest.skip("bcftools is not installed (Debian: bcftools)")
    paths = [tmp_path / "out.vcf.gz", tmp_path / "out.bcf"]
    _score(shared, EXAC, *paths)
    query = ["bcftools", "query", "-f", "%CHROM %POS %INFO/GS_TOY_MAX\n"]
    text, binary = (subprocess.run([*query, path], capture_output=True, text=True, check=True).stdout for path in paths)
    assert text.count("\n") == 854
    assert text == binary
    for path in paths:
        done = subprocess.run(["bcftools", "view", "-H", path, "22:17443577-17443603"], capture_output=True, check=True)
        assert done.stdout.count(b"\n") == 4


def test_another_build_is_said_in_plain_words(shared: Path, spliceai_weights: Path) -> None:
    data = shared / "data"
    found = check_vcf(
        RunConfig(str(data / EXAC), data / "grch38.slices.fa.gz", predictor=("toy",), annotation="grch38")
    )
    assert any("different builds" in note for note in found.notes)
    right = check_vcf(
        RunConfig(str(data / EXAC), data / "grch37.slices.fa.gz", predictor=("toy",), annotation="grch37")
    )
    assert right.notes == []
    assert right.aliases == {"22": "chr22"}
