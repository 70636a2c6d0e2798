"""Custom models: manifests, adding and removing, running both formats; the scores against a plain oracle."""

from __future__ import annotations

import math
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from genoscore.core.config import RunConfig
from genoscore.core.encode import one_hot
from genoscore.core.errors import ConfigError, WeightsError
from genoscore.predictors import registry
from genoscore.predictors.custom.folder import models_folder
from genoscore.predictors.custom.manifest import find_manifest, read_manifest
from genoscore.scoring.run import load_predictor, weights_digests
from tests.conftest import ROOT, TEST_DATA, Invoke
from tests.installing import write_metadata
from tests.markdown import fences
from tests.small import SmallGenome, read_table, vcf_text
from tests.test_fences import _BLOCKED

pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")  # users have such files all the same
LENGTH, BIN, BINS, FLANK, CENTRE = 64, 8, 6, 8, 29
# Signal of one base in a bin, by track, base and place in the bin: no symmetry that would hide a wrong strand.
WEIGHTS = np.random.default_rng(3).uniform(0.05, 1, (2, 4, BIN)).round(3)
TRACKS = ("liver", "heart")
MANIFEST = {
    "name": "mine", "file": "net.pt", "tracks": list(TRACKS), "input_length": LENGTH, "bin_size": BIN, "n_bins": BINS,
    "centre": CENTRE, "n_fill": 0.25, "tss": False,
}  # fmt: skip


class Net(torch.nn.Module):
    """(B, 4, L) to (B, 2, N): the weighted bases of every bin; 8 bases of context on each side do nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("weights", torch.tensor(WEIGHTS, dtype=torch.float32))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.conv1d(x[:, :, FLANK:-FLANK], self.weights, stride=BIN)


class Wrapped(torch.nn.Module):
    """Net with another layout, so that the same outputs are wanted."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.net = Net()
        self.kind = kind

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.kind == "turned":
            return self.net(x.transpose(1, 2).flip(2)).transpose(1, 2)
        if self.kind == "one":
            return self.net(x).mean(dim=2)
        if self.kind == "nan":
            return self.net(x) / 0 * 0
        if self.kind == "dropout":
            return torch.nn.functional.dropout(self.net(x), 0.5, training=True)
        return self.net(x) - self.net(x).mean(dim=0)  # batch statistics


class Typed(Net):
    """Net, with a cast, which torch.export guards by an assertion that autocast would break."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x).to(torch.float32)


class Two(torch.nn.Module):
    """More than the windows."""

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return x + y


class Couple(torch.nn.Module):
    """More than one tensor."""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return x, x


def _trace(path: Path, network: torch.nn.Module, windows: int = 1) -> None:
    torch.jit.save(torch.jit.trace(network, torch.zeros(windows, 4, LENGTH), check_trace=False), str(path))


def _export(path: Path, windows: int, dim: torch.export.Dim | None, network: torch.nn.Module | None = None) -> None:
    shapes = None if dim is None else ({0: dim},)
    torch.export.save(
        torch.export.export(network or Net(), (torch.zeros(windows, 4, LENGTH),), dynamic_shapes=shapes), path
    )


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of small networks in both formats."""
    folder = tmp_path_factory.mktemp("networks")
    _trace(folder / "net.pt", Net())
    for kind in ("turned", "one", "nan", "dropout", "batch"):
        shape = (1, LENGTH, 4) if kind == "turned" else (2, 4, LENGTH)
        traced = torch.jit.trace(Wrapped(kind), torch.zeros(shape), check_trace=False)
        torch.jit.save(traced, str(folder / f"{kind}.pt"))
    _trace(folder / "couple.pt", Couple())
    torch.export.save(torch.export.export(Two(), (torch.zeros(1, 4, LENGTH),) * 2), folder / "two.pt2")
    _export(folder / "net.pt2", 2, torch.export.Dim("windows"))
    _export(folder / "single.pt2", 1, None)
    _export(folder / "typed.pt2", 1, None, Typed())
    _export(folder / "pair.pt2", 2, None)
    _export(folder / "few.pt2", 2, torch.export.Dim("windows", min=1, max=3))
    torch.save(Net().state_dict(), folder / "tensors.pt")
    (folder / "junk.pt").write_bytes(b"junk")
    return folder


