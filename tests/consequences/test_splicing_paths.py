"""Paths, shares and events against every path over a few sites."""

from __future__ import annotations

import math
from itertools import pairwise
from unittest.mock import patch

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from genoscore.consequences import events, splicing_paths
from genoscore.consequences.consequence import Event
from genoscore.consequences.events import LEAST_SHARE, likeliest_events
from genoscore.consequences.sites import Site
from genoscore.consequences.splicing_paths import (
    Region,
    Rules,
    change_shares,
    changes,
    common_differences,
    normal_path,
    shares,
)
from tests.consequences.splicing_oracle import all_shares, growths, parts, site_sets, told

LIMITS = st.sampled_from([(25, 500), (25, 500), (1, 5_000), (61, 90), (500, 500)])


@pytest.fixture(autouse=True)
def _all_paths(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without limits on paths, except where these are what is tested."""
    if "limited" not in request.node.name:
        monkeypatch.setattr(splicing_paths, "_PATHS", 1_000)
        monkeypatch.setattr(splicing_paths, "_UNLIKELY", math.inf)


@settings(max_examples=100, deadline=None)
@given(site_sets(), LIMITS, st.sampled_from(["ref", "alt"]), st.booleans(), st.booleans())
def test_shares_are_those_of_all_paths(
    sites: list[Site], limits: tuple[int, int], allele: str, begins: bool, ends: bool
) -> None:
    found = shares(Region(sites, begins, ends, Rules(limits)), allele)
    assert found == pytest.approx(all_shares(sites, allele, begins, ends, limits), abs=1e-9)
    assert not found or sum(found.values()) == pytest.approx(1)


@settings(max_examples=100, deadline=None)
@given(site_sets())
def test_changes_and_their_shares(sites: list[Site]) -> None:
    normal = normal_path(sites)
    begins = not normal or sites[normal[0]].kind == "donor"
    region = Region(sites, begins, not normal or sites[normal[-1]].kind == "acceptor")
    ref, alt = (shares(region, allele) for allele in ("ref", "alt"))
    for path in {*ref, *alt}:
        assert changes(normal, path) == parts(normal, path, set())
    assume(ref and alt)
    common = common_differences(normal, ref, alt)
    grown = change_shares(normal, alt, common)
    grown.subtract(change_shares(normal, ref, common))
    assert dict(grown) == pytest.approx(growths(sites), abs=1e-9)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(site_sets(), LIMITS)
def test_events_are_those_whose_share_grows_most(sites: list[Site], limits: tuple[int, int]) -> None:
    """Over all sites; and nearly so over those around what changes."""
    nearly = likeliest_events(sites, Rules(limits))
    with patch.object(events, "_around", lambda given, *_: given):
        found = likeliest_events(sites, Rules(limits))
    if all(abs(site.alt - site.ref) < 0.1 for site in sites):
        assert found == nearly == []
        return
    expected = [one for one in told(sites, limits) if one.share >= LEAST_SHARE]
    if any(one.share - two.share < 1e-9 for one, two in pairwise(expected)):
        return  # two are as likely as each other
    if not expected:
        assert all(one.share == 0 for one in found)
        assert bool(found) == any(abs(site.alt - site.ref) >= 0.5 for site in sites)
        return
    for one, two in zip(found, expected, strict=False):
        assert str(one.event) == two.event
        assert one.share == pytest.approx(two.share)
        assert one.lost == tuple(sites[number] for number in two.lost)
        assert one.gained == tuple(sites[number] for number in two.gained)
    has_second = len(expected) > 1 and expected[1].share >= 0.5 * expected[0].share
    assert len(found) == 1 + has_second
    if expected[0].share - max([LEAST_SHARE, *(one.share for one in expected[1:])]) > 0.05:
        assert (nearly[0].event, nearly[0].lost, nearly[0].gained) == (found[0].event, found[0].lost, found[0].gained)
        assert nearly[0].share == pytest.approx(found[0].share, abs=0.03)


@settings(max_examples=60, deadline=None)
@given(site_sets(9), st.booleans(), st.booleans())
def test_limited_paths_have_nearly_those_shares(sites: list[Site], begins: bool, ends: bool) -> None:
    for allele in ("ref", "alt"):
        found = shares(Region(sites, begins, ends), allele)
        everything = all_shares(sites, allele, begins, ends)
        assert {*found} <= {*everything}
        assert bool(found) == bool(everything)
        assert all(abs(found.get(path, 0) - share) < 0.02 for path, share in everything.items())


def test_what_both_alleles_lack_is_no_part_of_an_event() -> None:
    """The network does not know exon 2; a donor of exon 3 is lost, and another is used."""
    kinds = ["donor", "acceptor", "donor", "acceptor", "donor", "donor", "acceptor"]
    before, after = [0.9, 0.001, 0.0, 0.9, 0.9, 0.03, 0.9], [0.9, 0.001, 0.0, 0.9, 0.0, 0.9, 0.9]
    sites = [
        Site(kind, 1_000 * at + 100 * (kind == "donor"), 0, 1_000 * at, ref, alt, at != 5)
        for at, (kind, ref, alt) in enumerate(zip(kinds, before, after, strict=True))
    ]
    (found,) = likeliest_events(sites)
    assert (found.event, found.lost, found.gained) == (Event.DONOR_SHIFT, (sites[4],), (sites[5],))
