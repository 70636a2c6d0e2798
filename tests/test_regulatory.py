"""The regulatory predictor: its windows and scores against strings, its file, sequences, backgrounds, pages."""

from __future__ import annotations

import functools
import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from genoscore.core.config import PredictConfig, RunConfig
from genoscore.core.encode import one_hot, reverse_complement
from genoscore.core.errors import ConfigError, InputError, WeightsError
from genoscore.core.windows import Edit, Stretch, WindowSpec, placed_windows, read_span
from genoscore.explaining.config import ExplainConfig
from genoscore.explaining.run import explain
from genoscore.networks.regulatory import RegulatoryEnsemble, RegulatoryNetwork
from genoscore.networks.regulatory_config import RegulatoryConfig
from genoscore.predictors import registry
from genoscore.predictors.base import DifferentiablePredictor, StrandedPredictor
from genoscore.predictors.regulatory.predictor import default_shifts
from genoscore.predictors.regulatory.weights import BACKGROUND, FILE, find_file, load_networks, read_header, shipped
from genoscore.scoring.run import make_background, score_vcf
from genoscore.scoring.sequences import predict_sequences
from genoscore.weights.files import sha256
from tests.conftest import TEST_DATA, Run, Score
from tests.small import SmallGenome, info, read_table, records, trimmed, vcf_text
from tests.test_fences import _BLOCKED

LENGTH, SHIFTS = 40, (-9, 0, 7)
TRACKS = ("liver", "stem cell")
LEFT, RIGHT = "ACGTT", "GGA"
SHAPE = RegulatoryConfig(
    LENGTH, filters=6, filter_width=5, pool=2, token_size=4, channels=4, width=3, blocks=1, layers=1, heads=2,
    queries=2, hidden=6, motifs=4, motif_width=7, directions=3, centres=5,
)  # fmt: skip
HEADER = {
    "format": "genoscore-regulatory-2",
    "config": json.dumps(asdict(SHAPE)),
    "networks": "2",
    "tracks": json.dumps(TRACKS),
    "adaptors": json.dumps([LEFT, RIGHT]),
    "units": "log2 RNA/DNA",
    "trained": json.dumps({"table": "made.tsv", "rows": 12, "pearson": {"liver": 0.5}}),
}