@pytest.fixture(autouse=True)
def _own_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Models that a test adds are gone after it."""
    monkeypatch.setenv("GENOSCORE_HOME", str(tmp_path / "home"))


def _toml(values: dict[str, object]) -> str:
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
        path.write_text(_toml(values))
        return path

    return make


# A plain oracle: strings and loops, no tensors.


def oracle_tracks(window: str) -> list[list[float]]:
    """Tracks x bins of one window."""
    inner = window[FLANK:-FLANK]
    found = []
    for track in range(2):
        bins = []
        for first in range(0, len(inner), BIN):
            total = 0.0
            for place, base in enumerate(inner[first : first + BIN]):
                column = WEIGHTS[track, :, place]
                total += column["ACGT".index(base)] if base in "ACGT" else 0.25 * sum(column)
            bins.append(total)
        found.append(bins)
    return found


def oracle_outputs(window: str, both: bool) -> list[list[float]]:
    """The mean over the strands, where both are read."""
    forward = oracle_tracks(window)
    if not both:
        return forward
    other = oracle_tracks(window[::-1].translate(str.maketrans("ACGT", "TGCA")))
    return [[(x + y) / 2 for x, y in zip(a, b[::-1], strict=True)] for a, b in zip(forward, other, strict=True)]


def oracle_scores(sequence: str, pos: int, ref: str, alt: str, both: bool) -> list[tuple[float, float, float]]:
    """SAD, LOG2FC and MAX_ABS of each track; alleles already trimmed, change of length under half a bin or one bin."""
    start = pos - 1
    padded = "N" * 200 + sequence + "N" * 200
    first = start - CENTRE + 200
    reference = padded[first : first + LENGTH]
    changed = (padded[first : start + 200] + alt + padded[start + len(ref) + 200 :])[:LENGTH]
    scores = []
    change, variant_bin = len(alt) - len(ref), (CENTRE - FLANK) // BIN
    moved = int(abs(change) / BIN + 0.5)
    for before, after in zip(oracle_outputs(reference, both), oracle_outputs(changed, both), strict=True):
        aligned = list(before)
        for place in range(BINS):
            source = place if place <= variant_bin else place + (moved if change > 0 else -moved)
            if place <= variant_bin or variant_bin < source < BINS:
                aligned[place] = after[source]
        delta = [y - x for x, y in zip(before, aligned, strict=True)]
        near = slice(variant_bin - 1, variant_bin + 2)
        fold = math.log2((sum(aligned[near]) + 1) / (sum(before[near]) + 1))
        scores.append((sum(delta), fold, max(map(abs, delta))))
    return scores


@pytest.mark.parametrize("file", ["net.pt", "net.pt2", "single.pt2", "pair.pt2", "few.pt2"])
def test_both_formats_give_what_the_network_gives(write: Callable[..., Path], file: str) -> None:
    """Also a program that takes one window, exactly two, or at most three."""
    registry.add_custom(write(file=file))
    predictor = load_predictor("mine", device="cpu")
    rng = np.random.default_rng(1)
    windows = ["".join(rng.choice(list("ACGTN"), LENGTH)) for _ in range(5)]
    found = predictor.predict(one_hot(windows, 0.25))
    assert found.shape == (5, 1, 2, BINS)
    np.testing.assert_allclose(found[:, 0].numpy(), [oracle_tracks(window) for window in windows], atol=1e-5)
    assert predictor.to_fallback() is predictor


def test_layouts_and_order_of_channels(write: Callable[..., Path]) -> None:
    window = ("ACGTTGCAAGTC" * 6)[:LENGTH]
    other = write(file="turned.pt", input_layout="channels_last", output_layout="bins_tracks")
    registry.add_custom(other)
    turned = load_predictor("mine", device="cpu").predict(one_hot([window]))
    # The window itself is turned inside that network, and so is the order of its bins' bases.
    np.testing.assert_allclose(turned[0, 0].numpy(), oracle_tracks(window[::-1]), atol=1e-5)
    registry.add_custom(write(alphabet="TGCA"), force=True)
    complement = window.translate(str.maketrans("ACGT", "TGCA"))
    found = load_predictor("mine", device="cpu").predict(one_hot([window]))
    np.testing.assert_allclose(found[0, 0].numpy(), oracle_tracks(complement), atol=1e-5)
    one = write(file="one.pt", output_layout="tracks", bin_size=None, n_bins=None)
    registry.add_custom(one, force=True)
    found = load_predictor("mine", device="cpu").predict(one_hot([window]))
    assert found.shape == (1, 1, 2, 1)
    np.testing.assert_allclose(found[0, 0, :, 0].numpy(), np.mean(oracle_tracks(window), axis=1), atol=1e-5)


@pytest.mark.parametrize("file", ["net.pt", "typed.pt2"])
def test_bf16(write: Callable[..., Path], file: str) -> None:
    registry.add_custom(write(file=file))
    window = one_hot([("ACGTTGCAAGTC" * 6)[:LENGTH]])
    exact = load_predictor("mine", device="cpu").predict(window)
    predictor = load_predictor("mine", device="cpu", precision="bf16")
    rough = predictor.predict(window)
    assert rough.dtype == torch.float32
    assert 1e-5 < (rough - exact).abs().max() < 0.05
    again = predictor.to_fallback()
    assert again is predictor.to_fallback()
    torch.testing.assert_close(again.predict(window), exact)


def _variants(small: SmallGenome) -> list[tuple[str, int, str, str]]:
    """SNVs, an insertion and a deletion under half a bin, and of a bin; at a contig's end; beside N."""
    found = []
    for contig, pos, take, alt in (
        ("chr1", 300, 1, ""), ("chr1", 10, 1, ""), ("chr1", 1190, 1, ""), ("chr2", 80, 1, ""), ("chr1", 500, 1, "GA"),
        ("chr1", 700, 4, ""), ("chr1", 800, 1, "CATTGACG"), ("chr1", 900, 9, ""), ("chr2", 150, 1, ""),
    ):  # fmt: skip
        ref = small.sequences[contig][pos - 1 : pos - 1 + take]
        anchor = ref[0] if alt or take > 1 else {"A": "C", "C": "G", "G": "T", "T": "A"}[ref[0]]
        found.append((contig, pos, ref, anchor + alt))
    return found


