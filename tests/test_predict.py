"""`genoscore predict`: tracks of sequences and of regions, in every format, in pieces and in batches."""

from __future__ import annotations

import gzip
import json
import random
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyBigWig
import pytest
import torch
from numpy.typing import NDArray

from genoscore import PredictConfig, predict_sequences
from genoscore.core.config import RunConfig
from genoscore.core.encode import one_hot
from genoscore.core.errors import ConfigError, GenoscoreError, InputError
from genoscore.core.variants import Variant
from genoscore.core.windows import Edit, Stretch
from genoscore.engine import tracks
from genoscore.engine.full_windows import FullWindows
from genoscore.planning.jobs import Job
from genoscore.predictors import registry
from genoscore.predictors.base import PredictorSpec
from genoscore.predictors.splicing.predictor import SplicePredictor
from genoscore.scoring.observers import PredictObserver
from genoscore.scoring.sequences import PredictSummary
from tests.conftest import ROOT, TEST_DATA, Run
from tests.markdown import fences
from tests.small import SmallGenome
from tests.toy import BINS, CONFIG, TOY

pytestmark = pytest.mark.usefixtures("toy", "bins")
TRACKS = ["neither", "acceptor", "donor"]
_COMPLEMENT = str.maketrans("ACGT", "TGCA")


@pytest.fixture
def bins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._BUILT_IN, "bins", "tests.toy:BINS")


@pytest.fixture
def predict(tmp_path: Path) -> Callable[..., Path]:
    """Write a FASTA, predict, and return the folder of what came out."""

    def run(text: str, *names: str, predictor: str = "toy", **options: object) -> Path:
        source = tmp_path / "in.fa"
        source.write_text(text)
        outputs = tuple(str(tmp_path / name) for name in names or ("o.npz",))
        predict_sequences(PredictConfig(outputs, str(source), predictor=predictor, **options))
        return tmp_path

    return run


def _bases(length: int, seed: int = 3) -> str:
    return "".join(random.Random(seed).choices("ACGT", k=length))


def _load(path: Path) -> dict[str, NDArray[np.float32]]:
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def _by_hand(sequence: str, left: str = "N" * 20, right: str = "N" * 20) -> NDArray[np.float32]:
    """One pass over a whole sequence with its flanks, (T, N), replicates averaged."""
    network = TOY.load(RunConfig("-", Path("-"), predictor=("toy",)))
    found: NDArray[np.float32] = network.predict(one_hot([left + sequence + right])).mean(dim=1)[0].numpy()
    return found


def test_every_base_of_every_sequence(predict: Callable[..., Path]) -> None:
    short, long = _bases(7), _bases(300)
    text = f">short what it is\n{short}\n\n>long\r\n{long[:100].lower()}\r\n{long[100:]}\n"
    found = _load(predict(text) / "o.npz")
    assert list(found) == ["tracks", "short", "long"]
    assert found["tracks"].tolist() == TRACKS
    assert found["tracks"].dtype.kind == "U"
    for name, sequence in (("short", short), ("long", long)):
        assert found[name].dtype == np.float32
        assert found[name].shape == (3, len(sequence))
        np.testing.assert_allclose(found[name], _by_hand(sequence), atol=1e-6)


def test_letters(predict: Callable[..., Path]) -> None:
    """Lower case is folded, U is T, every other letter of the code is N."""
    plain = _bases(60)
    found = _load(
        predict(f">a\n{plain}RYSWKMBDHVNX\n>b\n{plain.lower()}{'n' * 12}\n>c\n{plain.replace('T', 'U')}NN\n") / "o.npz"
    )
    np.testing.assert_array_equal(found["a"], found["b"])
    np.testing.assert_allclose(found["c"][:, :60], found["a"][:, :60], atol=1e-6)
    np.testing.assert_allclose(found["a"], _by_hand(plain + "N" * 12), atol=1e-6)


@pytest.mark.parametrize("batch_size", [None, 1, 3])
def test_pieces_and_batches_equal_one_pass(
    predict: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, batch_size: int | None
) -> None:
    sequences = {f"s{length}": _bases(length, length) for length in (500, 41, 40, 40, 80, 129, 1)}
    text = "".join(f">{name}\n{bases}\n" for name, bases in sequences.items())
    text += f">again\n{sequences['s40']}\n"
    monkeypatch.setattr(tracks, "PIECE", 40)
    calls: list[tuple[int, ...]] = []
    own = SplicePredictor.predict

    def counted(self: SplicePredictor, x: torch.Tensor) -> torch.Tensor:
        calls.append(tuple(x.shape))
        return own(self, x)

    monkeypatch.setattr(SplicePredictor, "predict", counted)
    found = _load(predict(text, batch_size=batch_size) / "o.npz")
    assert max(shape[2] for shape in calls) == 40 + CONFIG.context_length, "memory is bounded by the piece"
    assert max(shape[0] for shape in calls) == (batch_size or 8)
    monkeypatch.undo()
    for name, bases in sequences.items():
        np.testing.assert_allclose(found[name], _by_hand(bases), atol=1e-6, err_msg=name)
    np.testing.assert_allclose(found["again"], found["s40"], atol=1e-6)


