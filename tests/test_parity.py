"""Every `SpliceAI=` string equals the peer's own, to the byte; a DP may differ only where its DS prints 0.00."""

from __future__ import annotations

from pathlib import Path

import pytest

from genoscore.api import score_vcf
from genoscore.config import RunConfig
from tests.conftest import TEST_DATA
from tests.small import info, records

# SpliceAI reads the brackets of a breakend as if they were bases; genoscore never scores one.
NOT_REPRODUCED = frozenset({"breakend"})
SETTINGS = [(50, "none", "D50.M0"), (500, "spliceai", "D500.M1")]


def _strings(path: Path) -> list[tuple[str, list[str]]]:
    found = []
    for columns in records(path):
        text = info(columns).get("SpliceAI", "")
        if columns[2] not in NOT_REPRODUCED:
            found.append((":".join(columns[:5]), text.split(",") if text else []))
    return found


def _agree(ours: str, theirs: str) -> bool:
    if ours == theirs:
        return True
    mine, peer = ours.split("|"), theirs.split("|")
    places = zip(mine[6:], peer[6:], mine[2:6], strict=True)
    return mine[:6] == peer[:6] and all(a == b or float(score) == 0 for a, b, score in places)


def compare(ours: Path, theirs: Path) -> int:
    """Assert agreement; the number of strings compared."""
    count = 0
    for (name, mine), (peer_name, peer) in zip(_strings(ours), _strings(theirs), strict=True):
        assert name == peer_name
        assert len(mine) == len(peer), name
        for one, other in zip(mine, peer, strict=True):
            assert _agree(one, other), f"{name}: {one} is not {other}"
            count += 1
    return count


Setting = tuple[int, str, str]


def _score(source: Path, reference: Path, annotation: str, setting: Setting, target: Path, precision: str) -> None:
    distance, mask, _ = setting
    options = {"distance": distance, "mask": mask, "compat": True, "precision": precision}
    score_vcf(RunConfig(str(source), reference, output=(str(target),), annotation=annotation, **options))


@pytest.mark.parametrize("setting", SETTINGS)
def test_demo_records(tmp_path: Path, spliceai_weights: Path, setting: Setting) -> None:
    """129 records of the demo genome, whose expected output SpliceAI 1.3.1 wrote."""
    folder, target = TEST_DATA / "spliceai", tmp_path / "ours.vcf"
    genes = str(TEST_DATA / "genes.tsv")
    _score(folder / "demo.vcf", TEST_DATA / "genome.fa", genes, setting, target, "fp32")
    assert compare(target, folder / f"demo.{setting[2]}.vcf") > 105


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["fp32", "auto"])
@pytest.mark.parametrize("setting", SETTINGS)
def test_real_records(shared: Path, tmp_path: Path, spliceai_weights: Path, setting: Setting, precision: str) -> None:
    """114 real records on GRCh37."""
    folder, target = shared / "parity" / "spliceai", tmp_path / "ours.vcf"
    _score(folder / "public.vcf", shared / "data" / "grch37.slices.fa.gz", "grch37", setting, target, precision)
    assert compare(target, folder / f"public.{setting[2]}.vcf") > 120


def test_some_real_records(shared: Path, tmp_path: Path, spliceai_weights: Path) -> None:
    """Every sixth of them, in every run of the tests."""
    folder, some, target = shared / "parity" / "spliceai", tmp_path / "some.vcf", tmp_path / "ours.vcf"

    def every_sixth(path: Path) -> str:
        lines = path.read_text().splitlines(keepends=True)
        header = [line for line in lines if line.startswith("#")]
        return "".join(header + lines[len(header) :: 6])

    some.write_text(every_sixth(folder / "public.vcf"))
    peer = tmp_path / "peer.vcf"
    peer.write_text(every_sixth(folder / "public.D50.M0.vcf"))
    _score(some, shared / "data" / "grch37.slices.fa.gz", "grch37", SETTINGS[0], target, "fp32")
    assert compare(target, peer) > 18
