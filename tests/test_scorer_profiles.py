"""`Scorer.profiles` and sequences as text: what the network itself gives."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from genoscore import PredictConfig, Scorer, load_predictor, predict_sequences
from genoscore.core.encode import one_hot
from genoscore.core.errors import ConfigError, InputError
from genoscore.predictors import registry
from genoscore.scoring.loading import LoadedPredictor
from tests.small import SmallGenome, leftmost


@pytest.fixture(scope="module", autouse=True)
def _toys() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry._BUILT_IN, "toy", "tests.toy:TOY")
        patch.setitem(registry._BUILT_IN, "bins", "tests.toy:BINS")
        yield


@pytest.fixture(scope="module")
def gs(small: SmallGenome) -> Iterator[Scorer]:
    with Scorer("toy", reference=small.fasta, annotation=small.genes) as scorer:
        yield scorer


@pytest.fixture(scope="module")
def toy() -> LoadedPredictor:
    return load_predictor("toy")


def _base(small: SmallGenome, pos: int, contig: str = "chr1") -> str:
    return small.sequences[contig][pos - 1]


def _other(base: str) -> str:
    return "ACGT"["CGTA".index(base)]


def _masked(small: SmallGenome, start: int, end: int, gene: tuple[int, int]) -> str:
    """Bases of chr1 [start, end), N outside the gene."""
    one = small.sequences["chr1"]
    return "".join(one[at] if gene[0] <= at < gene[1] else "N" for at in range(start, end))


def test_profiles_are_the_networks_own(gs: Scorer, toy: LoadedPredictor, small: SmallGenome) -> None:
    """An SNV in PLUS [100, 500): windows cut and masked here, by hand."""
    pos, flank = 260, 30
    ref, alt = _base(small, pos), _other(_base(small, pos))
    (profile,) = gs.profiles(f"chr1-{pos}-{ref}-{alt}", flank=flank)
    reach = flank + toy.spec.context_length // 2
    window = _masked(small, pos - 1 - reach, pos + reach, (100, 500))
    changed = window[:reach] + alt + window[reach + 1 :]
    for bases, found in ((window, profile.ref), (changed, profile.alt)):
        expected = toy.predict(one_hot([bases]))[0].mean(dim=0)[1:]  # without the track `neither`
        np.testing.assert_allclose(found, expected.numpy(), atol=1e-6)
    assert profile.tracks == ("acceptor", "donor")
    assert profile.ref.shape == profile.alt.shape == (2, 2 * flank + 1)
    assert profile.positions.tolist() == list(range(pos - flank, pos + flank + 1))
    assert profile.bases[flank] == ref
    assert profile.gene is not None
    assert (profile.gene.symbol, profile.contig) == ("PLUS", "chr1")


def test_profiles_hold_the_scores(gs: Scorer, small: SmallGenome) -> None:
    """The largest gain within the distance is what `score` says."""
    for pos in (260, 480, 700):
        ref = _base(small, pos)
        text = f"1:{pos}{ref}>{_other(ref)}"
        rows = {row["TOY_GENE"]: row for row in gs.score([text], genes="all")}
        profiles = gs.profiles(text, flank=50)
        assert set(profiles.symbols) == set(rows)
        for symbol, row in rows.items():
            delta = profiles[symbol].alt - profiles[symbol].ref
            assert max(delta[0].max(), 0) == pytest.approx(row["TOY_DS_AG"], abs=2e-6)
            assert max((-delta[1]).max(), 0) == pytest.approx(row["TOY_DS_DL"], abs=2e-6)


def test_deletions_and_insertions_stand_on_ref(gs: Scorer, small: SmallGenome) -> None:
    sequence = small.sequences["chr1"]
    pos, ref, alt = leftmost(sequence, 260, sequence[259:263], sequence[259])
    (deletion,) = gs.profiles(f"chr1-{pos}-{ref}-{alt}", flank=10)
    assert deletion.alt.shape == deletion.ref.shape
    gone = [at for at, place in enumerate(deletion.positions) if pos < place <= pos + 3]
    assert not deletion.alt[:, gone].any()
    assert deletion.ref[:, gone].all()


def test_a_variant_of_two_genes(gs: Scorer, small: SmallGenome) -> None:
    ref = _base(small, 480)
    profiles = gs.profiles(("chr1", 480, ref, _other(ref)), flank=3)  # type: ignore[arg-type]
    assert profiles.symbols == ("PLUS", "MINUS")
    assert [profile.gene.strand for profile in profiles if profile.gene] == ["+", "-"]
    frame = profiles.frame()
    assert list(frame.columns) == [
        "CHROM", "POS", "REF", "GENE", "acceptor_REF", "acceptor_ALT", "acceptor_DELTA", "donor_REF", "donor_ALT",
        "donor_DELTA",
    ]  # fmt: skip
    assert frame["GENE"].tolist() == ["PLUS"] * 7 + ["MINUS"] * 7
    assert frame["POS"].tolist() == [*range(477, 484)] * 2
    pd.testing.assert_frame_equal(frame, profiles.frame("polars").to_pandas().astype(frame.dtypes.to_dict()))
    pd.testing.assert_frame_equal(profiles["MINUS"].frame(), frame[7:].reset_index(drop=True))
    with pytest.raises(ConfigError, match="PLUS, MINUS"):
        profiles.figure()
    with pytest.raises(KeyError):
        profiles["OTHER"]
    with pytest.raises(ConfigError, match="arrow"):
        profiles.frame("arrow")


def test_a_figure_leaves_the_users_settings(gs: Scorer, small: SmallGenome, tmp_path: Path) -> None:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"font.size": 21.5, "svg.hashsalt": "mine"}):
        before = dict(mpl.rcParams)
        ref = _base(small, 480)
        figure = gs.profiles(f"chr1-480-{ref}-{_other(ref)}", flank=20).figure("MINUS")
        assert dict(mpl.rcParams) == before
    assert isinstance(figure, Figure)
    assert [axes.get_ylabel() for axes in figure.axes[:2]] == ["acceptor", "donor"]
    figure.savefig(tmp_path / "profile.png")
    assert (tmp_path / "profile.png").stat().st_size > 5000


def test_what_has_no_profiles_says_why(gs: Scorer, small: SmallGenome) -> None:
    ref = _base(small, 260)
    for text, why in (
        (f"chr1-260-{_other(ref)}-{ref}", "REF_MISMATCH"),
        (f"chr1-900-{_base(small, 900)}-{_other(_base(small, 900))}", "NO_GENE"),
        ("chr9-1-A-C", "UNKNOWN_CONTIG"),
        ("chr1-260", "is not understood"),
        (f"chr1-260-{ref}-A,C", "more than one allele"),
    ):
        with pytest.raises(InputError, match=why):
            gs.profiles(text)
    for flank in (-1, 1.5, True):
        with pytest.raises(ConfigError, match="flank="):
            gs.profiles(f"chr1-260-{ref}-{_other(ref)}", flank=flank)  # type: ignore[arg-type]
    with Scorer("bins", reference=small.fasta, annotation=small.genes) as windows:
        with pytest.raises(ConfigError, match="bins has no profiles"):
            windows.profiles(f"chr1-260-{ref}-{_other(ref)}")
        with pytest.raises(ConfigError, match="'toy' is not loaded"):
            windows.profiles(f"chr1-260-{ref}-{_other(ref)}", predictor="toy")


def test_text_is_predicted_as_a_fasta_is(gs: Scorer, toy: LoadedPredictor, tmp_path: Path) -> None:
    sequences = ["acgtUNRGATTACA", "GGT", "A" * 300]
    fasta, out = tmp_path / "in.fa", tmp_path / "out.npz"
    fasta.write_text("".join(f">s{number}\n{bases}\n" for number, bases in enumerate(sequences)))
    for strand in ("spec", "forward", "reverse"):
        predict_sequences(PredictConfig(str(out), str(fasta), predictor="toy", strand=strand))
        arrays = np.load(out)
        found = gs.predict(sequences, strand=strand)
        for number, bases in enumerate(sequences):
            assert found[number].dtype == np.float32
            assert found[number].shape == (3, len(bases))
            np.testing.assert_allclose(found[number], arrays[f"s{number}"], atol=1e-6)
    assert np.array_equal(gs.predict("GGT"), toy.predict("GGT"))
    assert [array.shape for array in toy.predict(sequences)] == [(3, 14), (3, 3), (3, 300)]
    assert gs.predict([]) == []


def test_text_is_one_hot_with_n_around(toy: LoadedPredictor) -> None:
    padding = "N" * (toy.spec.context_length // 2)
    x = one_hot([f"{padding}ACGGTAAGT{padding}"])
    y = toy.predict(x)
    assert isinstance(y, torch.Tensor)
    assert y.shape == (1, 2, 3, 9)
    np.testing.assert_allclose(toy.predict("ACGGTAAGT"), y[0].mean(dim=0).numpy(), atol=1e-6)


def test_text_for_windows_of_one_length() -> None:
    bins = load_predictor("bins")
    assert bins.predict("A" * 64).shape == (2, 6)
    assert bins.predict("A" * 64)[1].tolist() == [8.0] * 6
    with pytest.raises(InputError, match="65 bases"):
        bins.predict("A" * 65)


def test_text_that_is_no_sequence_is_refused(gs: Scorer) -> None:
    for wrong, why in (("", "empty"), ("ACGJ", "'J'"), ("AC GT", "' '")):
        with pytest.raises(InputError, match=why):
            gs.predict(wrong)
    for item in (None, math.nan, 3):
        with pytest.raises(InputError, match="sequence 2 is"):
            gs.predict(["ACGT", item])  # type: ignore[list-item]
    with pytest.raises(ConfigError, match="strand 'both'"):
        gs.predict("ACGT", strand="both")