def test_strands(predict: Callable[..., Path]) -> None:
    sequence = _bases(120)
    text = f">s\n{sequence}\n"
    spec, forward, reverse = (
        _load(predict(text, strand=strand) / "o.npz")["s"] for strand in ("spec", "forward", "reverse")
    )
    np.testing.assert_array_equal(spec, forward)
    turned = _by_hand(sequence.translate(_COMPLEMENT)[::-1])[:, ::-1]
    np.testing.assert_allclose(reverse, turned, atol=1e-6)
    assert np.abs(reverse - forward).max() > 0.01


def test_a_network_of_one_length(predict: Callable[..., Path]) -> None:
    """Short sequences lie with their middle base at the spec's centre, among N; bins are the window's."""
    sequence = "A" * 5 + "C" * 15
    found = _load(predict(f">s\n{sequence}\n>w\n{'A' * 64}\n", predictor="bins", strand="forward") / "o.npz")
    window = "N" * 21 + sequence + "N" * 23  # base 10 at index 31
    known = [sum(base != "N" for base in window[at : at + 8]) for at in range(8, 56, 8)]
    assert known == [0, 3, 8, 8, 1, 0]
    assert found["s"].shape == (2, 6)
    assert found["s"][1].tolist() == [8.0] * 6, "N is 0.25 in each of four channels"
    first = {"A": 1.0, "C": 0.0, "N": 0.25}
    assert found["s"][0].tolist() == [first[window[at]] for at in range(8, 56, 8)]
    assert found["w"][0].tolist() == [1.0] * 6


def test_both_strands_are_averaged(predict: Callable[..., Path]) -> None:
    """`--strand spec` of a predictor that reads both strands; the other strand's bins are turned back."""
    text = f">s\n{_bases(64)}\n"
    spec, forward, reverse = (
        _load(predict(text, predictor="bins", strand=strand) / "o.npz")["s"]
        for strand in ("spec", "forward", "reverse")
    )
    np.testing.assert_allclose(spec, (forward + reverse) / 2)
    last_is_t = [float(_bases(64)[at + 7] == "T") for at in range(8, 56, 8)]
    assert reverse[0].tolist() == last_is_t
    assert forward[0].tolist() != last_is_t


def test_a_variant_on_both_strands() -> None:
    """Whole windows of REF and ALT under a spec that says `both`, whatever the stretch's strand."""
    config = RunConfig("-", Path("-"), predictor=("toy",), distance=5)
    predictor = TOY.load(config)
    one_strand = predictor.spec
    edit = Edit(60, 61, "GT")
    sequence = _bases(120)
    job = Job(Variant("s", 61, sequence[60], "GT"), None, "+", 61, 0, 120, (edit,))

    def windows(spec: PredictorSpec, strand: str) -> list[torch.Tensor]:
        predictor.spec = spec
        stretch = Stretch("s", 0, 120, strand, sequence, (edit,))
        return list(FullWindows(predictor, 2).predict([(stretch, job)])[0])

    forward, backward = windows(one_strand, "+"), windows(one_strand, "-")
    both = windows(replace(one_strand, strand="both"), "+")
    for found, *two in zip(both, forward, backward, strict=True):
        torch.testing.assert_close(found, sum(two) / 2)
        assert (two[0] - two[1]).abs().max() > 0.01


