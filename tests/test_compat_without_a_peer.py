"""Options that mean nothing to any of the chosen predictors are refused; those that mean something to one are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.predictors import registry
from genoscore.scoring.check import check_vcf
from genoscore.scoring.run import score_vcf
from tests.small import SmallGenome, records, vcf_text


@pytest.fixture(autouse=True)
def _registered(plugin_example: Path, toy: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(plugin_example))
    monkeypatch.setitem(registry._BUILT_IN, "bins", "tests.toy:BINS")


def _config(*names: str, **options: object) -> RunConfig:
    return RunConfig("no.vcf", Path("no.fa"), predictor=names, compat=True, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("cpg",), "--compat: cpg has no peer tool to reproduce"),
        (("regulatory",), "--compat: regulatory has no peer tool to reproduce"),
        (("bins", "cpg"), "--compat: none of bins, cpg has a peer tool to reproduce"),
    ],
)
def test_compat_without_a_peer(names: tuple[str, ...], words: str) -> None:
    """Also for a plug-in, whose spec does not refuse it."""
    for act in (score_vcf, check_vcf, registry.resolve):
        with pytest.raises(ConfigError) as caught:
            act(_config(*names))
        assert caught.value.one_line() == f"{words}; leave it out"


def test_compat_with_one_peer(small: SmallGenome, tmp_path: Path) -> None:
    """The others run as they do without it, and say nothing of it in the header."""
    source = tmp_path / "in.vcf"
    base = small.sequences["chr1"][299]
    source.write_text(vcf_text([f"chr1 300 {base} {base}AC"]))
    found = {}
    for compat in (False, True):
        names = ("toy", "bins", "cpg") if compat else ("bins", "cpg")
        target = tmp_path / f"{compat}.vcf"
        score_vcf(
            RunConfig(
                str(source), small.fasta, output=(str(target),), predictor=names, annotation=str(small.genes),
                compat=compat,
            )
        )  # fmt: skip
        (columns,) = records(target)
        found[compat] = [entry for entry in columns[7].split(";") if entry.startswith(("GS_BINS", "GS_CPG"))]
        lines = [line for line in target.read_text().splitlines() if line.startswith("##genoscore")]
        assert [line.split(",")[0] for line in lines if "Compat=true" in line] == ["##genoscore=<ID=TOY"] * compat
    assert found[True] == found[False] != []
