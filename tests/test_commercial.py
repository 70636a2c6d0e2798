"""--commercial refuses predictors and gene tables that do not allow commercial use, before any work."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path

import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.core.settings import read_toml
from genoscore.predictors import registry
from genoscore.predictors.registry import resolve
from genoscore.scoring.check import check_vcf
from genoscore.scoring.loading import load_predictor
from genoscore.scoring.run import score_vcf
from tests.conftest import Invoke
from tests.small import SmallGenome, vcf_text


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """`fetched` allows commercial use, `toy` does not say."""
    monkeypatch.setitem(registry._BUILT_IN, "fetched", "tests.fetched:FETCHED")
    monkeypatch.setitem(registry._BUILT_IN, "toy", "tests.toy:TOY")


def _config(*names: str, commercial: bool = True, **more: object) -> RunConfig:
    return RunConfig("no.vcf", Path("no.fa"), predictor=names, commercial=commercial, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["spliceai", "toy"])
def test_refused_before_any_work(name: str) -> None:
    for act in (score_vcf, check_vcf, resolve):
        with pytest.raises(ConfigError, match=f"the weights of {name}") as caught:
            act(_config("fetched", name))
        assert "fetched" in caught.value.hint
        assert name not in caught.value.hint.replace(":", ",").replace(" ", "").split(",")
    with pytest.raises(ConfigError, match="do not allow commercial use"):
        load_predictor(name, commercial=True)


def test_own_weights_make_no_difference(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="CC BY-NC 4"):
        resolve(_config("spliceai", weights={"spliceai": tmp_path}))


def test_allowed() -> None:
    resolve(_config("fetched"))
    resolve(_config("spliceai", "toy", commercial=False))


def test_a_plug_in_that_cannot_be_imported_does_not_hide_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> registry.PredictorEntry:
        if name == "broken":
            raise ConfigError("predictor broken cannot be imported")
        return found(name)

    found = registry.get
    monkeypatch.setattr(registry, "get", broken)
    monkeypatch.setattr(registry, "names", lambda: ["broken", "fetched", "spliceai"])
    with pytest.raises(ConfigError) as caught:
        resolve(_config("spliceai"))
    assert caught.value.hint == "these do: fetched"


def test_flag_and_key(invoke: Invoke, tmp_path: Path) -> None:
    for command in ("score", "check"):
        done = invoke(command, "no.vcf", "-r", "no.fa", "--commercial")
        assert done.exit_code == 1
        assert done.stderr.startswith("genoscore: error: --commercial: the weights of spliceai (CC BY-NC 4.0)")
        assert done.stderr.count("\n") == 1
    path = tmp_path / "c.toml"
    path.write_text("commercial = true\n")
    assert read_toml(path) == {"commercial": True}
    done = invoke("score", "no.vcf", "-r", "no.fa", "--config", str(path), "--no-commercial")
    assert "--commercial" not in done.stderr


def test_models_list(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(registry._BUILT_IN, "fetched")
    every, allowed = (
        {row["name"]: row for row in json.loads(invoke("models", "list", "--json", *more).stdout)}
        for more in ([], ["--commercial"])
    )
    assert every["spliceai"]["commercial_use"] is False
    assert every["spliceai"]["licence_url"].startswith("https://")
    assert every["spliceai"]["fetch_from"].startswith("https://")
    assert allowed.keys() == {name for name, row in every.items() if row["commercial_use"]}


@pytest.fixture
def source(small: SmallGenome, tmp_path: Path) -> Path:
    path = tmp_path / "in.vcf"
    path.write_text(vcf_text([f"chr1 300 {small.sequences['chr1'][299]} <DEL>"]))
    return path


@pytest.mark.parametrize("installed", [True, False])
@pytest.mark.parametrize("annotation", ["grch37", "grch38"])
def test_gene_tables_of_spliceai_are_refused(
    annotation: str, installed: bool, source: Path, small: SmallGenome, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come with its package; the advice is not to install that."""
    if not installed:

        def missing(name: str) -> None:
            raise importlib.metadata.PackageNotFoundError(name)

        monkeypatch.setattr(importlib.metadata, "distribution", missing)
    command = ["check", str(source), "-r", str(small.fasta), "-a", annotation, "--commercial", "-p"]
    done = invoke(*command, "openspliceai")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        f"genoscore: error: --commercial: the gene table {annotation} is part of the package spliceai, "
        "which is not known to allow commercial use; give -a mane, or -a FILE, a GTF or GFF3 from GENCODE\n"
    )
    done = invoke(*command, "enformer")
    assert done.exit_code == 1
    assert done.stderr.endswith("; give -a mane, or -a FILE, a GTF or GFF3 from GENCODE, or -a none\n")


def test_other_gene_tables_are_not(source: Path, small: SmallGenome) -> None:
    """Nor are SpliceAI's where no predictor needs genes."""
    for name, annotation in (("openspliceai", str(small.genes)), ("enformer", "none"), ("regulatory", "grch38")):
        config = RunConfig(str(source), small.fasta, predictor=(name,), annotation=annotation, commercial=True)
        assert check_vcf(config).records == 1


def test_without_the_flag_they_are_read(source: Path, small: SmallGenome, spliceai_genes: None) -> None:
    assert check_vcf(RunConfig(str(source), small.fasta, predictor=("openspliceai",))).records == 1
