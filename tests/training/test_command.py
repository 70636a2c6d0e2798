"""The configuration of `genoscore train`, and the command."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import typer

from genoscore.cli.train import train as train_command
from genoscore.cli.training_report import TrainReporter
from genoscore.core.errors import ConfigError, InputError, OutputError
from genoscore.training.config import (
    TrainConfig,
    read_config,
)
from genoscore.training.motifs import read_motifs
from genoscore.training.run import train
from tests.conftest import ROOT
from tests.training.toy_data import LEFT, NETWORK, RIGHT, files_in

MINIMAL = '[data]\ntable = "t.tsv"\nmotifs = "m.jaspar"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "[data] lacks table"),
        ("data = 1\n", "'data' is not a table of this config"),
        (MINIMAL + "[train]\n", "'train' is not a table of this config"),
        (MINIMAL + "colour = 1\n", "[data] has no key 'colour'; known keys: table, motifs, sequence"),
        (MINIMAL + 'folds = "ten"\n', "[data] folds is 'ten'; give a whole number"),
        (MINIMAL + "folds = true\n", "[data] folds is True; give a whole number"),
        (MINIMAL + "test_fold = 10\n", "[data] test_fold must be 0 to 9, or -1 for none"),
        (MINIMAL + "validation_fold = 0\n", "validation_fold must not be test_fold"),
        (MINIMAL + "shared = 5\n", "shared must be 0, or 8 to 64"),
        (MINIMAL + 'adaptors = ["ACX", ""]\n', "adaptors must consist of A, C, G and T"),
        (MINIMAL + 'adaptors = "ACX"\n', "give a list of two texts"),
        (MINIMAL + "[network]\nlength = 10\ntoken_size = 4\n", "[network] length 10 is not a multiple of token_size 4"),
        (MINIMAL + "[network]\ntoken_size = 10\n", "[network] token_size 10 is not a multiple of pool 4"),
        (MINIMAL + "[network]\nmotif_width = 20\n", "motif_width must be odd"),
        (MINIMAL + "[synthetic]\nrows = 10\n", "[synthetic] rows get their values from a kernel regression"),
        (MINIMAL + "[synthetic]\nweight = 0\n", "[synthetic] weight must be above 0"),
        (MINIMAL + "[kernel]\npower = 5\n", "[kernel] power must be 0 to 4"),
        (MINIMAL + "[network]\ndepth = 10\n", "[network] depth is unknown"),
        (MINIMAL + "[network]\ntracks = 3\n", "[network] tracks cannot be set: it comes from the table"),
        (MINIMAL + "[training]\nflip = 2\n", "[training] flip must be 0 to 1"),
        (MINIMAL + "[training]\nlearning_rate = 0\n", "[training] learning_rate must be above 0"),
        (MINIMAL + '[training]\ndevice = "tpu"\n', "[training] device must be auto, cpu, cuda or cuda:N"),
        (MINIMAL + "[masking]\nshare = 1.0\n", "[masking] share must be from 0 to below 1"),
        (MINIMAL + "[masking]\nstart = 5\nfull = 4\n", "[masking] start and full must satisfy"),
        ("[data\n", "is not TOML"),
    ],
)
def test_configs_that_cannot_be(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as told:
        read_config(path)
    assert message in told.value.one_line()
    assert str(path) in told.value.one_line()


def test_the_shipped_config() -> None:
    config = read_config(ROOT / "configs" / "regulatory.toml")
    assert config.data.table == ROOT / "configs" / "lentimpra.train.tsv.gz"
    assert config.data.adaptors == ("AGGACCGGATCAACT", "CATTGCGTGAACCGA")
    assert len(read_motifs(config.data.motifs).matrices) == config.network.motifs == 872


def test_the_command(
    toy: TrainConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, data = tmp_path / "c.toml", toy.data
    text = f'[data]\ntable = "{data.table.name}"\nmotifs = "{data.motifs.name}"\nvalue = "activity"\n'
    text += f'track = "cell"\ngroup = "element"\nfolds = 5\nadaptors = ["{LEFT}", "{RIGHT}"]\nshared = 0\n'
    text += "[training]\nepochs = 2\nbatch = 32\nthreads = 1\n[network]\n"
    shape = {
        name: getattr(NETWORK, name)
        for name in ("length", "filters", "filter_width", "pool", "token_size", "channels", "heads", "hidden")
    }
    path.write_text(text + "".join(f"{name} = {value}\n" for name, value in shape.items()) + "layers = 1\nblocks = 1\n")
    out = tmp_path / "out"
    steps = itertools.count()

    def interrupted(reporter: TrainReporter) -> None:
        if next(steps) == 4:  # in the second epoch
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(TrainReporter, "step", interrupted)
        with pytest.raises(typer.Exit) as ended:
            train_command(path, output=out, device="cpu")
    assert ended.value.exit_code == 130
    told = capsys.readouterr().err
    assert "120 rows of a, b: 96 to fit, 0 for validation, 24 held out" in told
    assert "network 0, epoch 1: loss" in told
    assert f"complete epochs are kept in {out}; give --resume to continue" in " ".join(told.split())
    assert not {"weights.safetensors", "metrics.json", "predictions.tsv"} & set(files_in(out))
    train_command(path, output=out, device="cpu", resume=True)
    told = capsys.readouterr().err
    assert "network 0, epoch 1: loss" not in told
    assert "network 0, epoch 2: loss" in told
    assert str(out / "weights.safetensors") in told
    with pytest.raises(OutputError, match="its parent folder does not exist"):
        train(read_config(path), tmp_path / "missing" / "out")
    with pytest.raises(ConfigError, match="member is 3"):
        train(read_config(path), out, member=3)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="is a file"):
        train(read_config(path), tmp_path / "file")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "member-0.pt").write_bytes(b"nothing")
    with pytest.raises(InputError, match="is damaged"):
        train(read_config(path), tmp_path / "bad", resume=True)
