"""Checkpoints are read as tensors; a pickle that would run code is refused before it does."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from genoscore.core.errors import WeightsError
from genoscore.weights.checkpoints import load_checkpoint

STATE = {"stem.weight": torch.arange(600.0).reshape(3, 200), "norm.num_batches_tracked": torch.tensor(7)}


class Attack:
    """Unpickled in the usual way, it makes a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


def _save(kind: str, value: Any, path: Path) -> Path:
    if kind in ("zip", "legacy"):
        torch.save(value, path, _use_new_zipfile_serialization=kind == "zip")
    else:
        path.write_bytes(pickle.dumps(value, protocol=int(kind)))
    return path


def _refused(path: Path) -> str:
    with pytest.raises(WeightsError) as caught:
        load_checkpoint(path)
    line = caught.value.one_line()
    assert str(path) in line
    assert caught.value.hint
    assert len(line) < 150 + 2 * len(str(path))
    assert "weights_only" not in line, "torch's advice to load it all the same is not passed on"
    return line


@pytest.mark.parametrize("kind", ["zip", "legacy"])
def test_reads_what_torch_saves(kind: str, tmp_path: Path) -> None:
    found = load_checkpoint(_save(kind, STATE, tmp_path / "model.pt"))
    assert found.keys() == STATE.keys()
    assert all(torch.equal(found[name], value) for name, value in STATE.items())


def test_reads_safetensors(tmp_path: Path) -> None:
    safetensors = pytest.importorskip("safetensors.torch")
    path = tmp_path / "model.safetensors"
    safetensors.save_file(STATE, path)
    found = load_checkpoint(path)
    assert all(torch.equal(found[name], value) for name, value in STATE.items())
    for size in (0, 5, path.stat().st_size - 1):
        path.write_bytes(path.read_bytes()[:size])
        assert "damaged" in _refused(path)


@pytest.mark.parametrize("kind", ["zip", "legacy", "0", "2", "4"])
@pytest.mark.parametrize("inside", [True, False], ids=["in a state dict", "alone"])
def test_a_pickle_that_would_run_code_is_refused(kind: str, inside: bool, tmp_path: Path) -> None:
    mark = tmp_path / "it_ran"
    attack = {**STATE, "evil": Attack(mark)} if inside and kind in ("zip", "legacy") else Attack(mark)
    path = _save(kind, attack, tmp_path / "model.pt")
    line = _refused(path)
    assert "is refused: it holds more than tensors" in line
    assert "may run code" in line
    if kind != "4":
        assert "mkdir" in line
    assert not mark.exists()


def test_the_attack_works(tmp_path: Path) -> None:
    """So that the test above means something."""
    mark = tmp_path / "it_ran"
    torch.load(_save("zip", {"evil": Attack(mark)}, tmp_path / "model.pt"), weights_only=False)
    assert mark.exists()


def test_whole_modules_are_refused(tmp_path: Path) -> None:
    assert "torch.nn.modules.linear.Linear" in _refused(_save("zip", torch.nn.Linear(2, 2), tmp_path / "module.pt"))


@pytest.mark.parametrize("kind", ["zip", "legacy"])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.99])
def test_truncated_files_are_named(kind: str, share: float, tmp_path: Path) -> None:
    path = _save(kind, {"weight": torch.zeros(20_000)}, tmp_path / "model.pt")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert "damaged" in _refused(path)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([torch.zeros(2)], "holds a list"),
        ({}, "holds nothing"),
        ({"epoch": 3}, "holds int 'epoch'"),
        ({"state_dict": STATE}, "holds dict 'state_dict'"),
        ({1: torch.zeros(2)}, "holds Tensor '1'"),
    ],
)
def test_what_is_no_state_dict_is_named(value: Any, said: str, tmp_path: Path) -> None:
    assert said in _refused(_save("zip", value, tmp_path / "model.pt"))


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    page = tmp_path / "model.pt"
    page.write_text("<html>404 Not Found</html>")
    assert "not a checkpoint" in _refused(page)
    assert "No such file" in _refused(tmp_path / "missing.pt")
    assert "Is a directory" in _refused(tmp_path)
