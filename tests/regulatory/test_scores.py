"""Windows and scores of the regulatory predictor, against strings."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from genoscore.core.config import RunConfig
from genoscore.core.edits import Edit
from genoscore.core.encode import one_hot, reverse_complement
from genoscore.core.errors import ConfigError
from genoscore.core.windows import FixedWindow, Stretch, WindowSpec, placed_windows, read_span
from genoscore.predictors import registry
from genoscore.predictors.base import StrandedPredictor
from genoscore.predictors.regulatory.predictor import default_shifts
from genoscore.predictors.regulatory.weights import load_networks
from genoscore.scoring.run import score_vcf
from tests.conftest import Score
from tests.regulatory.oracle import check_insert, oracle_scores, oracle_windows, variants_of
from tests.regulatory.toy_networks import LENGTH, SHIFTS, TRACKS, write_fasta
from tests.small import SmallGenome, info, leftmost, read_table, records, vcf_text
from tests.toy import loaded


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
    fixed = FixedWindow(length, anchor="middle", shifts=shifts, slides=True)
    spec = WindowSpec(
        context_length=0, bin_size=length, n_bins=1, strand="both", max_allele_length=longest, fixed=fixed
    )
    edit = Edit(start, start + len(ref), alt)
    first, last = read_span(edit, spec)
    around = "".join(contig[place] if 0 <= place < len(contig) else "N" for place in range(first, last))
    stretch = Stretch("c", first, last, "+", around)
    assert placed_windows(stretch, edit, spec) == oracle_windows(contig, start, ref, alt, shifts, length)


def test_scores_equal_the_oracle(score_small: Score, small: SmallGenome, weights: Path) -> None:
    variants = list(variants_of(small))
    rows = [" ".join(map(str, one)) for one in variants]
    given = {"regulatory": weights}
    vcf, tsv = score_small(rows, "o.vcf", "o.tsv", weights=given).outputs
    networks = load_networks(weights)
    table = read_table(tsv)
    assert len(table) == 2 * len(variants)
    for number, (name, *rest) in enumerate(variants):
        pos, ref, alt = leftmost(small.sequences[name], *rest)
        wanted = oracle_scores(networks, small.sequences[name], pos - 1, ref, alt)
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
    with pytest.raises(ConfigError, match="matches none of the 2 tracks"):
        score_small([row], "c.tsv", weights=given, tracks="HepG2")


def test_a_contig_as_long_as_a_window(weights: Path, tmp_path: Path) -> None:
    """Whatever the shifts, its variants are placed where they stand in it."""
    insert = "".join(random.Random(9).choice("ACGT") for _ in range(LENGTH))
    alts = {at: "C" if insert[at] != "C" else "G" for at in (0, 13, LENGTH - 1)}
    (tmp_path / "in.vcf").write_text(vcf_text(f"element {at + 1} {insert[at]} {alt}" for at, alt in alts.items()))
    score_vcf(
        RunConfig(
            str(tmp_path / "in.vcf"), write_fasta(tmp_path / "in.fa", element=insert), (str(tmp_path / "o.vcf"),),
            ("regulatory",), {"regulatory": weights}, shifts=SHIFTS,
        )
    )  # fmt: skip
    found = [float(info(one)["GS_REGULATORY_MAX"]) for one in records(tmp_path / "o.vcf")]
    check_insert(load_networks(weights), insert, dict(zip(alts.items(), found, strict=True)))


def test_both_strands_at_once(weights: Path) -> None:
    config = RunConfig("-", Path("-"), predictor="regulatory", weights={"regulatory": weights})  # type: ignore[arg-type]
    predictor = loaded(registry.get("regulatory"), config)
    assert isinstance(predictor, StrandedPredictor)
    rng = random.Random(5)
    x = one_hot(["".join(rng.choices("ACGTN", k=LENGTH)) for _ in range(9)])
    forward, backward = predictor.predict(x), predictor.predict(reverse_complement(x)).flip(-1)
    assert (forward - backward).abs().max() > 1e-3
    torch.testing.assert_close(predictor.predict_both(x), (forward + backward) / 2, atol=1e-6, rtol=1e-6)
