"""`genoscore score -p sei`, from a VCF to its scores, with a network narrow enough for a test."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from genoscore.core.encode import one_hot, reverse_complement
from genoscore.networks.sei import Sei, SeiConfig
from genoscore.predictors.sei import predictor as sei
from tests.conftest import Score
from tests.small import SmallGenome, info, records

CONFIG = SeiConfig(sequence_length=256, n_genomic_features=6, channels=(8, 10, 12), dilations=(2, 4), n_splines=6)
HISTONES = [1, 4]


@pytest.fixture(scope="module")
def network() -> Sei:
    torch.manual_seed(5)
    made = Sei(CONFIG).eval().requires_grad_(False)
    for name, value in made.named_parameters():
        value *= 2.0 if name.endswith("weight") and "conv" in name else 1.0  # else no base matters
    return made


@pytest.fixture
def folder(network: Sei, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Weights with classes and names; what reads the tensors gives the narrow network."""

    def read(_: object, chosen: tuple[int, ...] | None) -> Sei:
        made = Sei(CONFIG)
        made.load_state_dict(network.state_dict())
        if chosen is not None:
            made.keep_profiles(chosen)
        return made

    monkeypatch.setattr(sei, "read_network", read)
    place = tmp_path / "weights"
    place.mkdir()
    save_file({"none": torch.zeros(1)}, place / "model.safetensors")
    (place / "config.json").write_text('{"n_genomic_features": 6, "sequence_length": 256}')
    (place / "target.names").write_text("".join(f"K562 | mark {at}\n" for at in range(6)))
    (place / "seqclass.names").write_text("".join(f"E{at} Enhancer, {at}\n" for at in range(61)))
    projection = np.random.default_rng(1).normal(size=(61, 6)).astype(np.float32)
    np.save(place / "projvec_targets.npy", projection)
    np.save(place / "histone_inds.npy", np.array(HISTONES))
    return place


def _profiles(network: Sei, window: str) -> np.ndarray:
    x = one_hot([window], 0.25)
    return network(torch.cat([x, reverse_complement(x)])).mean(0).double().numpy()


def _window(genome: str, start: int) -> str:
    return "".join(genome[at] if 0 <= at < len(genome) else "N" for at in range(start, start + 256))


def _class_deltas(network: Sei, folder: Path, ref: str, alt: str) -> np.ndarray:
    """As the published tool computes them, written down once more."""
    before, after = _profiles(network, ref), _profiles(network, alt)
    sums = before[HISTONES].sum(), after[HISTONES].sum()
    for profiles, own in ((before, sums[0]), (after, sums[1])):
        profiles[HISTONES] *= sum(sums) / 2 / own
    rows = np.load(folder / "projvec_targets.npy").astype(np.float64)[:40]
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)) @ (after - before)


@pytest.fixture
def score_options(folder: Path) -> dict[str, object]:
    """See tests/conftest.py."""
    return {"predictor": "sei", "weights": {"sei": folder}, "annotation": "none", "device": "cpu"}


def test_sequence_classes_of_a_file(score_small: Score, small: SmallGenome, network: Sei, folder: Path) -> None:
    """SNVs at one site, one near the contig's start, an insertion and a deletion: every class, the largest in INFO."""
    genome = small.sequences["chr1"]
    base, near = genome[599], genome[19]
    others = [one for one in "ACGT" if one != base]
    rows = [
        f"chr1 20 {near} {'A' if near != 'A' else 'C'}",
        f"chr1 600 {base} {','.join(others[:2])}",
        f"chr1 700 {genome[699]} {genome[699]}GATTACA",
        f"chr1 800 {genome[799:804]} {genome[799]}",
        "chr1 900 N <DEL>",
    ]
    vcf, tsv = score_small(rows, "out.vcf", "out.tsv").outputs
    table = list(csv.DictReader(tsv.open(), delimiter="\t"))
    # Of every ALT: where the windows start (0-based), REF's start, REF and ALT. An SNV sits at index 127; seven bases
    # more drop three on the left; of a deletion REF's middle lies there, and the window begins 2 further left.
    windows = [
        (20 - 128, 20 - 128, 19, near, rows[0].split()[3]),
        *((600 - 128, 600 - 128, 599, base, alt) for alt in others[:2]),
        (700 - 128, 700 - 128 + 3, 699, genome[699], genome[699] + "GATTACA"),
        (800 + 2 - 128, 800 + 2 - 128 - 2, 799, genome[799:804], genome[799]),
    ]
    lines = records(vcf)
    alts = [(line, at) for line in lines[:4] for at in range(len(line[4].split(",")))]
    for number, ((line, at), (start, alt_start, place, ref, alt)) in enumerate(zip(alts, windows, strict=True)):
        changed = genome[:place] + alt + genome[place + len(ref) :]
        wanted = _class_deltas(network, folder, _window(genome, start), _window(changed, alt_start))
        of_alt = table[40 * number : 40 * number + 40]
        assert [row["CLASS"] for row in of_alt] == [f"E{index} Enhancer, {index}" for index in range(40)]
        np.testing.assert_allclose([float(row["DELTA"]) for row in of_alt], wanted, atol=6e-5)
        largest = int(np.abs(wanted).argmax())
        values = {key: value.split(",")[at] for key, value in info(line).items()}
        assert values["GS_SEI_STATUS"] == "SCORED"
        assert float(values["GS_SEI_MAX"]) == pytest.approx(wanted[largest], abs=6e-5)
        assert abs(wanted[largest]) > 5e-3
        assert values["GS_SEI_CLASS"].startswith(f"E{largest}%20Enhancer%2C%20")
    assert info(lines[4])["GS_SEI_STATUS"] == "SYMBOLIC"


def test_chosen_profiles_of_a_file(score_small: Score, small: SmallGenome, network: Sei, folder: Path) -> None:
    genome = small.sequences["chr1"]
    alt = "A" if genome[599] != "A" else "C"
    vcf, tsv = score_small([f"chr1 600 {genome[599]} {alt}"], "out.vcf", "out.tsv", tracks=("mark [25]$",)).outputs
    changed = genome[:599] + alt + genome[600:]
    delta = _profiles(network, _window(changed, 472)) - _profiles(network, _window(genome, 472))
    table = list(csv.DictReader(tsv.open(), delimiter="\t"))
    assert [row["TRACK"] for row in table] == ["K562 | mark 2", "K562 | mark 5"]
    np.testing.assert_allclose([float(row["DELTA"]) for row in table], delta[[2, 5]], atol=6e-5)
    assert "GS_SEI_TRACK=" in vcf.read_text()
