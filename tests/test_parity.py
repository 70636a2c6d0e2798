"""Every string equals the peer's own, to the byte; a DP may differ only where its DS prints 0.00."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from genoscore.core.config import RunConfig
from genoscore.scoring.run import score_vcf
from tests.conftest import TEST_DATA
from tests.small import info, records

# SpliceAI reads the brackets of a breakend as if they were bases; genoscore never scores one.
NOT_REPRODUCED = frozenset({"breakend"})
SETTINGS = [(50, "none", "D50.M0"), (500, "spliceai", "D500.M1")]


def _strings(path: Path, key: str) -> list[tuple[str, list[str]]]:
    found = []
    for columns in records(path):
        text = info(columns).get(key, "")
        if columns[2] not in NOT_REPRODUCED:
            found.append((":".join(columns[:5]), text.split(",") if text else []))
    return found


def _agree(ours: str, theirs: str) -> bool:
    if ours == theirs:
        return True
    mine, peer = ours.split("|"), theirs.split("|")
    places = zip(mine[6:], peer[6:], mine[2:6], strict=True)
    return mine[:6] == peer[:6] and all(a == b or float(score) == 0 for a, b, score in places)


def compare(ours: Path, theirs: Path, key: str = "SpliceAI") -> int:
    """Assert agreement; the number of strings compared."""
    count = 0
    for (name, mine), (peer_name, peer) in zip(_strings(ours, key), _strings(theirs, key), strict=True):
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


@pytest.mark.parametrize("setting", [SETTINGS[0], pytest.param(SETTINGS[1], marks=pytest.mark.slow)])
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


def _every(step: int, path: Path) -> str:
    lines = path.read_text().splitlines(keepends=True)
    header = [line for line in lines if line.startswith("#")]
    return "".join(header + lines[len(header) :: step])


def _score_family(source: Path, shared: Path, name: str, weights: str, target: Path, mask: str) -> None:
    options = {"annotation": "grch37", "compat": True, "mask": mask, "predictor": (name,)}
    given = {name: shared / "models" / weights}
    genome = shared / "data" / "grch37.slices.fa.gz"
    score_vcf(RunConfig(str(source), genome, output=(str(target),), weights=given, **options))


OPENSPLICEAI = [("2000nt", "spliceai", "public.2000nt.D50.M1.vcf"), ("10000nt", "none", "public.10000nt.D50.M0.vcf")]


@pytest.mark.slow
@pytest.mark.parametrize(("context", "mask", "peer"), OPENSPLICEAI)
def test_openspliceai(shared: Path, tmp_path: Path, spliceai_genes: None, context: str, mask: str, peer: str) -> None:
    """114 real records against OpenSpliceAI 0.0.7."""
    source, target = shared / "parity" / "spliceai" / "public.vcf", tmp_path / "ours.vcf"
    _score_family(source, shared, "openspliceai", f"openspliceai-mane/{context}", target, mask)
    assert compare(target, shared / "parity" / "openspliceai" / peer, "OpenSpliceAI") == 124


def test_some_of_openspliceai(shared: Path, tmp_path: Path, spliceai_genes: None) -> None:
    source, target, peer = (tmp_path / name for name in ("some.vcf", "ours.vcf", "peer.vcf"))
    context, mask, name = OPENSPLICEAI[0]
    source.write_text(_every(9, shared / "parity" / "spliceai" / "public.vcf"))
    peer.write_text(_every(9, shared / "parity" / "openspliceai" / name))
    _score_family(source, shared, "openspliceai", f"openspliceai-mane/{context}", target, mask)
    assert compare(target, peer, "OpenSpliceAI") > 12


def _compare_pangolin(shared: Path, folder: Path, wanted: list[dict[str, Any]]) -> None:
    """Each setting of the mask in a run of its own."""
    for mask in (False, True):
        peer = [one for one in wanted if one["mask"] == mask]
        source, target = folder / "in.vcf", folder / f"{mask}.vcf"
        rows = [f"{one['chrom']}\t{one['pos']}\t.\t{one['ref']}\t{one['alt']}\t.\t.\t." for one in peer]
        source.write_text(
            "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n" + "\n".join(rows) + "\n"
        )
        _score_family(source, shared, "pangolin", "pangolin", target, "site" if mask else "none")
        for columns, one in zip(records(target), peer, strict=True):
            assert info(columns).get("Pangolin") == one["pangolin"], columns[:5]


@pytest.mark.slow
def test_pangolin(shared: Path, tmp_path: Path, spliceai_genes: None) -> None:
    """59 real records, with and without its mask."""
    wanted = json.loads((shared / "parity" / "pangolin" / "public.json").read_text())
    assert len(wanted) == 118
    _compare_pangolin(shared, tmp_path, wanted)


def test_some_of_pangolin(shared: Path, tmp_path: Path, spliceai_genes: None) -> None:
    """Neighbours in BRCA1, which share their reference."""
    wanted = json.loads((shared / "parity" / "pangolin" / "public.json").read_text())
    near = [one for one in wanted if one["chrom"] == "chr17" and 41276124 <= one["pos"] <= 41276132]
    assert len(near) >= 6
    _compare_pangolin(shared, tmp_path, near)