def test_bins_have_coordinates(predict: Callable[..., Path], small: SmallGenome, tmp_path: Path) -> None:
    """A bin is cut at the sequence's ends, and is no row where it lies beyond them."""
    folder = predict(f">s\n{'A' * 20}\n", "o.tsv", "o.bedgraph", predictor="bins")
    rows = [line.split("\t") for line in (folder / "o.tsv").read_text().splitlines()]
    assert rows[0] == ["CHROM", "START", "END", "first_a", "all"]
    assert [row[:3] for row in rows[1:]] == [["s", "0", "3"], ["s", "3", "11"], ["s", "11", "19"], ["s", "19", "20"]]
    lines = (folder / "o.all.bedgraph").read_text().splitlines()
    assert lines[1:] == ["s\t0\t3\t8.0", "s\t3\t11\t8.0", "s\t11\t19\t8.0", "s\t19\t20\t8.0"]
    outputs = tuple(str(tmp_path / name) for name in ("r.npz", "r.bw"))
    predict_sequences(
        PredictConfig(outputs, region="chr1:101-120", reference=small.fasta, predictor="bins", strand="forward")
    )
    (values,) = [value for name, value in _load(tmp_path / "r.npz").items() if name != "tracks"]
    window = small.sequences["chr1"][100 - 21 : 100 + 43]  # the contig goes on around the region
    assert values[0].tolist() == [float(window[at] == "A") for at in range(8, 56, 8)]
    with pyBigWig.open(str(tmp_path / "r.first_a.bw")) as made:
        spans = [(100, 103), (103, 111), (111, 119), (119, 120)]
        assert made.intervals("chr1") == tuple((*span, values[0][at]) for at, span in enumerate(spans, 1))