@pytest.mark.parametrize(("file", "strand"), [("net.pt", "both"), ("net.pt2", "forward")])
def test_scores_are_the_oracles(
    invoke: Invoke, write: Callable[..., Path], small: SmallGenome, tmp_path: Path, file: str, strand: str
) -> None:
    """The program, from an added model to the columns of a table."""
    assert invoke("models", "add", write(file=file, strand=strand), "-q").exit_code == 0
    variants = _variants(small)
    source, output = tmp_path / "in.vcf", tmp_path / "out.tsv"
    source.write_text(vcf_text(f"{contig} {pos} {ref} {alt}" for contig, pos, ref, alt in variants))
    command = ("score", source, "-r", small.fasta, "-a", "none", "-p", "mine", "--device", "cpu", "-q", "-o", output)
    done = invoke(*command)
    assert (done.exit_code, done.stderr) == (0, "")
    rows = read_table(output)
    assert len(rows) == 2 * len(variants)
    for at, (contig, pos, ref, alt) in enumerate(variants):
        wanted = oracle_scores(small.sequences[contig], pos, ref, alt, strand == "both")
        for row, track, values in zip(rows[2 * at : 2 * at + 2], TRACKS, wanted, strict=True):
            assert (row["POS"], row["STATUS"], row["TRACK"]) == (str(pos), "SCORED", track)
            found = [float(row[name]) for name in ("SAD", "LOG2FC", "MAX_ABS")]
            assert found == pytest.approx(values, abs=2e-4), (pos, track)
            assert float(row["MAX"]) == found[1]
    assert any(abs(float(row["LOG2FC"])) > 0.05 for row in rows)
    done = invoke(*command[:-1], tmp_path / "heart.tsv", "--tracks", "hear")
    assert (done.exit_code, done.stderr) == (0, "")
    assert read_table(tmp_path / "heart.tsv") == [row for row in rows if row["TRACK"] == "heart"]


def test_nan_is_a_status(invoke: Invoke, write: Callable[..., Path], small: SmallGenome, tmp_path: Path) -> None:
    registry.add_custom(write(file="nan.pt"))
    source, output = tmp_path / "in.vcf", tmp_path / "out.tsv"
    ref = small.sequences["chr1"][299]
    source.write_text(vcf_text([f"chr1 300 {ref} {'A' if ref != 'A' else 'C'}"]))
    assert invoke("score", source, "-r", small.fasta, "-a", "none", "-p", "mine", "-q", "-o", output).exit_code == 0
    assert [row["STATUS"] for row in read_table(output)] == ["NON_FINITE"]


