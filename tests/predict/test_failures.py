"""Sequences, regions and outputs that `predict` refuses, and what it leaves behind."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from genoscore import PredictConfig, predict_sequences
from genoscore.core.errors import ConfigError, GenoscoreError, InputError
from genoscore.engine import tracks
from genoscore.predictors.splicing.predictor import SplicePredictor
from genoscore.scoring.observers import PredictObserver
from tests.predict.toy_sequences import load_arrays, random_bases
from tests.small import SmallGenome
from tests.toy import TOY

pytestmark = pytest.mark.usefixtures("toy", "bins")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no sequence"),
        ("\n\n", "holds no sequence"),
        ("ACGT\n", "line 1: not a FASTA"),
        ("@r\nACGT\n+\n####\n", "line 1: not a FASTA"),
        (">a\nACGT\n>b\n>c\nAC\n", "line 3: sequence b is empty"),
        (">a\nACGT\n>b\n", "line 3: sequence b is empty"),
        (">a\nAC\nAC-T\n", "line 3: sequence a holds '-'"),
        (">a\nAC GT\n", "line 2: sequence a holds ' '"),
        (">a\nAC\n>p\nMKVLE\n", "line 4: sequence p holds 'L'"),
        (">a\nACG1\n", "holds '1'"),
        (">a\nAC\n>b\nAC\n>a\nGT\n", "line 5: a second sequence a"),
        (">\nACGT\n", "line 1: a sequence without a name"),
        ("> a\nACGT\n", "line 1: a sequence without a name"),
        (">a\x01\nACGT\n", "line 1: a name that is not plain text"),
    ],
)
def test_bad_sequences_leave_nothing_behind(
    predict: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, words: str
) -> None:
    """And are told before the network is loaded."""
    monkeypatch.setattr(type(TOY), "load", lambda *_: pytest.fail("the network was loaded"))
    with pytest.raises(InputError) as caught:
        predict(text)
    assert words in caught.value.one_line()
    assert caught.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["in.fa"]


def test_damaged_compression(tmp_path: Path) -> None:
    source = tmp_path / "in.fa.gz"
    whole = gzip.compress(f">a\n{random_bases(5000)}\n".encode())
    source.write_bytes(whole)
    predict_sequences(PredictConfig(str(tmp_path / "o.npz"), source, predictor="toy"))
    assert load_arrays(tmp_path / "o.npz")["a"].shape == (3, 5000)
    source.write_bytes(whole[:-30])
    with pytest.raises(InputError, match="truncated"):
        predict_sequences(PredictConfig(str(tmp_path / "p.npz"), source, predictor="toy"))
    assert not (tmp_path / "p.npz").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "no sequences"),
        ({"input": "x.fa", "region": "chr1"}, "cannot be combined"),
        ({"region": "chr1"}, "needs a reference"),
        ({"input": "x.fa", "reference": "g.fa"}, "without --region"),
        ({"input": "x.fa", "predictor": ("toy", "bins")}, "2 predictors"),
        ({"input": "x.fa", "strand": "both"}, "strand 'both' is unknown"),
        ({"input": "x.fa", "device": "tpu"}, "device 'tpu' is unknown"),
        ({"input": "x.fa", "weights": {"spliceai": "w"}}, "not given with -p"),
        ({"input": "x.fa", "output": ()}, "no output"),
    ],
)
def test_options_that_cannot_work(options: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        PredictConfig(**{"output": "o.npz", "predictor": "toy", **options})
    assert words in caught.value.one_line()


def test_what_cannot_be_done(predict: Callable[..., Path], small: SmallGenome, tmp_path: Path) -> None:
    text = ">a\nACGT\n"
    for words, run in (
        ("its suffix is not a known format", lambda: predict(text, "o.vcf")),
        ("bigWig needs genomic coordinates", lambda: predict(text, "o.bw")),
        ("65 bases, but bins reads 64", lambda: predict(f">a\n{'A' * 65}\n", predictor="bins")),
        ("also an input", lambda: _sequences(str(tmp_path / "o.npz"), tmp_path)),
        (
            "no.fa does not exist",
            lambda: predict_sequences(PredictConfig(f"{tmp_path}/o.npz", "no.fa", predictor="toy")),
        ),
        ("folder does not exist", lambda: predict(text, "no/o.npz")),
        ("'nonsense' is unknown", lambda: predict(text, predictor="nonsense")),
        ("ends beyond contig chr1, which has 1,200", lambda: _region(small, tmp_path, "chr1:1190-1201")),
        ("ends beyond contig chr1, which has 1,200", lambda: _region(small, tmp_path, "chr1:1201-")),
        ("has no contig chr9", lambda: _region(small, tmp_path, "chr9:1-2")),
        ("is not understood", lambda: _region(small, tmp_path, "chr1:x")),
        ("120 bases, but bins reads 64", lambda: _region(small, tmp_path, "chr1:1-120", "bins")),
    ):
        with pytest.raises(GenoscoreError) as caught:
            run()
        assert words in caught.value.one_line()
        assert {path.name for path in tmp_path.iterdir()} <= {"in.fa"}


def _sequences(source: str, folder: Path) -> None:
    predict_sequences(PredictConfig(str(folder / "o.npz"), source, predictor="toy"))


def _region(small: SmallGenome, folder: Path, region: str, predictor: str = "toy") -> None:
    config = PredictConfig(str(folder / "o.bw"), region=region, reference=small.fasta, predictor=predictor)
    predict_sequences(config)


def test_nan_gets_a_second_try(predict: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = SplicePredictor.predict
    calls = []

    def broken_once(self: SplicePredictor, x: torch.Tensor) -> torch.Tensor:
        calls.append(x)
        return own(self, x) * (float("nan") if len(calls) == 1 else 1.0)

    monkeypatch.setattr(SplicePredictor, "predict", broken_once)
    assert np.isfinite(load_arrays(predict(">a\nACGT\n") / "o.npz")["a"]).all()
    monkeypatch.setattr(SplicePredictor, "predict", lambda self, x: own(self, x) * float("nan"))
    with pytest.raises(GenoscoreError, match="toy gave NaN or infinity for b"):
        predict(">b\nACGT\n", "p.npz")
    assert not (tmp_path / "p.npz").exists()


def test_outputs_of_another_shape_are_refused(predict: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    own = SplicePredictor.predict
    monkeypatch.setattr(SplicePredictor, "predict", lambda self, x: own(self, x)[..., :-1])
    with pytest.raises(ConfigError, match=r"shape \(1, 2, 3, 3\) .* expected \(1, 2, 3, 4\)"):
        predict(">a\nACGT\n")


@pytest.mark.parametrize("failure", [KeyboardInterrupt, MemoryError, ValueError])
def test_nothing_stays_after_a_failure(
    predict: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    small: SmallGenome,
    tmp_path: Path,
    failure: type[BaseException],
) -> None:
    monkeypatch.setattr(tracks, "PIECE", 40)

    class Failing(PredictObserver):
        def advance(self, bases: int) -> None:
            raise failure

    names = ("o.npz", "o.tsv.gz", "o.bedgraph", "o.bw")
    outputs = tuple(str(tmp_path / name) for name in names)
    config = PredictConfig(outputs, region="chr1:1-400", reference=small.fasta, predictor="toy")
    with pytest.raises(failure):
        predict_sequences(config, Failing())
    assert list(tmp_path.iterdir()) == []