def test_a_region_of_the_reference(small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real flanks, N beyond the contig, coordinates of the genome, the same in every format."""
    monkeypatch.setattr(tracks, "PIECE", 40)
    sequence = small.sequences["chr1"]
    for region, start, end in (("1:301-420", 300, 420), ("chr1:1-50", 0, 50), ("chr1:1101-", 1100, 1200)):
        names = ("o.npz", "o.tsv", "o.tsv.gz", "o.bedGraph", "o.bedgraph.gz", "o.bw")
        outputs = tuple(str(tmp_path / name) for name in names)
        done = predict_sequences(PredictConfig(outputs, region=region, reference=small.fasta, predictor="toy"))
        assert done == PredictSummary(1, end - start, done.files)
        left, right = sequence[max(0, start - 20) : start].rjust(20, "N"), sequence[end : end + 20].ljust(20, "N")
        found = _load(tmp_path / "o.npz")
        values = found[f"chr1:{start + 1}-{end}"]
        np.testing.assert_allclose(values, _by_hand(sequence[start:end], left, right), atol=1e-6)
        rows = [line.split("\t") for line in (tmp_path / "o.tsv").read_text().splitlines()]
        assert gzip.decompress((tmp_path / "o.tsv.gz").read_bytes()).decode() == (tmp_path / "o.tsv").read_text()
        assert rows[0] == ["CHROM", "POS", *TRACKS]
        assert [row[:2] for row in rows[1:]] == [["chr1", str(pos)] for pos in range(start + 1, end + 1)]
        np.testing.assert_array_equal(np.array([row[2:] for row in rows[1:]], np.float32).T, values)
        for row, track in enumerate(TRACKS):
            text = (tmp_path / f"o.{track}.bedGraph").read_text()
            assert gzip.decompress((tmp_path / f"o.{track}.bedgraph.gz").read_bytes()).decode() == text
            head, *lines = text.splitlines()
            assert head.startswith(f'track type=bedGraph name="{track}" ')
            cells = [line.split("\t") for line in lines]
            assert [line[:3] for line in cells] == [["chr1", str(at), str(at + 1)] for at in range(start, end)]
            np.testing.assert_array_equal(np.array([line[3] for line in cells], np.float32), values[row])
            with pyBigWig.open(str(tmp_path / f"o.{track}.bw")) as made:
                assert made.chroms() == {"chr1": 1200, "chr2": 1200}
                assert made.header()["nBasesCovered"] == end - start
                np.testing.assert_array_equal(made.values("chr1", start, end, numpy=True), values[row])


def test_names_in_an_npz(predict: Callable[..., Path]) -> None:
    """Names that look like paths are kept; those that numpy cannot tell apart are refused."""
    names = ["a/b|c;d", "..", "x.npy", "é", "tracks2"]
    found = _load(predict("".join(f">{name}\nACGT\n" for name in names)) / "o.npz")
    assert list(found) == ["tracks", *names]
    for names in (["tracks"], ["x", "x.npy"], ["x.npy", "x"], ["tracks.npy"], ["a.npy", "a.npy.npy"]):
        with pytest.raises(InputError, match="npz cannot hold"):
            predict("".join(f">{name}\nACGT\n" for name in names))
        predict("".join(f">{name}\nACGT\n" for name in names), "o.tsv")


def test_provenance(predict: Callable[..., Path]) -> None:
    folder = predict(">a\nACGT\n", "o.npz", command="genoscore predict in.fa")
    said = json.loads(zipfile.ZipFile(folder / "o.npz").comment)
    assert (said["Command"], said["Predictor"], said["Precision"]) == ("genoscore predict in.fa", "toy", "fp32")
    assert len(said["WeightsSHA256"]) == 64


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
    whole = gzip.compress(f">a\n{_bases(5000)}\n".encode())
    source.write_bytes(whole)
    predict_sequences(PredictConfig(str(tmp_path / "o.npz"), source, predictor="toy"))
    assert _load(tmp_path / "o.npz")["a"].shape == (3, 5000)
    source.write_bytes(whole[:-30])
    with pytest.raises(InputError, match="truncated"):
        predict_sequences(PredictConfig(str(tmp_path / "p.npz"), source, predictor="toy"))
    assert not (tmp_path / "p.npz").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "no sequences"),
        ({"input": "x.fa", "region": "chr1"}, "exclude each other"),
        ({"region": "chr1"}, "none is given"),
        ({"input": "x.fa", "reference": "g.fa"}, "no --region of it"),
        ({"input": "x.fa", "predictor": ("toy", "bins")}, "2 predictors"),
        ({"input": "x.fa", "strand": "both"}, "strand 'both' is unknown"),
        ({"input": "x.fa", "device": "tpu"}, "device 'tpu' is unknown"),
        ({"input": "x.fa", "weights": {"spliceai": "w"}}, "not among -p"),
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
        ("its suffix names no format", lambda: predict(text, "o.vcf")),
        ("bigWig holds places on a genome", lambda: predict(text, "o.bw")),
        ("65 bases, bins reads 64", lambda: predict(f">a\n{'A' * 65}\n", predictor="bins")),
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
        ("120 bases, bins reads 64", lambda: _region(small, tmp_path, "chr1:1-120", "bins")),
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


def test_many_tracks_are_not_many_files(predict: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    from genoscore.outputs import tracks as formats

    monkeypatch.setattr(formats, "MOST_FILES", 2)
    with pytest.raises(ConfigError, match="3 tracks would make as many files"):
        predict(">a\nACGT\n", "o.bedgraph")
    predict(">a\nACGT\n", "o.tsv")


def test_nan_gets_a_second_try(predict: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = SplicePredictor.predict
    calls = []

    def broken_once(self: SplicePredictor, x: torch.Tensor) -> torch.Tensor:
        calls.append(x)
        return own(self, x) * (float("nan") if len(calls) == 1 else 1.0)

    monkeypatch.setattr(SplicePredictor, "predict", broken_once)
    assert np.isfinite(_load(predict(">a\nACGT\n") / "o.npz")["a"]).all()
    monkeypatch.setattr(SplicePredictor, "predict", lambda self, x: own(self, x) * float("nan"))
    with pytest.raises(GenoscoreError, match="toy gave NaN or infinity for b"):
        predict(">b\nACGT\n", "p.npz")
    assert not (tmp_path / "p.npz").exists()


def test_outputs_of_another_shape_are_refused(predict: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    own = SplicePredictor.predict
    monkeypatch.setattr(SplicePredictor, "predict", lambda self, x: own(self, x)[..., :-1])
    with pytest.raises(ConfigError, match=r"shape \(1, 2, 3, 3\), not \(1, R, 3, 4\)"):
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


def test_the_program(genoscore_with_toy: Run, tmp_path: Path) -> None:
    """A pipe in, TSV out and an array beside it; options from a file."""
    bases = _bases(50)
    config, target = tmp_path / "c.toml", tmp_path / "o.npz"
    config.write_text(f'predictor = "toy"\nstrand = "reverse"\noutput = ["-", "{target}"]\nbatch-size = 2\n')
    text = f">a\n{bases}\n>b\nACGT\n"
    done = genoscore_with_toy("predict", "-", "--config", config, "--log-file", tmp_path / "log", stdin=text)
    assert done.returncode == 0
    assert done.stderr == f"2 sequences, 54 bases: standard output, {target}\n"
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [row[:2] for row in rows[50:]] == [["a", "50"], *(["b", str(pos)] for pos in range(1, 5))]
    found = _load(target)["a"]
    np.testing.assert_array_equal(np.array([row[2:] for row in rows[1:51]], np.float32).T, found)
    turned = _by_hand(bases.translate(_COMPLEMENT)[::-1])[:, ::-1]
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


def test_bins_spec_is_whole() -> None:
    """So that the tests above mean something."""
    spec = BINS.spec(RunConfig("-", Path("-"), predictor=("bins",)))
    assert spec.input_length == spec.context_length + spec.n_bins * spec.bin_size