def test_a_network_of_free_length(
    invoke: Invoke, write: Callable[..., Path], small: SmallGenome, tmp_path: Path
) -> None:
    """`predict` reads any length, in pieces; around a variant the window is as long as the manifest says."""
    free = {"input_length": None, "centre": None, "context_length": 2 * FLANK, "n_bins": BINS}
    path = write(**free)
    done = invoke("models", "add", path)
    assert done.exit_code == 0, done.stderr
    spec = registry.get("mine").spec(RunConfig("-", Path("-"), predictor=("mine",)))
    assert (spec.input_length, spec.any_length, spec.anchor_index) == (LENGTH, True, LENGTH // 2)
    output = tmp_path / "out.npz"
    region = ("predict", "-r", small.fasta, "--region", "chr1:101-1000", "-p", "mine", "-q", "-o", output)
    assert invoke(*region).exit_code == 0
    with np.load(output) as found:
        (name,) = [one for one in found.files if one != "tracks"]
        values = found[name]
    bases = small.sequences["chr1"][100 - FLANK : 100 + 904 + FLANK]
    np.testing.assert_allclose(values, oracle_tracks(bases), atol=1e-5)
    fixed = write()
    registry.add_custom(fixed, force=True)
    done = invoke(*region)
    assert done.exit_code == 1
    assert "has 900 bases, mine reads 64" in done.stderr


BAD = [
    ({"name": None}, "name is missing"),
    ({"name": "Mine"}, "name is 'Mine'"),
    ({"file": "../net.pt"}, "file is '../net.pt'"),
    ({"file": "model.toml"}, "file is 'model.toml'"),
    ({"file": "net.bin"}, "format does not follow from 'net.bin'"),
    ({"format": "onnx"}, "format is 'onnx'; one of torchscript, export"),
    ({"tracks": []}, "tracks is []"),
    ({"tracks": ["a", "a"]}, "tracks names one twice"),
    ({"tracks": ["a", 1]}, "tracks is ['a', 1]"),
    ({"tracks": 2}, "tracks is 2; give a list of names"),
    ({"tracks": "sub/targets.txt"}, "tracks is 'sub/targets.txt'"),
    ({"input_length": None}, "input_length is missing; give it, or context_length"),
    ({"input_length": "64"}, "input_length is '64'; give a whole number"),
    ({"input_length": True}, "input_length is True; give a whole number"),
    ({"input_length": -1}, "input_length is -1; give 0 to"),
    ({"input_length": 63}, "n_bins leaves 15 bases outside the bins"),
    ({"input_length": 40}, "n_bins x bin_size is 48 bases; at most the input_length, 40"),
    ({"bin_size": None}, "bin_size is missing; 1 or more"),
    ({"n_bins": 0}, "n_bins is 0; 1 or more"),
    ({"context_length": 18}, "context_length is 18; leave it out: 16 bases"),
    ({"input_length": None, "centre": None, "context_length": 15}, "context_length leaves 15 bases"),
    ({"input_length": None, "context_length": 16}, "centre is given without input_length"),
    ({"input_length": None, "context_length": 16, "output_layout": "tracks"}, "input_length is missing; give it"),
    ({"centre": 7}, "centre is 7, outside the bins; give 8 to 55"),
    ({"centre": 56}, "centre is 56, outside the bins; give 8 to 55"),
    ({"output_layout": "tracks"}, "n_bins is 6; with output_layout tracks it is 1"),
    ({"strand": "gene"}, "strand is 'gene'; one of forward, both"),
    ({"n_fill": 0.5}, "n_fill is 0.5; give 0 or 0.25"),
    ({"alphabet": "ACGU"}, "alphabet is 'ACGU'"),
    ({"family": "splicing"}, "family is 'splicing'; one of"),
    ({"commercial": "yes"}, "commercial is 'yes'; give true or false"),
    ({"tracs": ["a"]}, "unknown key 'tracs'; known keys: name, file, tracks"),
]


@pytest.mark.parametrize(("values", "words"), BAD, ids=[words for _, words in BAD])
def test_bad_manifests(write: Callable[..., Path], values: dict[str, object], words: str) -> None:
    path = write(**values)
    with pytest.raises(ConfigError) as caught:
        registry.add_custom(path)
    assert caught.value.one_line().startswith(f"manifest {path}: ")
    assert words in caught.value.one_line()
    assert caught.value.hint
    assert not models_folder().exists()


def test_manifests_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    for text, words in ((None, "cannot be read"), (b"name = ", "is not TOML"), (b"name = '\xff'", "is not TOML")):
        if text is not None:
            path.write_bytes(text)
        with pytest.raises(ConfigError, match=words) as caught:
            read_manifest(path)
        assert str(path) in str(caught.value)
    assert find_manifest(tmp_path) == path
    (tmp_path / "y.toml").write_text("")
    with pytest.raises(ConfigError, match=r"holds 2 \.toml files"):
        find_manifest(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=r"holds no \.toml file"):
        find_manifest(tmp_path / "empty")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"file": "absent.pt"}, "names absent.pt, which is not beside it"),
        ({"tracks": "targets.txt"}, "names targets.txt, which is not beside it"),
        ({"file": "junk.pt"}, "is damaged, or holds no network"),
        ({"file": "tensors.pt"}, "holds tensors, but no network"),
        ({"file": "net.pt", "format": "export"}, 'is of format torchscript, not export; say format = "torchscript"'),
        ({"file": "net.pt2", "format": "torchscript"}, "is of format export, not torchscript"),
    ],
)
def test_files_that_do_not_fit(
    invoke: Invoke, write: Callable[..., Path], values: dict[str, object], words: str
) -> None:
    done = invoke("models", "add", write(**values))
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert words in done.stderr
    assert not models_folder().exists()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"tracks": ["a"]}, "outputs of shape (1, 2, 6), where model.toml promises (1, 1, 6) (windows, tracks, bins)"),
        ({"output_layout": "bins_tracks"}, "promises (1, 6, 2) (windows, bins, tracks)"),
        ({"output_layout": "tracks", "n_bins": None, "bin_size": None}, "promises (1, 2) (windows, tracks)"),
        ({"input_layout": "channels_last"}, "cannot read an input of shape (1, 64, 4)"),
        ({"file": "net.pt2", "input_length": 80}, "cannot read an input of shape (1, 4, 80)"),
        ({"file": "couple.pt"}, "gives a tuple, not a tensor"),
        ({"file": "two.pt2"}, "takes 2 inputs; export a network that takes the windows alone"),
        ({"file": "dropout.pt"}, "another output for one window in another batch; export the network in eval mode"),
        ({"file": "batch.pt"}, "gives another output for one window in another batch"),
    ],
)  # fmt: skip
def test_networks_that_do_not_fit(write: Callable[..., Path], values: dict[str, object], words: str) -> None:
    registry.add_custom(write(**values))
    with pytest.raises(WeightsError) as caught:
        load_predictor("mine", device="cpu")
    line = caught.value.one_line()
    assert line.startswith(str(models_folder() / "mine"))
    assert caught.value.hint
    assert words in line


