"""Outputs that are not what a predictor's spec promises are refused in one line that says whose fault they are."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner

from genoscore.cli.app import app
from genoscore.core.config import RunConfig
from genoscore.core.edits import Edit
from genoscore.core.errors import ConfigError, WeightsError
from genoscore.predictors import registry
from genoscore.predictors.base import PredictorSpec
from genoscore.predictors.outputs import checked_edits, checked_outputs
from genoscore.scoring.loading import load_predictor
from tests.installing import write_metadata
from tests.small import SmallGenome, vcf_text
from tests.toy import BINS, TISSUE_TOY, TOY

Change = Callable[[torch.Tensor], Any]

WRONG: dict[str, Change] = {
    "no replicates": lambda y: y[:, 0],
    "no bins": lambda y: y[..., 0],
    "a window too many": lambda y: torch.cat([y, y[:1]]),
    "a replicate too many": lambda y: torch.cat([y, y[:, :1]], dim=1),
    "a track too many": lambda y: torch.cat([y, y[:, :, :1]], dim=2),
    "a track too few": lambda y: y[:, :, 1:],
    "a bin too few": lambda y: y[..., :-1],
    "whole numbers": lambda y: y.long(),
    "truth values": lambda y: y > 0,
    "not a tensor": lambda y: y.tolist(),
    "nothing": lambda y: None,
}


class Changed:
    """A registry row: a predictor of the tests whose outputs are changed before anyone sees them."""

    def __init__(self, inner: Any, change: Change) -> None:
        self._inner, self._change = inner, change
        self.card = inner.card

    def spec(self, config: RunConfig) -> PredictorSpec:
        return self._inner.spec(config)

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        return {}

    def load(self, config: RunConfig, spec: PredictorSpec) -> Any:
        predictor = self._inner.load(config, spec)
        for name in ("predict", "predict_edits"):
            if hasattr(predictor, name):
                setattr(predictor, name, self._changed(getattr(predictor, name)))
        return predictor

    def _changed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def changed(*args: Any, **more: Any) -> Any:
            y = method(*args, **more)
            return tuple(map(self._change, y)) if isinstance(y, tuple) else self._change(y)

        return changed


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, Change], str]:
    """Put a changed predictor into the registry, under its own name."""

    def put(inner: Any, change: Change) -> str:
        monkeypatch.setattr(sys.modules[__name__], "ROW", Changed(inner, change), raising=False)
        monkeypatch.setitem(registry._BUILT_IN, inner.card.name, f"{__name__}:ROW")
        return inner.card.name

    return put


def _refused(*command: object) -> str:
    """The one line that a command ends with."""
    done = CliRunner().invoke(app, list(map(str, command)))
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("inner", [BINS, TOY, TISSUE_TOY], ids=["whole windows", "edits", "edits of an ensemble"])
def test_score(
    inner: Any, change: Change, register: Callable[[Any, Change], str], small: SmallGenome, tmp_path: Path
) -> None:
    name = register(inner, change)
    bases = small.sequences["chr1"]
    rows = [f"chr1 {pos} {bases[pos - 1]} {alt}" for pos in (130, 230) for alt in ("AC", "GTT")]
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text(rows))
    out = ("-o", tmp_path / "out.vcf", "-o", tmp_path / "out.tsv")
    line = _refused("score", source, "-r", small.fasta, "-a", small.genes, "-p", name, "-d", 20, *out, "-q")
    assert line.startswith(f"genoscore: error: predictor {name} gave ")
    assert "expected" in line
    assert "bug in genoscore" in line
    assert [path.name for path in tmp_path.iterdir()] == ["in.vcf"]


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_predict(change: Change, register: Callable[[Any, Change], str], tmp_path: Path) -> None:
    """The same line as `score`'s."""
    name = register(BINS, change)
    (tmp_path / "in.fa").write_text(">one\n" + "ACGT" * 10 + "\n")
    line = _refused("predict", tmp_path / "in.fa", "-p", name, "-o", tmp_path / "out.npz", "-q")
    assert line.startswith(f"genoscore: error: predictor {name} gave ")
    assert "expected" in line


def _spec(**more: Any) -> PredictorSpec:
    facts = {"context_length": 4, "n_bins": 5, "strand": "forward", "name": "mine", "family": "sites"}
    return PredictorSpec(**{**facts, "tracks": ("a", "b"), "replicates": 3, **more})


