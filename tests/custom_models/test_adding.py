"""Custom models that are added, replaced, damaged and removed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError, WeightsError
from genoscore.predictors import registry
from genoscore.predictors.custom.folder import models_folder
from genoscore.scoring.loading import load_predictor
from genoscore.scoring.provenance import weights_digests
from tests.conftest import Invoke
from tests.custom_models.conftest import toml_text
from tests.custom_models.toy_networks import MANIFEST
from tests.installing import write_metadata
from tests.small import SmallGenome, vcf_text
from tests.test_fences import _BLOCKED

pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")  # users have such files all the same


def _digest() -> str:
    """Of the files of the model that was added."""
    config = RunConfig("-", Path("-"), predictor=("mine",))
    return weights_digests(config, registry.resolve(config))["mine"]


def test_adding_and_removing(invoke: Invoke, write: Callable[..., Path]) -> None:
    assert registry.names() == sorted(registry._BUILT_IN)
    done = invoke("models", "add", write(licence="MIT", commercial=True).parent)
    assert done.exit_code == 0
    assert done.stdout.split("\t")[0::2] == ["added", f"{models_folder() / 'mine'}\n"]
    assert "licence of mine: MIT (allows commercial use)" in done.stderr
    assert "net.pt can run code when it is loaded" in done.stderr
    digest = _digest()
    assert done.stdout.split("\t")[1] == digest
    assert "mine" in registry.names()
    shown = invoke("models", "show", "mine").stdout.splitlines()
    assert {"name: mine", "licence: MIT", "tracks: liver, heart", "commercial_use: True"} <= {*shown}
    assert "mine" in invoke("models", "list").stdout
    done = invoke("models", "verify", "mine")
    assert (done.exit_code, done.stdout.count("no published digest")) == (1, 2)
    assert "no digest is published for 2 of the weight files of mine" in done.stderr
    done = invoke("models", "add", write(strand="both"))
    assert done.exit_code == 1
    assert "custom model mine already exists; give --force" in done.stderr
    spec = registry.get("mine").spec
    assert spec(RunConfig("-", Path("-"), predictor=("mine",))).strand == "forward"
    assert invoke("models", "add", write(strand="both"), "--force", "-q").exit_code == 0
    assert registry.get("mine").spec(RunConfig("-", Path("-"), predictor=("mine",))).strand == "both"
    assert _digest() != digest
    assert [one.name for one in models_folder().iterdir()] == ["mine"]
    done = invoke("models", "remove", "mine")
    assert (done.exit_code, done.stdout) == (0, f"removed\t{models_folder() / 'mine'}\n")
    assert list(models_folder().iterdir()) == []
    for name in ("mine", "spliceai", "../home", "."):
        done = invoke("models", "remove", name)
        assert done.exit_code == 1
        assert f"{name} is not a custom model; no custom models have been added" in done.stderr


def test_a_failed_copy_leaves_the_old_model(
    write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    registry.add_custom(write())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "net.pt")

    new = write(strand="both")
    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(WeightsError, match=r"mine cannot be added: net\.pt: No space left on device"):
        registry.add_custom(new, force=True)
    assert registry.get("mine").spec(RunConfig("-", Path("-"), predictor=("mine",))).strand == "forward"
    assert [one.name for one in models_folder().iterdir()] == ["mine"]
    monkeypatch.setenv("GENOSCORE_HOME", str(tmp_path / "file"))
    (tmp_path / "file").write_text("")
    with pytest.raises(WeightsError, match="Not a directory") as caught:
        registry.add_custom(new)
    assert "GENOSCORE_HOME" in caught.value.hint


def test_names_that_are_taken(
    write: Callable[..., Path], plugin_example: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(str(plugin_example))
    for name in ("spliceai", "cpg"):
        with pytest.raises(ConfigError, match=f"{name} is the name of another predictor"):
            registry.add_custom(write(name=name))
    registry.add_custom(write(name="later"))
    write_metadata(tmp_path, "late", "1", {"genoscore.predictors": {"later": "cpg_plugin.predictor:CPG"}})
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ConfigError, match="later is provided by both a plug-in and a custom model") as caught:
        registry.get("later")
    assert "models remove later" in caught.value.hint


def test_damaged_models_are_reported(invoke: Invoke, write: Callable[..., Path]) -> None:
    for name, text in (("bad", "name = 'bad'\n"), ("moved", None), ("hollow", "")):
        folder = models_folder() / name
        folder.mkdir(parents=True)
        (folder / "model.toml").write_text(toml_text(MANIFEST) if text is None else text)
    (models_folder() / "hollow" / "model.toml").unlink()
    (models_folder() / "spliceai").mkdir()
    registry.add_custom(write(name="tabled"))
    (models_folder() / "tabled" / "model.toml").write_text(toml_text({**MANIFEST, "name": "tabled", "tracks": "t.txt"}))
    done = invoke("models", "list")
    assert done.exit_code == 0
    assert "pangolin" in done.stdout
    lines = done.stderr.splitlines()
    said = {
        "bad": "file is missing",
        "moved": "is the manifest of mine",
        "hollow": "cannot be read",
        "spliceai": "is ignored: genoscore has a predictor of that name",
        "tabled": "t.txt does not exist",
    }
    assert len(lines) == len(said)
    for name, words in said.items():
        (line,) = [one for one in lines if re.search(rf"(model|predictor) {name}\b", one)]
        assert words in line
    for name in ("bad", "moved", "hollow"):
        with pytest.raises(ConfigError, match=f"custom model {name} cannot be used") as caught:
            registry.get(name)
        assert f"models remove {name}" in caught.value.hint
        assert invoke("models", "remove", name, "-q").exit_code == 0
    assert invoke("score", "x.vcf", "-r", "x.fa", "-p", "nonsense").stderr.count("tabled") == 1


def test_another_manifest_of_the_same_name(invoke: Invoke, write: Callable[..., Path]) -> None:
    registry.add_custom(write())
    other = write(tracks=["a", "b"], file="net.pt2")
    for given in (other, other.parent):
        predictor = load_predictor("mine", given, device="cpu")
        assert predictor.spec.tracks == ("a", "b")
    done = invoke("models", "tracks", "mine", "--weights", f"mine={other}")
    assert done.stdout.splitlines()[1:] == ["0\ta\t", "1\tb\t"]
    with pytest.raises(ConfigError, match="is the manifest of yours") as caught:
        load_predictor("mine", write(name="yours"))
    assert "-p yours" in caught.value.hint


def test_adding_and_checking_need_no_torch(write: Callable[..., Path], small: SmallGenome, tmp_path: Path) -> None:
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text([f"chr1 300 {small.sequences['chr1'][299]} <DEL>"]))
    check = ["check", str(source), "-r", str(small.fasta), "-a", "none", "-p", "mine"]
    for arguments in (["models", "add", str(write())], check):
        code = _BLOCKED.format(blocked={"torch", "h5py"}, arguments=arguments)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
    assert "SYMBOLIC" in done.stdout
