"""The worked example of docs/custom_models.md."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from genoscore.core.errors import ConfigError
from genoscore.predictors.custom.manifest import read_manifest
from tests.conftest import ROOT, TEST_DATA, Invoke
from tests.markdown import fences
from tests.small import read_table

pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")  # users have such files all the same


def test_the_worked_example(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/custom_models.md as it stands there: its files are written, its commands run, in order."""
    page = (ROOT / "docs" / "custom_models.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name in ("genome.fa", "genes.tsv", "variants.vcf"):
        shutil.copy(TEST_DATA / name, tmp_path / name)
    said = {}
    for fence in fences(page):
        if fence.language == "toml":
            Path("liver_net.toml").write_text(fence.text)
        elif fence.language == "python":
            exec(compile(fence.text, "page", "exec"), {"__name__": "page"})
        else:
            assert fence.language == "bash"
            for line in fence.text.splitlines():
                program, *arguments = shlex.split(line)
                assert program == "genoscore"
                done = invoke(*arguments)
                assert done.exit_code == 0, f"{line}\n{done.stderr}"
                said[line] = done.stdout
    assert said["genoscore models tracks liver_net --grep CAGE"].splitlines()[1:] == ["0\tCAGE:liver\t"]
    rows = read_table(tmp_path / "scored.tsv")
    assert {row["TRACK"] for row in rows if row["STATUS"] == "SCORED"} == {"CAGE:liver", "DNASE:liver"}
    assert any(float(row["LOG2FC"]) != 0 for row in rows if row["STATUS"] == "SCORED")
    assert (tmp_path / "scored.vcf.gz").is_file()
    cage = read_table(tmp_path / "cage.tsv")
    assert {row["TRACK"] for row in cage if row["STATUS"] == "SCORED"} == {"CAGE:liver"}
    assert len((tmp_path / "tracks.tsv").read_text().splitlines()) > 5
    keys = set(re.findall(r"^\| (`.+?) \|", page, re.MULTILINE))
    documented = {name for row in keys for name in re.findall(r"`(\w+)`", row)}
    assert documented == {*_manifest_keys()}


def _manifest_keys() -> list[str]:
    """Those that the error about an unknown key lists."""
    path = Path("unknown.toml")
    path.write_text("nonsense = 1\n")
    with pytest.raises(ConfigError) as caught:
        read_manifest(path)
    return caught.value.hint.removeprefix("known keys: ").split(", ")