def test_the_line() -> None:
    """What came, what was expected and by what names."""
    with pytest.raises(ConfigError) as caught:
        checked_outputs(torch.zeros(2, 3, 2, 5), torch.zeros(2, 4, 10), _spec())
    assert str(caught.value) == (
        "predictor mine gave outputs of shape (2, 3, 2, 5) for 2 windows of 10 bases, "
        "expected (2, 3, 2, 6): windows, replicates, tracks, bins"
    )
    with pytest.raises(ConfigError, match=r"^predictor mine gave outputs of type torch.int64 .* expected floating"):
        checked_outputs(torch.zeros(2, 3, 2, 6, dtype=torch.int64), torch.zeros(2, 4, 10), _spec())
    with pytest.raises(ConfigError, match=r"^predictor mine gave a list for .* expected a tensor"):
        checked_outputs([0.5], torch.zeros(2, 4, 10), _spec())
    right = torch.zeros(2, 3, 2, 6, dtype=torch.bfloat16)
    assert checked_outputs(right, torch.zeros(2, 4, 10), _spec()) is right


def test_the_line_for_edits() -> None:
    """Both sides are looked at, and each has as many bins as its longest edit."""
    edits = [Edit(10, 11, "A"), Edit(20, 21, "ACG")]
    ref, alt = torch.zeros(2, 3, 2, 5), torch.zeros(2, 3, 2, 7)
    assert checked_edits((ref, alt), edits, _spec()) == (ref, alt)
    for pair, side, wanted in (
        ((ref[:1], alt), "REF", "(2, 3, 2, 5)"),
        ((ref, alt[..., :-1]), "ALT", "(2, 3, 2, 7)"),
        ((ref, ref), "ALT", "(2, 3, 2, 7)"),
    ):
        with pytest.raises(ConfigError) as caught:
            checked_edits(pair, edits, _spec())
        assert f"for {side} of 2 edits, expected {wanted}: edits, replicates, tracks, bins" in str(caught.value)
    for both in (ref, (ref,), None):
        with pytest.raises(ConfigError, match="expected a pair of tensors, for REF and ALT"):
            checked_edits(both, edits, _spec())


def test_who_is_to_correct_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plug-in's distribution, a custom model's manifest, genoscore, or whoever made an object that nobody offers."""

    def hint(name: str) -> str:
        with pytest.raises(ConfigError) as caught:
            checked_outputs(None, torch.zeros(1, 4, 10), _spec(name=name))
        return caught.value.hint

    write_metadata(tmp_path, "some-plugin", "1.2", {"genoscore.predictors": {"mine": "no_module:X"}})
    monkeypatch.syspath_prepend(str(tmp_path))
    assert hint("mine") == "this is a bug in some-plugin 1.2: please report it to its authors"
    assert hint("spliceai") == "this is a bug in genoscore: please report it"
    monkeypatch.setattr(registry, "added_names", lambda: ["own"])
    assert hint("own") == "correct the network of the custom model, or its manifest"
    assert hint("elsewhere") == "correct the predictor"


class Kind(torch.nn.Module):
    """One number for each of two tracks, of a type that no score can be made of."""

    def __init__(self, kind: torch.dtype) -> None:
        super().__init__()
        self.kind = kind

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.sum(dim=2)[:, :2].to(self.kind)


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
@pytest.mark.parametrize("kind", [torch.int64, torch.bool, torch.complex64])
def test_a_custom_model(kind: torch.dtype, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file and its manifest are named."""
    monkeypatch.setenv("GENOSCORE_HOME", str(tmp_path / "home"))
    torch.jit.save(torch.jit.trace(Kind(kind), torch.zeros(1, 4, 16)), str(tmp_path / "net.pt"))
    manifest = tmp_path / "model.toml"
    manifest.write_text(
        'name = "own"\nfile = "net.pt"\ntracks = ["a", "b"]\ninput_length = 16\noutput_layout = "tracks"\n'
    )
    registry.add_custom(manifest)
    with pytest.raises(WeightsError) as caught:
        load_predictor("own", device="cpu")
    line = caught.value.one_line()
    assert re.search(rf"net\.pt returns outputs of type {kind}, expected floating-point numbers; ", line)
    assert caught.value.hint == "let the network end in .float()"