def _ensemble() -> RegulatoryEnsemble:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(11)
        ensemble = RegulatoryEnsemble(SHAPE, 2)
        for name, value in ensemble.state_dict().items():
            if name.endswith("filters"):
                value.normal_(0, 0.7)
            elif name.startswith("kernel.") and value.ndim > 1:
                value.normal_()
            elif name.endswith(("rate", "share")):
                value.fill_(0.4)
            elif value.ndim > 1:
                value.mul_(2.5)
            elif name.endswith("running_mean"):
                value.normal_(0, 0.3)
            elif name.endswith(("running_var", "deviation")):
                value.uniform_(0.5, 1.5)
    return ensemble.eval()


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of two tiny networks."""
    path = tmp_path_factory.mktemp("weights") / FILE
    save_file(_ensemble().state_dict(), path, HEADER)
    return path


@pytest.fixture
def as_shipped(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """These networks in the place of those that come with genoscore; the folder of what comes with it."""
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / FILE).write_bytes(weights.read_bytes())
    for module in ("predictor", "weights"):
        monkeypatch.setattr(f"genoscore.predictors.regulatory.{module}.shipped", lambda name: folder / name)
    monkeypatch.setattr("genoscore.predictors.regulatory.predictor._SHA256", "")
    card = registry.get("regulatory").card
    monkeypatch.setattr("genoscore.predictors.regulatory.predictor.CARD", replace(card, sha256={FILE: ""}))
    return folder


# ---- the oracle: strings and lists; of genoscore the network alone, one window at a time ----

_TURNED = {"A": "T", "C": "G", "G": "C", "T": "A", "N": "N"}


@functools.cache
def _activities(networks: RegulatoryEnsemble, window: str) -> list[float]:
    """Of both strands."""
    assert len(window) == LENGTH
    found = []
    for one in (window, "".join(_TURNED[base] for base in reversed(window))):
        x = torch.zeros(1, 4, LENGTH)
        for place, base in enumerate(one):
            if base in "ACGT":
                x[0, "ACGT".index(base), place] = 1
        with torch.no_grad():
            found.append(networks(x)[0].tolist())
    return [(a + b) / 2 for a, b in zip(*found, strict=True)]


def _window_of(haplotype: str, first: int, last: int, wanted: int, length: int) -> tuple[int, str]:
    """The window that begins nearest to `wanted` and holds no N, or all known bases around the allele [first, last)."""

    def base(place: int) -> str:
        return haplotype[place] if 0 <= place < len(haplotype) else "N"

    known = {*range(first, last)}
    for step, edge in ((-1, first), (1, last - 1)):
        while base(edge + step) != "N" and abs(edge - first) < 4 * length:
            edge += step
            known.add(edge)
    for away in range(4 * length):
        for start in {wanted - away, wanted + away}:
            places = {*range(start, start + length)}
            if places <= known or known <= places:
                return start, "".join(base(place) for place in range(start, start + length))
    raise AssertionError("no window")


def _windows(
    contig: str, start: int, ref: str, alt: str, shifts: tuple[int, ...], length: int
) -> list[tuple[str, str]]:
    """Reference and alternate windows of an allele at a 0-based place."""
    changed = contig[:start] + alt + contig[start + len(ref) :]
    grown = (len(alt) - len(ref)) // 2 if len(alt) > len(ref) else len(alt) // 2 - len(ref) // 2
    found: dict[tuple[int, int], tuple[str, str]] = {}
    for shift in shifts:
        wanted = start + len(ref) // 2 - length // 2 + shift
        one, before = _window_of(contig, start, start + len(ref), wanted, length)
        two, after = _window_of(changed, start, start + len(alt), wanted + grown, length)
        found[one, two] = before, after
    return list(found.values())


def _oracle(networks: RegulatoryEnsemble, contig: str, start: int, ref: str, alt: str) -> list[tuple[float, ...]]:
    """DELTA, ACTIVITY_REF and ACTIVITY_ALT of every track."""
    windows = _windows(contig, start, ref, alt, SHIFTS, LENGTH)
    sides = [[_activities(networks, pair[side]) for pair in windows] for side in (0, 1)]
    before, after = ([sum(values) / len(side) for values in zip(*side, strict=True)] for side in sides)
    return [(b - a, a, b) for a, b in zip(before, after, strict=True)]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_windows_against_strings(data: st.DataObject) -> None:
    """SNVs and indels anywhere in contigs with N, at any shifts."""
    contig = data.draw(st.text("ACGT", min_size=1, max_size=45)) + data.draw(st.sampled_from(["", "N", "NNNN"]))
    contig += data.draw(st.text("ACGTN", max_size=30))
    length = data.draw(st.sampled_from([12, 17, 20]))
    shifts = data.draw(st.sampled_from([(0,), (-3, 0, 2), (-4, 4)]))
    longest = 2 * (length // 2 - max(map(abs, shifts))) - 1
    start = data.draw(st.sampled_from([place for place, base in enumerate(contig) if base != "N"]))
    size = data.draw(st.integers(1, longest))
    ref = contig[start : start + size].partition("N")[0]
    alt = data.draw(st.text("ACGT", min_size=1, max_size=longest))
    spec = WindowSpec(
        0, length, 1, "both", False, False, longest, None, input_length=length, centre=length // 2,
        anchor="middle", shifts=shifts, slides=True,
    )  # fmt: skip
    edit = Edit(start, start + len(ref), alt)
    first, last = read_span(edit, spec)
    around = "".join(contig[place] if 0 <= place < len(contig) else "N" for place in range(first, last))
    stretch = Stretch("c", first, last, "+", around, (edit,))
    assert placed_windows(stretch, edit, spec) == _windows(contig, start, ref, alt, shifts, length)


def _variants(small: SmallGenome) -> Iterator[tuple[str, int, str, str]]:
    rng = random.Random(4)
    for name, places in (("chr1", (1, 3, 20, 600, 1190, 1200)), ("chr2", (2, 45, 50, 71, 90, 180, 700))):
        sequence = small.sequences[name]
        for pos in places:
            ref = sequence[pos - 1]
            other = rng.choice([base for base in "ACGT" if base != ref])
            yield name, pos, ref, other
            yield name, pos, ref, ref + "".join(rng.choice("ACGT") for _ in range(rng.randint(1, 14)))
            longer = sequence[pos - 1 : pos + rng.randint(2, 12)].partition("N")[0]
            if len(longer) > 1:
                yield name, pos, longer, longer[0]


@pytest.fixture
def score_options() -> dict[str, object]:
    """See tests/conftest.py."""
    return {"predictor": "regulatory", "annotation": "none", "shifts": SHIFTS}


def test_scores_equal_the_oracle(score_small: Score, small: SmallGenome, weights: Path) -> None:
    variants = list(_variants(small))
    rows = [" ".join(map(str, one)) for one in variants]
    given = {"regulatory": weights}
    vcf, tsv = score_small(rows, "o.vcf", "o.tsv", weights=given).outputs
    networks = load_networks(weights)
    table = read_table(tsv)
    assert len(table) == 2 * len(variants)
    for number, (name, *rest) in enumerate(variants):
        pos, ref, alt = trimmed(*rest)
        wanted = _oracle(networks, small.sequences[name], pos - 1, ref, alt)
        written = info(records(vcf)[number])
        most = max(range(2), key=lambda track: abs(round(wanted[track][0], 4)))
        assert float(written["GS_REGULATORY_MAX"]) == pytest.approx(wanted[most][0], abs=6e-5)
        assert written["GS_REGULATORY_MAX"] == written["GS_REGULATORY_DELTA"]
        assert written["GS_REGULATORY_TRACK"] == ("liver", "stem%20cell")[most]
        assert (written["GS_REGULATORY_STATUS"], written["GS_REGULATORY_GENE"]) == ("SCORED", ".")
        for track, row in enumerate(table[2 * number : 2 * number + 2]):
            assert (row["TRACK"], row["STATUS"], row["GENE"], row["BAND"]) == (TRACKS[track], "SCORED", ".", ".")
            found = [float(row[key]) for key in ("DELTA", "ACTIVITY_REF", "ACTIVITY_ALT")]
            assert found == pytest.approx(wanted[track], abs=6e-5), (name, pos, ref, alt)
            assert row["MAX"] == row["DELTA"]
    assert len({row["DELTA"] for row in table}) > len(table) // 2


def test_alone_and_in_company(score_small: Score, small: SmallGenome, weights: Path) -> None:
    """Neighbours, other ALTs and the batch change nothing."""
    rows = [f"chr1 {pos} {small.sequences['chr1'][pos - 1]} {alt}" for pos in (300, 302, 330) for alt in "ACGT"]
    rows = [row for row in rows if row.split()[2] != row.split()[3]]
    given = {"regulatory": weights}
    together = read_table(score_small(rows, "a.tsv", weights=given).outputs[0])
    small_batches = read_table(score_small(rows, "b.tsv", weights=given, batch_size=3).outputs[0])
    assert together == small_batches
    assert read_table(score_small(rows[4:5], "c.tsv", weights=given).outputs[0]) == together[8:10]


def test_what_is_too_long(score_small: Score, small: SmallGenome, weights: Path) -> None:
    """The allele must fit at every place: 2 x (20 - 12) - 1 bases at these shifts, half a window without."""
    base = small.sequences["chr1"][299]
    rows = [f"chr1 300 {base} {base}{'A' * more}" for more in (14, 15)]
    given = {"regulatory": weights}
    found = read_table(score_small(rows, "o.tsv", weights=given, shifts=(-12, 0)).outputs[0])
    assert [row["STATUS"] for row in found] == ["SCORED", "SCORED", "TOO_LONG"]
    spec = registry.get("regulatory").spec
    config = RunConfig("-", Path("-"), predictor="regulatory", weights=given)  # type: ignore[arg-type]
    assert spec(replace(config, shifts=(0,))).max_allele_length == 20
    assert (spec(config).shifts, default_shifts(200)) == ((0,), tuple(range(-64, 65, 16)))
    with pytest.raises(ConfigError, match="moves the variant out of the 40 bases"):
        spec(replace(config, shifts=(0, 20)))


def test_tracks_are_chosen(score_small: Score, small: SmallGenome, weights: Path) -> None:
    row = f"chr1 600 {small.sequences['chr1'][599]} {'A' if small.sequences['chr1'][599] != 'A' else 'C'}"
    given = {"regulatory": weights}
    both = read_table(score_small([row], "a.tsv", weights=given).outputs[0])
    (one,) = read_table(score_small([row], "b.tsv", weights=given, tracks="stem").outputs[0])
    assert one == both[1]
    with pytest.raises(ConfigError, match="finds none of the 2 tracks"):
        score_small([row], "c.tsv", weights=given, tracks="HepG2")


# ---- the file ----


def test_a_folder_is_as_good_as_the_file(weights: Path) -> None:
    entry = registry.get("regulatory")
    assert entry.find_weights(weights.parent) == entry.find_weights(weights) == {FILE: weights}
    assert read_header(weights).trained["rows"] == 12


def test_loading_leaves_random_numbers_alone(weights: Path) -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    networks = load_networks(weights)
    assert torch.equal(before, torch.get_rng_state())
    x = torch.rand(3, 4, LENGTH)
    torch.testing.assert_close(networks(x), _ensemble()(x))
    assert not any(value.requires_grad for value in networks.parameters())


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:2_000])


def _rewritten(change: Callable[[dict[str, torch.Tensor]], Any], **header: str | None) -> Callable[[Path], None]:
    def rewrite(path: Path) -> None:
        state = dict(_ensemble().state_dict())
        change(state)
        save_file(state, path, {key: value for key, value in {**HEADER, **header}.items() if value is not None})

    return rewrite


def _as_is(state: dict[str, torch.Tensor]) -> None:
    pass


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_cut, "is damaged or no .safetensors file"),
        (lambda path: path.write_bytes(b"hello, this is text"), "is damaged or no .safetensors file"),
        (lambda path: path.unlink(), "there is no file"),
        (_rewritten(_as_is, format=None), "says no format in its header, wanted genoscore-regulatory-2"),
        (_rewritten(_as_is, format="genoscore-regulatory-1"), "is of format 'genoscore-regulatory-1'"),
        (_rewritten(_as_is, config=None), "config is missing"),
        (_rewritten(_as_is, config="{"), "header is not understood"),
        (_rewritten(_as_is, config='{"length": 41}'), "41 is no multiple of"),
        (_rewritten(_as_is, config='{"depth": 4}'), "depth is unknown"),
        (_rewritten(_as_is, config='{"filters": 1000000000}'), "filters is 1,000,000,000, more than 10,000"),
        (_rewritten(_as_is, networks="many"), "networks is 'many'"),
        (_rewritten(_as_is, networks="3"), "it lacks networks.2."),
        (_rewritten(_as_is, networks="1"), "it also holds networks.1."),
        (_rewritten(_as_is, tracks='["liver"]'), "tracks must be 2 different names"),
        (_rewritten(_as_is, tracks='["a\\tb", "c"]'), "tracks must be 2 different names"),
        (_rewritten(_as_is, adaptors='["AC", "xx"]'), "adaptors must be two sequences"),
        (_rewritten(_as_is, units='a "b"'), "units is no name"),
        (_rewritten(lambda state: state.pop("networks.0.norm.weight")), "it lacks networks.0.norm.weight"),
        (
            _rewritten(lambda state: state.update({"networks.0.norm.weight": torch.ones(9)})),
            r"networks.0.norm.weight has shape \(9,\), wanted \(4,\)",
        ),
        (
            _rewritten(lambda state: state.update({"networks.1.mean": torch.tensor([0.0, float("nan")])})),
            "networks.1.mean holds NaN",
        ),
    ],
)
def test_damaged_files(damage: Callable[[Path], object], message: str, tmp_path: Path) -> None:
    path = tmp_path / FILE
    _rewritten(_as_is)(path)
    damage(path)
    config = RunConfig("-", Path("-"), predictor="regulatory", weights={"regulatory": path})  # type: ignore[arg-type]
    with pytest.raises(WeightsError, match=message) as caught:
        registry.get("regulatory").load(config)
    assert "\n" not in caught.value.one_line()
    assert str(path) in str(caught.value)


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    (tmp_path / "w.pt").write_bytes(b"x")
    with pytest.raises(WeightsError, match=r"is no \.safetensors file"):
        find_file(tmp_path / "w.pt")


# ---- sequences ----


def _fasta(path: Path, **sequences: str) -> Path:
    path.write_text("".join(f">{name}\n{bases}\n" for name, bases in sequences.items()))
    return path


def test_inserts_with_and_without_adaptors(weights: Path, tmp_path: Path) -> None:
    rng = random.Random(8)
    inserts = {name: "".join(rng.choice("ACGT") for _ in range(LENGTH)) for name in ("one", "two", "three")}
    inserts["three"] = inserts["three"][:20] + "N" + inserts["three"][21:]
    plain = _fasta(tmp_path / "plain.fa", **inserts)
    whole = _fasta(tmp_path / "whole.fa", **{name: LEFT + one.lower() + RIGHT for name, one in inserts.items()})
    given = {"regulatory": weights}
    for source in (plain, whole):
        output = source.with_suffix(".tsv"), source.with_suffix(".npz")
        predict_sequences(PredictConfig(tuple(map(str, output)), str(source), predictor="regulatory", weights=given))
    assert plain.with_suffix(".tsv").read_bytes() == whole.with_suffix(".tsv").read_bytes()
    networks = load_networks(weights)
    rows = read_table(plain.with_suffix(".tsv"))
    arrays = np.load(whole.with_suffix(".npz"))
    assert [row["CHROM"] for row in rows] == list(inserts)
    for row, (name, one) in zip(rows, inserts.items(), strict=True):
        wanted = _activities(networks, one)
        assert [float(row[track]) for track in TRACKS] == pytest.approx(wanted, abs=1e-5)
        assert arrays[name][:, 0].tolist() == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize(
    ("bases", "message"),
    [
        ("A" * 39, "odd has 39 bases, regulatory reads 40, or 48 with its adaptors"),
        ("A" * 200, "odd has 200 bases"),
        ("A" * 48, f"odd has 48 bases, regulatory reads 40, or 48 that begin with {LEFT} and end with {RIGHT}"),
        (LEFT + "A" * 43, "odd has 48 bases"),
    ],
)
def test_sequences_of_other_lengths(weights: Path, tmp_path: Path, bases: str, message: str) -> None:
    source = _fasta(tmp_path / "in.fa", good="C" * 40, odd=bases)
    output = tmp_path / "o.tsv"
    given = {"regulatory": weights}
    with pytest.raises(InputError, match=message):
        predict_sequences(PredictConfig(str(output), str(source), predictor="regulatory", weights=given))
    assert not output.exists()


# ---- the background that comes with the weights ----


def test_shipped_background(score_small: Score, small: SmallGenome, as_shipped: Path, tmp_path: Path) -> None:
    rows = [" ".join(map(str, one)) for one in _variants(small)]
    plain = score_small(rows, "plain.vcf", shifts=None).outputs[0]
    assert "GS_REGULATORY_PCT" not in plain.read_text()
    made = as_shipped / BACKGROUND
    config = RunConfig(str(tmp_path / "in.vcf"), small.fasta, (str(made),), ("regulatory",), annotation="none")
    make_background(config)
    vcf, tsv = score_small(rows, "o.vcf", "o.tsv", shifts=None).outputs
    sizes = [abs(float(info(one)["GS_REGULATORY_MAX"])) for one in records(vcf)]
    for columns, size in zip(records(vcf), sizes, strict=True):
        found = info(columns)
        least, most = (100 * np.mean([other < size * wide for other in sizes]) for wide in (0.99, 1.01))
        assert least - 0.01 <= float(found["GS_REGULATORY_PCT"]) <= most
        assert found["GS_REGULATORY_BAND"] in ("low", "moderate")
    assert 'Background="of genoscore"' in vcf.read_text()
    assert all(row["PCT"] != "." for row in read_table(tsv))
    given = score_small(rows, "given.vcf", shifts=None, background=str(made)).outputs[0]
    assert [info(one) for one in records(given)] == [info(one) for one in records(vcf)]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"shifts": (0, 3)}, "was made with Shifts=0, and this run has 0,3"),
        ({"tracks": "liver"}, "is of 2 tracks, and this run of 1 of them"),
        ({"precision": "bf16"}, "was made with Precision=fp32, and this run has bf16"),
    ],
)
def test_a_shipped_background_of_another_run(
    small: SmallGenome, as_shipped: Path, tmp_path: Path, options: dict[str, Any], why: str
) -> None:
    """It is left out, and that is said; a band cannot be asked for then."""
    rows = ["chr1 600 " + small.sequences["chr1"][599] + " " + ("A" if small.sequences["chr1"][599] != "A" else "C")]
    (tmp_path / "in.vcf").write_text(vcf_text(rows))
    config = RunConfig(
        str(tmp_path / "in.vcf"), small.fasta, (str(as_shipped / BACKGROUND),), ("regulatory",), annotation="none"
    )
    make_background(config)
    config = replace(config, output=(str(tmp_path / "o.vcf"),), **options)
    summary = score_vcf(config)
    assert [one for one in summary.warnings if f"the background that comes with it {why}" in one]
    written = (tmp_path / "o.vcf").read_text()
    assert "GS_REGULATORY_PCT" not in written
    assert "Background" not in written
    with pytest.raises(ConfigError, match="have no bands without a background"):
        score_vcf(replace(config, min_band="low"))


def test_ones_own_weights_have_no_shipped_background(small: SmallGenome, as_shipped: Path, weights: Path) -> None:
    config = RunConfig("-", Path("-"), predictor="regulatory", weights={"regulatory": weights})  # type: ignore[arg-type]
    assert registry.get("regulatory").spec(config).background is None
    assert registry.get("regulatory").spec(replace(config, weights={})).background == as_shipped / BACKGROUND


# ---- what is said of it ----


@pytest.mark.parametrize("command", ["tracks", "verify"])
def test_light_commands_need_no_torch(command: str, weights: Path) -> None:
    arguments = ["models", command, "regulatory", "--weights", f"regulatory={weights}"]
    code = _BLOCKED.format(blocked={"torch"}, arguments=arguments)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert ("liver" in done.stdout) if command == "tracks" else (sha256(weights) in done.stdout), done.stderr
    assert "torch" not in done.stderr


def test_the_card_says_what_the_file_says(as_shipped: Path) -> None:
    card = registry.get("regulatory").card
    assert card.commercial
    assert card.about["trained_rows"] == "12"
    assert card.about["trained_pearson"] == '{"liver": 0.5}'
    assert card.about["size"].startswith("2 networks")


def test_nothing_is_to_be_fetched(genoscore: Run) -> None:
    done = genoscore("models", "fetch", "regulatory", "--from", "x")
    assert done.returncode == 1
    assert "--from x: regulatory is not fetched" in done.stderr


# ---- pages ----


def _page(folder: Path) -> Path:
    (page,) = folder.glob("0001_*")
    return page


def _one_variant(small: SmallGenome, folder: Path) -> Path:
    base = small.sequences["chr1"][599]
    source = folder / "in.vcf"
    source.write_text(vcf_text([f"chr1 600 {base} {'A' if base != 'A' else 'C'}"]))
    return source


def _check_insert(networks: RegulatoryEnsemble, insert: str, scores: dict[tuple[int, str], float]) -> None:
    """Substitutions (0-based place, base) were made in the insert as it stands."""
    own = _activities(networks, insert)
    for (at, alt), score in scores.items():
        changed = _activities(networks, insert[:at] + alt + insert[at + 1 :])
        deltas = [b - a for a, b in zip(own, changed, strict=True)]
        assert score == pytest.approx(max(deltas, key=abs), abs=6e-5)


def test_a_contig_as_long_as_a_window(weights: Path, tmp_path: Path) -> None:
    """Whatever the shifts, its variants are placed where they stand in it."""
    insert = "".join(random.Random(9).choice("ACGT") for _ in range(LENGTH))
    alts = {at: "C" if insert[at] != "C" else "G" for at in (0, 13, LENGTH - 1)}
    (tmp_path / "in.vcf").write_text(vcf_text(f"element {at + 1} {insert[at]} {alt}" for at, alt in alts.items()))
    score_vcf(
        RunConfig(
            str(tmp_path / "in.vcf"), _fasta(tmp_path / "in.fa", element=insert), (str(tmp_path / "o.vcf"),),
            ("regulatory",), {"regulatory": weights}, shifts=SHIFTS,
        )
    )  # fmt: skip
    found = [float(info(one)["GS_REGULATORY_MAX"]) for one in records(tmp_path / "o.vcf")]
    _check_insert(load_networks(weights), insert, dict(zip(alts.items(), found, strict=True)))


def test_attention_of_a_variant(small: SmallGenome, weights: Path, tmp_path: Path) -> None:
    """Rolled out network by network; what the outputs take of every base is the networks' own importance."""
    explain(
        ExplainConfig(
            str(_one_variant(small, tmp_path)), small.fasta, (str(tmp_path / "o"),), ("regulatory",),
            {"regulatory": weights}, annotation="none", shifts=SHIFTS, figures=("attention",),
        )
    )  # fmt: skip
    arrays = np.load(_page(tmp_path / "o") / "attention.npz")
    networks = load_networks(weights)
    start = 599 - LENGTH // 2
    sequence = small.sequences["chr1"][start : start + LENGTH]
    x = one_hot([sequence])
    token = int(arrays["token"])
    assert (int(arrays["start"]), token) == (start, LENGTH // 2 // 4)
    pooled, rolled = np.zeros(LENGTH), np.zeros(LENGTH // 4)
    for y, turned in ((x, False), (reverse_complement(x), True)):
        for network in networks.networks:
            assert isinstance(network, RegulatoryNetwork)
            here = LENGTH // 4 - 1 - token if turned else token
            (layer,) = network.attention(y)[0]
            row = (layer[0].mean(dim=0)[here] / 2).numpy()
            row[here] += 0.5
            own = network.importance(y)[0].numpy().repeat(4) / 4
            rolled += (row[::-1] if turned else row) / 4
            pooled += (own[::-1] if turned else own) / 4
    np.testing.assert_allclose(arrays["ref_rollout"], rolled, atol=1e-6)
    np.testing.assert_allclose(arrays["ref_pooled"], pooled, atol=1e-6)
    assert arrays["ref_heads"].shape == (1, 4, LENGTH // 4)


def test_gradients_flow(weights: Path) -> None:
    config = RunConfig("-", Path("-"), predictor="regulatory", weights={"regulatory": weights})  # type: ignore[arg-type]
    predictor = registry.get("regulatory").load(config)
    assert isinstance(predictor, DifferentiablePredictor)
    x = torch.rand(2, 4, LENGTH, requires_grad=True)
    y = predictor.differentiable(x)
    torch.testing.assert_close(y.detach(), predictor.predict(x.detach()))
    (slope,) = torch.autograd.grad(y[:, 0, 0].sum(), x)
    assert slope.abs().amax(dim=(1, 2)).min() > 0


def test_both_strands_at_once(weights: Path) -> None:
    config = RunConfig("-", Path("-"), predictor="regulatory", weights={"regulatory": weights})  # type: ignore[arg-type]
    predictor = registry.get("regulatory").load(config)
    assert isinstance(predictor, StrandedPredictor)
    rng = random.Random(5)
    x = one_hot(["".join(rng.choices("ACGTN", k=LENGTH)) for _ in range(9)])
    forward, backward = predictor.predict(x), predictor.predict(reverse_complement(x)).flip(-1)
    assert (forward - backward).abs().max() > 1e-3
    torch.testing.assert_close(predictor.predict_both(x), (forward + backward) / 2, atol=1e-6, rtol=1e-6)


@pytest.mark.slow
def test_every_figure_of_a_variant(small: SmallGenome, weights: Path, tmp_path: Path) -> None:
    explain(
        ExplainConfig(
            str(_one_variant(small, tmp_path)), small.fasta, (str(tmp_path / "o"),), ("regulatory",),
            {"regulatory": weights}, annotation="none", window=3, steps=4,
        )
    )  # fmt: skip
    names = {path.name for path in _page(tmp_path / "o").iterdir()}
    assert {"mutagenesis.png", "integrated.svg", "attention.png", "attention.bed", "index.html"} <= names


@pytest.mark.slow
def test_page_of_an_insert(weights: Path, tmp_path: Path) -> None:
    """Its adaptors are taken off, and substitutions made in it as it stands, whatever the shifts."""
    insert = "".join(random.Random(9).choice("ACGT") for _ in range(LENGTH))
    explain(
        ExplainConfig(
            str(_fasta(tmp_path / "in.fa", element=LEFT + insert + RIGHT)), Path("-"), (str(tmp_path / "o"),),
            ("regulatory",), {"regulatory": weights}, annotation="none", shifts=SHIFTS, figures=("mutagenesis",),
        )
    )  # fmt: skip
    rows = read_table(_page(tmp_path / "o") / "mutagenesis.tsv")
    assert len(rows) == 3 * LENGTH
    scores = {(int(row["POS"]) - 1, row["ALT"]): float(row["SCORE"]) for row in rows[::17]}
    _check_insert(load_networks(weights), insert, scores)


# ---- the weights that come with genoscore ----


def test_what_is_shipped(tmp_path: Path) -> None:
    """Scores the demo genome without anything to install, with percentiles; small, pinned and licensed."""
    config = RunConfig(
        str(TEST_DATA / "variants.vcf"), TEST_DATA / "genome.fa", (str(tmp_path / "o.vcf"),), ("regulatory",),
        annotation="none", region="chrA:7000-7300", threads=1,
    )  # fmt: skip
    summary = score_vcf(config)
    assert summary.status["regulatory"]["SCORED"] >= 3
    assert not summary.warnings
    assert "GS_REGULATORY_PCT=" in (tmp_path / "o.vcf").read_text()
    assert shipped(FILE).stat().st_size < 12_000_000
    assert registry.get("regulatory").card.sha256 == {FILE: sha256(shipped(FILE))}
    assert shipped("regulatory.LICENSE").is_file()
    header = read_header(shipped(FILE))
    assert header.tracks == ("HepG2", "WTC11")
    assert header.trained
