"""Files of small networks, and manifests that name them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tests.custom_models.toy_networks import (
    LENGTH,
    MANIFEST,
    Couple,
    Net,
    Two,
    Typed,
    Wrapped,
    save_exported,
    save_traced,
)


@pytest.fixture(scope="session")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of small networks in both formats."""
    folder = tmp_path_factory.mktemp("networks")
    save_traced(folder / "net.pt", Net())
    for kind in ("turned", "one", "nan", "dropout", "batch"):
        shape = (1, LENGTH, 4) if kind == "turned" else (2, 4, LENGTH)
        traced = torch.jit.trace(Wrapped(kind), torch.zeros(shape), check_trace=False)
        torch.jit.save(traced, str(folder / f"{kind}.pt"))
    save_traced(folder / "couple.pt", Couple())
    torch.export.save(torch.export.export(Two(), (torch.zeros(1, 4, LENGTH),) * 2), folder / "two.pt2")
    save_exported(folder / "net.pt2", 2, torch.export.Dim("windows"))
    save_exported(folder / "single.pt2", 1, None)
    save_exported(folder / "typed.pt2", 1, None, Typed())
    save_exported(folder / "pair.pt2", 2, None)
    save_exported(folder / "few.pt2", 2, torch.export.Dim("windows", min=1, max=3))
    torch.save(Net().state_dict(), folder / "tensors.pt")
    (folder / "junk.pt").write_bytes(b"junk")
    return folder


@pytest.fixture(autouse=True)
def _own_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Models that a test adds are gone after it."""
    monkeypatch.setenv("GENOSCORE_HOME", str(tmp_path / "home"))


def toml_text(values: dict[str, object]) -> str:
    def text(value: object) -> str:
        return str(value).lower() if isinstance(value, bool) else repr(value)

    return "".join(f"{key} = {text(value)}\n" for key, value in values.items() if value is not None)


@pytest.fixture
def write(networks: Path, tmp_path: Path) -> Callable[..., Path]:
    """Write a manifest, with the network's file beside it; a value of None leaves the key out."""

    def make(**values: object) -> Path:
        values = {**MANIFEST, **values}
        folder = tmp_path / f"made_{len(list(tmp_path.glob('made_*')))}"
        folder.mkdir()
        file = str(values["file"])
        if (networks / file).is_file():
            shutil.copy(networks / file, folder / file)
        path = folder / "mine.toml"
        path.write_text(toml_text(values))
        return path

    return make
