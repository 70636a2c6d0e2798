"""Custom models that run: both formats, layouts, precision, any length; scores against a plain oracle."""

from __future__ import annotations

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
from genoscore.scoring.loading import load_predictor
from tests.conftest import Invoke
from tests.custom_models.oracle import oracle_scores, oracle_tracks
from tests.custom_models.toy_networks import BINS, FLANK, LENGTH, TRACKS
from tests.small import SmallGenome, leftmost, read_table, vcf_text

pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")  # users have such files all the same


@pytest.mark.parametrize("file", ["net.pt", "net.pt2", "single.pt2", "pair.pt2", "few.pt2"])
def test_both_formats_give_what_the_network_gives(write: Callable[..., Path], file: str) -> None:
    """Also a program that takes one window, exactly two, or at most three."""
    registry.add_custom(write(file=file))
    predictor = load_predictor("mine", device="cpu").network
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
    predictor = load_predictor("mine", device="cpu", precision="bf16").network
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
        sequence = small.sequences[contig]
        wanted = oracle_scores(sequence, *leftmost(sequence, pos, ref, alt), strand == "both")
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
    assert (spec.input_length, spec.sequences.any_length, spec.fixed.anchor_index) == (LENGTH, True, LENGTH // 2)
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
    assert "has 900 bases, but mine reads 64" in done.stderr


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
        ({"tracks": "kidney"}, "--tracks 'kidney' matches none of the 2 tracks of mine"),
        ({"head": "mouse"}, "--head is not supported by mine"),
        ({"centre": "grid"}, "--centre grid: some variants would lie to the right of the bins of mine"),
    ],
)
def test_options_that_it_lacks(write: Callable[..., Path], options: dict[str, object], words: str) -> None:
    registry.add_custom(write(centre=49))
    with pytest.raises(ConfigError) as caught:
        load_predictor("mine", **options)
    assert words in caught.value.one_line()