def test_adding_and_removing(invoke: Invoke, write: Callable[..., Path]) -> None:
    assert registry.names() == sorted(registry._BUILT_IN)
    done = invoke("models", "add", write(licence="MIT", commercial=True).parent)
    assert done.exit_code == 0
    assert done.stdout.split("\t")[0::2] == ["added", f"{models_folder() / 'mine'}\n"]
    assert "licence of mine: MIT (allows commercial use)" in done.stderr
    assert "net.pt can run code when it is loaded" in done.stderr
    digest = weights_digests(RunConfig("-", Path("-"), predictor=("mine",)))["mine"]
    assert done.stdout.split("\t")[1] == digest
    assert "mine" in registry.names()
    shown = invoke("models", "show", "mine").stdout.splitlines()
    assert {"name: mine", "licence: MIT", "tracks: liver, heart", "commercial_use: True"} <= {*shown}
    assert "mine" in invoke("models", "list").stdout
    done = invoke("models", "verify", "mine")
    assert (done.exit_code, done.stdout.count("no published digest")) == (1, 2)
    assert "no digest is published for 2 of the weight files of mine" in done.stderr
    done = invoke("models", "add", write(strand="both"))
    assert done.exit_code == 1
    assert "there is a custom model mine already; give --force" in done.stderr
    spec = registry.get("mine").spec
    assert spec(RunConfig("-", Path("-"), predictor=("mine",))).strand == "forward"
    assert invoke("models", "add", write(strand="both"), "--force", "-q").exit_code == 0
    assert registry.get("mine").spec(RunConfig("-", Path("-"), predictor=("mine",))).strand == "both"
    assert weights_digests(RunConfig("-", Path("-"), predictor=("mine",)))["mine"] != digest
    assert [one.name for one in models_folder().iterdir()] == ["mine"]
    done = invoke("models", "remove", "mine")
    assert (done.exit_code, done.stdout) == (0, f"removed\t{models_folder() / 'mine'}\n")
    assert list(models_folder().iterdir()) == []
    for name in ("mine", "spliceai", "../home", "."):
        done = invoke("models", "remove", name)
        assert done.exit_code == 1
        assert f"{name} is no custom model; none was added" in done.stderr


