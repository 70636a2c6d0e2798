"""The order of a run of `genoscore train`: what can be refused comes before what takes long."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from genoscore.core.errors import ConfigError
from genoscore.training.config import SyntheticConfig, TrainConfig
from genoscore.training.run import train
from tests.training.toy_data import StopAfter


def _names(folder: Path) -> list[str]:
    return sorted(path.name.partition("-")[0] for path in folder.iterdir())


def test_an_interrupted_network_is_refused_before_others_are_fitted(toy: TrainConfig, tmp_path: Path) -> None:
    config = replace(toy, synthetic=SyntheticConfig())
    with pytest.raises(KeyboardInterrupt):
        train(config, tmp_path / "out", member=1, observer=StopAfter(6))
    with pytest.raises(ConfigError, match=r"member-1\.pt holds 1 epochs of an interrupted run"):
        train(config, tmp_path / "out")
    assert _names(tmp_path / "out") == ["member"], "nothing was prepared, and network 0 was not begun"
    train(config, tmp_path / "out", member=0)
    assert _names(tmp_path / "out") == ["member", "member"], "network 1 does not stand in the way of network 0"


def test_a_network_alone_prepares_only_what_it_reads(toy: TrainConfig, tmp_path: Path) -> None:
    """The kernel regression beside the networks is of the run that joins them; synthetic rows come of it."""
    train(replace(toy, synthetic=SyntheticConfig()), tmp_path / "rows", member=0)
    assert _names(tmp_path / "rows") == ["member"]
    train(toy, tmp_path / "synthetic", member=0)
    assert _names(tmp_path / "synthetic") == ["kernel", "member"]
    (kernel,) = (tmp_path / "synthetic").glob("kernel-*")
    kernel.unlink()
    train(toy, tmp_path / "synthetic", member=0)
    assert _names(tmp_path / "synthetic") == ["member"], "it is fitted already"
