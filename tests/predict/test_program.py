"""`genoscore predict` on the command line, in pipes."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from genoscore import PredictConfig, predict_sequences
from genoscore.core.errors import InputError
from tests.conftest import ROOT, TEST_DATA, Run
from tests.markdown import fences
from tests.predict.toy_sequences import COMPLEMENT, load_arrays, predicted_by_hand, random_bases

pytestmark = pytest.mark.usefixtures("toy", "bins")


def test_the_program(genoscore_with_toy: Run, tmp_path: Path) -> None:
    """A pipe in, TSV out and an array beside it; options from a file."""
    bases = random_bases(50)
    config, target = tmp_path / "c.toml", tmp_path / "o.npz"
    config.write_text(f'predictor = "toy"\nstrand = "reverse"\noutput = ["-", "{target}"]\nbatch-size = 2\n')
    text = f">a\n{bases}\n>b\nACGT\n"
    done = genoscore_with_toy("predict", "-", "--config", config, "--log-file", tmp_path / "log", stdin=text)
    assert done.returncode == 0
    assert done.stderr == f"2 sequences, 54 bases: standard output, {target}\n"
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [row[:2] for row in rows[50:]] == [["a", "50"], *(["b", str(pos)] for pos in range(1, 5))]
    found = load_arrays(target)["a"]
    np.testing.assert_array_equal(np.array([row[2:] for row in rows[1:51]], np.float32).T, found)
    turned = predicted_by_hand(bases.translate(COMPLEMENT)[::-1])[:, ::-1]
    np.testing.assert_allclose(found, turned, atol=1e-6)
    assert "run: PredictConfig(" in (tmp_path / "log").read_text()


def test_a_stream_is_checked_as_it_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "stream"
    source.write_text(">a\nAC\n\n>a\nAC\n")
    target = str(tmp_path / "o.npz")
    with open(source) as stream, monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", stream)
        with pytest.raises(InputError, match="standard input, line 4: a second sequence a"):
            predict_sequences(PredictConfig(target, "-", predictor="toy"))
    assert [path.name for path in tmp_path.iterdir()] == ["stream"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("x.fa",), 2, "missing -o/--output"),
        (("-o", "x.npz"), 2, "missing SEQUENCES"),
        (("README.md", "-o", "x.npz", "-p", "toy", "-p", "spliceai"), 1, "give one -p"),
        (("README.md", "-o", "no/x.npz", "-p", "toy", "--log-file", "README.md"), 1, "log file README.md"),
    ],
)
def test_messages_of_the_program(genoscore_with_toy: Run, arguments: tuple[str, ...], code: int, words: str) -> None:
    done = genoscore_with_toy("predict", *arguments)
    assert done.returncode == code
    assert words in done.stderr
    if code == 1:
        assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_example_of_the_page(spliceai_weights: Path, tmp_path: Path) -> None:
    """docs/predict.md, to five digits: the last ones depend on the machine."""
    page = (ROOT / "docs" / "predict.md").read_text(encoding="utf-8")
    (example,) = [fence.text for fence in fences(page) if fence.text.startswith("CHROM")]
    target, genome = tmp_path / "o.tsv", TEST_DATA / "genome.fa"
    predict_sequences(PredictConfig(str(target), region="chrA:7219-7221", reference=genome))
    found, wanted = ([line.split("\t") for line in text.splitlines()] for text in (target.read_text(), example))
    assert [row[:2] for row in found] == [row[:2] for row in wanted]
    values = (np.array([row[2:] for row in rows[1:]], np.float64) for rows in (found, wanted))
    np.testing.assert_allclose(*values, atol=1e-6)