def test_a_failed_copy_leaves_the_old_model(
    write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    registry.add_custom(write())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "net.pt")

    new = write(strand="both")
    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(WeightsError, match=r"mine cannot be added: net\.pt: No space left on device"):
        registry.add_custom(new, force=True)
    assert registry.get("mine").spec(RunConfig("-", Path("-"), predictor=("mine",))).strand == "forward"
    assert [one.name for one in models_folder().iterdir()] == ["mine"]
    monkeypatch.setenv("GENOSCORE_HOME", str(tmp_path / "file"))
    (tmp_path / "file").write_text("")
    with pytest.raises(WeightsError, match="Not a directory") as caught:
        registry.add_custom(new)
    assert "GENOSCORE_HOME" in caught.value.hint


def test_names_that_are_taken(
    write: Callable[..., Path], plugin_example: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(str(plugin_example))
    for name in ("spliceai", "cpg"):
        with pytest.raises(ConfigError, match=f"{name} is the name of another predictor"):
            registry.add_custom(write(name=name))
    registry.add_custom(write(name="later"))
    write_metadata(tmp_path, "late", "1", {"genoscore.predictors": {"later": "cpg_plugin.predictor:CPG"}})
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ConfigError, match="later is offered by a plug-in and by a custom model") as caught:
        registry.get("later")
    assert "models remove later" in caught.value.hint


def test_damaged_models_are_reported(invoke: Invoke, write: Callable[..., Path]) -> None:
    for name, text in (("bad", "name = 'bad'\n"), ("moved", None), ("hollow", "")):
        folder = models_folder() / name
        folder.mkdir(parents=True)
        (folder / "model.toml").write_text(_toml(MANIFEST) if text is None else text)
    (models_folder() / "hollow" / "model.toml").unlink()
    (models_folder() / "spliceai").mkdir()
    registry.add_custom(write(name="tabled"))
    (models_folder() / "tabled" / "model.toml").write_text(_toml({**MANIFEST, "name": "tabled", "tracks": "t.txt"}))
    done = invoke("models", "list")
    assert done.exit_code == 0
    assert "pangolin" in done.stdout
    lines = done.stderr.splitlines()
    said = {
        "bad": "file is missing",
        "moved": "is the manifest of mine",
        "hollow": "cannot be read",
        "spliceai": "is ignored: genoscore has a predictor of that name",
        "tabled": "t.txt does not exist",
    }
    assert len(lines) == len(said)
    for name, words in said.items():
        (line,) = [one for one in lines if re.search(rf"(model|predictor) {name}\b", one)]
        assert words in line
    for name in ("bad", "moved", "hollow"):
        with pytest.raises(ConfigError, match=f"custom model {name} cannot be used") as caught:
            registry.get(name)
        assert f"models remove {name}" in caught.value.hint
        assert invoke("models", "remove", name, "-q").exit_code == 0
    assert invoke("score", "x.vcf", "-r", "x.fa", "-p", "nonsense").stderr.count("tabled") == 1


def test_another_manifest_of_the_same_name(invoke: Invoke, write: Callable[..., Path]) -> None:
    registry.add_custom(write())
    other = write(tracks=["a", "b"], file="net.pt2")
    for given in (other, other.parent):
        predictor = load_predictor("mine", given, device="cpu")
        assert predictor.spec.tracks == ("a", "b")
    done = invoke("models", "tracks", "mine", "--weights", f"mine={other}")
    assert done.stdout.splitlines()[1:] == ["0\ta\t", "1\tb\t"]
    with pytest.raises(ConfigError, match="is the manifest of yours") as caught:
        load_predictor("mine", write(name="yours"))
    assert "-p yours" in caught.value.hint


