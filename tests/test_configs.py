"""Every example of configs/ is a run that works, and says type and default of each key; one is of `genoscore train`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import asdict, fields, replace
from pathlib import Path

import pytest

from genoscore.core.config import RunConfig
from genoscore.core.options.table import options_of
from genoscore.core.settings import read_toml
from genoscore.outputs.targets import find_writer
from genoscore.predictors.regulatory.weights import FILE, read_header, shipped
from genoscore.training.config import read_config
from genoscore.weights.files import sha256
from tests.conftest import ROOT

TRAINING = ROOT / "configs" / "regulatory.toml"
FILES = sorted({*(ROOT / "configs").glob("*.toml")} - {TRAINING})
_KEY = re.compile(r"^(?P<key>[a-z_]+) = ")
_TYPE = re.compile(r"^# (?:string|integer|float|boolean|table)\b")


def test_there_are_examples() -> None:
    assert len(FILES) >= 3


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_makes_a_run(path: Path) -> None:
    config = RunConfig(**read_toml(path))
    assert config.predictor == ("spliceai",)
    for target in config.output:
        find_writer(target)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_key_is_explained(path: Path) -> None:
    """The comment above a key begins with its type and names its default."""
    comment: list[str] = []
    found = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        match = _KEY.match(line)
        if match:
            text = " ".join(comment)
            assert comment, match["key"]
            assert _TYPE.match(comment[0]), match["key"]
            assert "default" in text.lower(), match["key"]
            found.add(match["key"])
        comment = [*comment, line] if line.startswith("#") and not match else []
    assert found == set(tomllib.loads(path.read_text(encoding="utf-8")))


def test_the_shipped_weights_say_the_config_that_made_them() -> None:
    config, header = read_config(TRAINING), read_header(shipped(FILE))
    trained = header.trained
    assert header.config == replace(config.network, centres=config.kernel.centres)
    assert trained["training"] == {
        key: value for key, value in asdict(config.training).items() if key not in ("threads", "device")
    }
    assert trained["masking"] == asdict(config.masking)
    assert trained["kernel"] == asdict(config.kernel)
    assert trained["synthetic"] == asdict(config.synthetic)
    assert trained["motifs_sha256"] == sha256(config.data.motifs)
    for key in ("folds", "test_fold", "validation_fold", "shared"):
        assert trained[key] == getattr(config.data, key), key


def test_the_defaults_file_is_the_default() -> None:
    given = read_toml(ROOT / "configs" / "spliceai_grch38.toml")
    chosen = {"input", "reference", "output", "summary"}
    for field in fields(RunConfig):
        if field.name in given and field.name not in chosen:
            assert given[field.name] == field.default, field.name


def test_every_key_is_in_the_defaults_file() -> None:
    text = (ROOT / "configs" / "spliceai_grch38.toml").read_text(encoding="utf-8")
    for option in options_of("score").values():
        if option.in_files:
            assert re.search(rf"^(# \[?)?{option.name}\b", text, re.MULTILINE), option.name


def test_commented_keys_are_valid_too(tmp_path: Path) -> None:
    text = (ROOT / "configs" / "spliceai_grch38.toml").read_text(encoding="utf-8")
    head, tail = text.split("# Further keys, all unset by default:\n")
    everything = tmp_path / "all.toml"
    everything.write_text(head + "".join(line.removeprefix("# ") for line in tail.splitlines(keepends=True)))
    config = RunConfig(**read_toml(everything))
    assert (config.threads, config.min_band, config.weights) == (8, "moderate", {"spliceai": Path("models")})


def test_purposes() -> None:
    compat = RunConfig(**read_toml(ROOT / "configs" / "spliceai_compat.toml"))
    assert (compat.compat, compat.precision, compat.mask, compat.distance) == (True, "fp32", "none", 50)
    short = RunConfig(**read_toml(ROOT / "configs" / "spliceai_clinical_filter.toml"))
    assert (short.mask, short.min_band, short.strict) == ("site", "moderate", True)
    assert short.summary is not None