def test_tracks_of_a_table(invoke: Invoke, write: Callable[..., Path]) -> None:
    path = write(tracks="targets.txt")
    (path.parent / "targets.txt").write_text("index\tidentifier\tdescription\n0\tE1\tDNASE:a\n1\tE2\tDNASE:a\n")
    registry.add_custom(path)
    assert invoke("models", "tracks", "mine", "--grep", "DN").stdout.splitlines()[1:] == [
        "0\tE1\tDNASE:a",
        "1\tE2\tDNASE:a",
    ]
    predictor = load_predictor("mine", device="cpu", tracks="1")
    assert predictor.spec.tracks == ("DNASE:a [1]",)
    window = "ACGT" * 16
    np.testing.assert_allclose(predictor.predict(one_hot([window]))[0, 0].numpy(), oracle_tracks(window)[1:], atol=1e-5)
    (models_folder() / "mine" / "targets.txt").write_text("index\tidentifier\n0\tE1\n")
    with pytest.raises(WeightsError, match=r"promises \(1, 1, 6\)"):
        load_predictor("mine", device="cpu")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"compat": True}, "--compat: mine has no peer tool"),
        ({"shifts": "0,5"}, "--shifts: 5 is more than half a bin of mine (8 bases); give at most 4"),
        ({"tracks": "kidney"}, "--tracks 'kidney' finds none of the 2 tracks of mine"),
        ({"head": "mouse"}, "--head means nothing to mine"),
        ({"centre": "grid"}, "--centre grid: variants of one bin may lie right of the bins of mine"),
    ],
)
def test_options_that_it_lacks(write: Callable[..., Path], options: dict[str, object], words: str) -> None:
    registry.add_custom(write(centre=49))
    with pytest.raises(ConfigError) as caught:
        load_predictor("mine", **options)
    assert words in caught.value.one_line()


def test_adding_and_checking_need_no_torch(write: Callable[..., Path], small: SmallGenome, tmp_path: Path) -> None:
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text([f"chr1 300 {small.sequences['chr1'][299]} <DEL>"]))
    check = ["check", str(source), "-r", str(small.fasta), "-a", "none", "-p", "mine"]
    for arguments in (["models", "add", str(write())], check):
        code = _BLOCKED.format(blocked={"torch", "h5py"}, arguments=arguments)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
    assert "SYMBOLIC" in done.stdout


def test_the_worked_example(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/custom_models.md as it stands there: its files are written, its commands run, in order."""
    page = (ROOT / "docs" / "custom_models.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name in ("genome.fa", "genes.tsv", "variants.vcf"):
        shutil.copy(TEST_DATA / name, tmp_path / name)
    said = {}
    for fence in fences(page):
        if fence.language == "toml":
            Path("liver_net.toml").write_text(fence.text)
        elif fence.language == "python":
            exec(compile(fence.text, "page", "exec"), {"__name__": "page"})
        else:
            assert fence.language == "bash"
            for line in fence.text.splitlines():
                program, *arguments = shlex.split(line)
                assert program == "genoscore"
                done = invoke(*arguments)
                assert done.exit_code == 0, f"{line}\n{done.stderr}"
                said[line] = done.stdout
    assert said["genoscore models tracks liver_net --grep CAGE"].splitlines()[1:] == ["0\tCAGE:liver\t"]
    rows = read_table(tmp_path / "scored.tsv")
    assert {row["TRACK"] for row in rows if row["STATUS"] == "SCORED"} == {"CAGE:liver", "DNASE:liver"}
    assert any(float(row["LOG2FC"]) != 0 for row in rows if row["STATUS"] == "SCORED")
    assert (tmp_path / "scored.vcf.gz").is_file()
    cage = read_table(tmp_path / "cage.tsv")
    assert {row["TRACK"] for row in cage if row["STATUS"] == "SCORED"} == {"CAGE:liver"}
    assert len((tmp_path / "tracks.tsv").read_text().splitlines()) > 5
    keys = set(re.findall(r"^\| (`.+?) \|", page, re.MULTILINE))
    documented = {name for row in keys for name in re.findall(r"`(\w+)`", row)}
    assert documented == {*_manifest_keys()}


def _manifest_keys() -> list[str]:
    """Those that the error about an unknown key lists."""
    path = Path("unknown.toml")
    path.write_text("nonsense = 1\n")
    with pytest.raises(ConfigError) as caught:
        read_manifest(path)
    return caught.value.hint.removeprefix("known keys: ").split(", ")
