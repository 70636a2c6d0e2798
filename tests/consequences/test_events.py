"""Every word of an event, on both strands, with its exon, its bases and the exons of its mRNA."""

from __future__ import annotations

from dataclasses import replace

import pytest

from genoscore.consequences.consequence import Aberration, Event
from genoscore.consequences.splicing_paths import Rules
from tests.consequences.scenes import A2, A3, A5, D1, D2, D3, EXONS, GENOME, SIZE, Scene, Seen, see

A, D = "acceptor", "donor"
SNV = (650, 651, "N")
LENGTH = 378  # of what is inserted
Wanted = tuple[str, str, int | None, int | None]


def _long(at: int) -> str:
    """Bases that can be inserted there and nowhere else."""
    inner = "".join(GENOME[at : at + 7] for at in range(0, 700, 13))[: LENGTH - 2]
    first = next(base for base in "ACGT" if base != GENOME[at])
    return first + inner + next(base for base in "ACGT" if base != GENOME[at - 1])


def _without(exon: int) -> list[tuple[int, int]]:
    return [interval for number, interval in enumerate(EXONS, 1) if number != exon]


def _with(exon: int, start: int, end: int) -> list[tuple[int, int]]:
    return [(start, end) if number == exon else interval for number, interval in enumerate(EXONS, 1)]


def _moved(exons: list[tuple[int, int]], after: int, by: int) -> list[tuple[int, int]]:
    return [tuple(edge + by if edge > after else edge for edge in exon) for exon in exons]  # type: ignore[misc]


WORDS: dict[str, tuple[Scene, Wanted, list[tuple[int, int]] | None]] = {
    # what is seen; event, exon, start and end (1-based, inclusive); exons of the haplotype
    "nothing": (Scene(SNV, alt={(A, A2): 0.9, (D, 700): 0.1}), ("none", "", None, None), None),
    "skip": (Scene(SNV, alt={(A, A2): 0.0, (D, D2): 0.05}), ("exon_skipping", "2", 501, 600), _without(2)),
    "skip, one end lost": (Scene(SNV, alt={(D, D2): 0.0}), ("exon_skipping", "2", 501, 600), _without(2)),
    "skip of two": (
        Scene(SNV, alt={(A, A2): 0.0, (D, D2): 0.0, (A, A3): 0.0, (D, D3): 0.0}),
        ("exon_skipping", "2-3", 501, 1050), [EXONS[0], *EXONS[3:]],
    ),
    "retention": (
        Scene(SNV, alt={(D, D1): 0.0, (A, A2): 0.0}),
        ("intron_retention", "intron 1", 201, 500), [(100, 600), *EXONS[2:]],
    ),
    "retention of the last": (
        Scene(SNV, alt={(A, A5): 0.0, (D, 1479): 0.0, (A, 1400): 0.97}, ref={(A, 1400): 0.97}),
        ("intron_retention", "intron 4", 1481, 1900), [*EXONS[:3], (1400, 2100)],
    ),
    "longer, by a donor": (
        Scene(SNV, alt={(D, D2): 0.0, (D, 639): 0.9}), ("donor_shift", "2", 601, 640), _with(2, 500, 640),
    ),
    "shorter, by a donor": (
        Scene(SNV, alt={(D, D2): 0.0, (D, 569): 0.9}), ("donor_shift", "2", 571, 600), _with(2, 500, 570),
    ),
    "longer, by an acceptor": (
        Scene(SNV, alt={(A, A2): 0.0, (A, 460): 0.9}), ("acceptor_shift", "2", 461, 500), _with(2, 460, 600),
    ),
    "shorter, by an acceptor": (
        Scene(SNV, alt={(A, A2): 0.0, (A, 540): 0.9}), ("acceptor_shift", "2", 501, 540), _with(2, 540, 600),
    ),
    "by one base": (
        Scene(SNV, alt={(A, A2): 0.0, (A, 501): 0.9}), ("acceptor_shift", "2", 501, 501), _with(2, 501, 600),
    ),
    "first exon": (Scene(SNV, alt={(D, D1): 0.1, (D, 149): 0.9}), ("donor_shift", "1", 151, 200), _with(1, 100, 150)),
    "last exon": (
        Scene(SNV, alt={(A, A5): 0.1, (A, 1950): 0.9}), ("acceptor_shift", "5", 1901, 1950), _with(5, 1950, 2100),
    ),
    "to a donor within an insertion": (
        Scene((605, 605, _long(605)), alt={(D, D2): 0.0, (D, 605 + 19): 0.9}),
        ("donor_shift", "2", 601, 605), _moved(_with(2, 500, 625), 625, LENGTH),
    ),
    "to a donor within an insertion at the exon's end": (
        Scene((600, 600, _long(600)), alt={(D, D2): 0.0, (D, 600 + 19): 0.9}),
        ("donor_shift", "2", None, None), _moved(_with(2, 500, 620), 620, LENGTH),
    ),
    "to an acceptor within an insertion": (
        Scene((495, 495, _long(495)), alt={(A, A2 + LENGTH): 0.0, (A, 495 + LENGTH - 20): 0.9}),
        ("acceptor_shift", "2", 496, 500),
        [EXONS[0], (475 + LENGTH, 600 + LENGTH), *_moved([*EXONS[2:]], 0, LENGTH)],
    ),
    "pseudoexon": (
        Scene(SNV, alt={(A, 700): 0.9, (D, 779): 0.9}),
        ("pseudoexon", "intron 2", 701, 780), [*EXONS[:2], (700, 780), *EXONS[2:]],
    ),
    "pseudoexon within an insertion": (
        Scene((700, 700, _long(700)), alt={(A, 710): 0.9, (D, 809): 0.9}),
        ("pseudoexon", "intron 2", None, None), [*EXONS[:2], (710, 810), *_moved([*EXONS[2:]], 0, LENGTH)],
    ),
    "pseudoexon that begins in an insertion": (
        Scene((700, 700, _long(700)), alt={(A, 750): 0.9, (D, 709 + LENGTH): 0.9}),
        ("pseudoexon", "intron 2", 701, 710),
        [*EXONS[:2], (750, 710 + LENGTH), *_moved([*EXONS[2:]], 0, LENGTH)],
    ),
    "inclusion": (
        Scene(SNV, ref={(A, A2): 0.3, (D, D2): 0.3}, alt={(A, A2): 0.9, (D, D2): 0.9}),
        ("exon_inclusion", "2", 501, 600), [*EXONS],
    ),
    "loss": (
        Scene(SNV, ref={(A, A2): 0.5, (D, D2): 0.03}, alt={(A, A2): 0.0, (D, D2): 0.03}, usual=0.99),
        ("site_loss", "2", 501, 501), None,
    ),
    "gain": (Scene(SNV, alt={(A, 1550): 0.51}, usual=0.97), ("site_gain", "intron 4", 1551, 1551), None),
    "gain within an exon": (
        Scene(SNV, alt={(D, 2000): 0.6}), ("site_gain", "5", 2001, 2001), None,
    ),
    "gain before the transcript": (Scene(SNV, alt={(D, 50): 0.9}), ("site_gain", "", 51, 51), None),
    "gain after the transcript": (Scene(SNV, alt={(A, 2300): 0.9}), ("site_gain", "", 2301, 2301), None),
    "gain that pairs, with hardly a transcript": (
        Scene(SNV, alt={(D, 620): 0.55}, usual=0.99), ("donor_shift", "2", 601, 621), _with(2, 500, 621),
    ),
    "gain that pairs in the first exon": (
        Scene(SNV, alt={(D, 150): 0.5}, usual=0.999), ("donor_shift", "1", 152, 200), _with(1, 100, 151),
    ),
    # variants that delete
    "exon deleted": (Scene((450, 650, "")), ("exon_skipping", "2", 501, 600), _moved(_without(2), 200, -200)),
    "exon replaced": (
        Scene((450, 650, "ACGTT")), ("exon_skipping", "2", 501, 600), _moved(_without(2), 200, -195),
    ),
    "two exons deleted": (
        Scene((450, 1100, "")), ("exon_skipping", "2-3", 501, 1050), [EXONS[0], *_moved([*EXONS[3:]], 0, -650)],
    ),
    "donor deleted": (
        Scene((590, 620, ""), alt={(D, 569): 0.9}),
        ("donor_shift", "2", 571, 600), _moved(_with(2, 500, 570), 570, -30),
    ),
    "donor deleted, exon skipped": (
        Scene((590, 620, "")), ("exon_skipping", "2", 501, 600), _moved(_without(2), 200, -30),
    ),
    "intron deleted": (Scene((600, 900, "")), ("none", "", None, None), None),
    "intron deleted with bases of exons": (
        Scene((590, 910, "")), ("unresolved", "", None, None),
        [EXONS[0], (500, 730), *_moved([*EXONS[3:]], 0, -320)],
    ),
    "most of an intron deleted": (
        Scene((210, 490, ""), alt={(D, D1): 0.0, (A, A2 - 280): 0.0}),
        ("intron_retention", "intron 1", 201, 500), [(100, 320), *_moved([*EXONS[2:]], 0, -280)],
    ),
    # at the transcript's ends
    "start deleted": (
        Scene((92, 112, ""), alt={(D, D2 - 20): 0.0}),
        ("exon_skipping", "2", 501, 600), [(92, 180), *_moved([*EXONS[2:]], 0, -20)],
    ),
    "end deleted": (
        Scene((2090, 2110, ""), alt={(D, D2): 0.0}),
        ("exon_skipping", "2", 501, 600), [EXONS[0], *EXONS[2:4], (1900, 2090)],
    ),
    "inserted before the start": (
        Scene((100, 100, "NNNNN"), alt={(D, D2 + 5): 0.0}),
        ("exon_skipping", "2", 501, 600), _moved(_without(2), 0, 5),
    ),
    "inserted after the end": (
        Scene((2100, 2100, "NNNNN"), alt={(D, D2): 0.0}), ("exon_skipping", "2", 501, 600), _without(2),
    ),
}  # fmt: skip
REASONS: dict[str, tuple[Scene, str]] = {
    "both ends": (Scene(SNV, alt={(A, A2): 0.0, (D, D2): 0.0, (A, 520): 0.95, (D, 560): 0.95}), "several_changes"),
    "new_intron": (Scene(SNV, alt={(D, 929): 0.95, (A, 1000): 0.95}), "new_intron"),
    "several_introns": (
        Scene(SNV, alt={(D, D1): 0.0, (A, A2): 0.0, (D, D2): 0.0, (A, A3): 0.0}), "several_introns",
    ),
    "unannotated": (Scene(SNV, ref={(D, 1200): 0.9}, alt={(D, 1200): 0.1}), "unannotated_site_lost"),
    "intron": (Scene((590, 910, "")), "intron_deleted"),
    "two introns and the exon between": (Scene((590, 1410, "")), "intron_deleted"),
    "two introns, of which the network saw nothing": (Scene((590, 1410, ""), searched=False), "intron_deleted"),
    "an intron and a part of the next": (Scene((1000, 1600, ""), alt={(A, A5 - 600): 0.0}), "intron_deleted"),
    "first exon": (Scene((50, 250, "")), "first_exon_deleted"),
    "last exon": (Scene((1850, 2200, "ACG")), "last_exon_deleted"),
    "all exons": (Scene((50, 2200, "")), "transcript_deleted"),
}  # fmt: skip


@pytest.fixture(params=["+", "-"])
def strand(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _read(scene: Scene, strand: str, monkeypatch: pytest.MonkeyPatch, **options: object) -> Seen:
    return see(scene if strand == "+" else scene.mirrored(), monkeypatch, **options)  # type: ignore[arg-type]


def _forward(scene: Scene, strand: str, event: Aberration) -> Wanted:
    """Exon and bases of an event, on the forward strand of the scene."""
    start, end = event.start, event.end
    if strand == "-" and start is not None and end is not None:
        start, end = SIZE + 1 - end, SIZE + 1 - start
    return str(event.event), event.exon, start, end


@pytest.mark.parametrize("name", WORDS)
def test_words(name: str, strand: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scene, wanted, exons = WORDS[name]
    seen = _read(scene, strand, monkeypatch)
    first = seen.told.first
    assert _forward(scene, strand, first) == wanted
    if exons is None:
        assert (seen.exons, first.nt) == ([], None)
        return
    size, handed = len(scene.haplotype), seen.exons[0]
    if strand == "-":
        handed = tuple((size - end, size - start) for start, end in handed[::-1])
    assert handed == tuple(exons)
    normal = sum(end - start for start, end in EXONS)
    if wanted[0] == "exon_inclusion":
        normal -= 100
    assert first.nt == len("".join(scene.haplotype[start:end] for start, end in exons)) - normal
    assert first.product.hgvs_r == "r.(?)"


def test_every_word_is_here() -> None:
    assert {wanted[0] for _, wanted, _ in WORDS.values()} == {*Event}


@pytest.mark.parametrize("name", REASONS)
def test_reasons(name: str, strand: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scene, reason = REASONS[name]
    first = _read(scene, strand, monkeypatch).told.first
    assert (first.event, first.reason, first.exon, first.start) == (Event.UNRESOLVED, reason, "", None)
    assert (first.nt is not None) == (reason == "intron_deleted")


def test_exons_that_a_deletion_joins(strand: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mRNA is that of the exons that are left: from the middle of exon 2, exon 3 and all, to that of exon 4."""
    scene = Scene((590, 1410, ""))
    seen = _read(scene, strand, monkeypatch)
    size, wanted = len(scene.haplotype), ((100, 200), (500, 660), (1080, 1280))
    if strand == "-":
        wanted = tuple((size - end, size - start) for start, end in wanted[::-1])
    assert seen.exons == [wanted]
    assert seen.told.first.nt == -(10 + 150 + 10)


def test_two_events(strand: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A donor is lost: the exon is skipped, or another is used."""
    seen = _read(Scene(SNV, alt={(D, D2): 0.0, (D, 639): 0.2}), strand, monkeypatch)
    assert seen.told.second is not None
    events = {event.event: event for event in (seen.told.first, seen.told.second)}
    assert {*events} == {Event.EXON_SKIPPING, Event.DONOR_SHIFT}
    assert (events[Event.EXON_SKIPPING].nt, events[Event.DONOR_SHIFT].nt) == (-100, 40)
    second, first = sorted(event.probability or 0 for event in events.values())
    assert 0.5 * first <= second <= first <= 1 - second
    assert (seen.told.first.probability, seen.told.second.probability) == (first, second)


def test_a_gene_of_one_exon(strand: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(SNV, exons=((100, 2100),))
    assert _read(scene, strand, monkeypatch).told.first.event is Event.NONE
    one = _read(replace(scene, alt={(D, 700): 0.9}), strand, monkeypatch).told.first
    assert _forward(scene, strand, one) == ("site_gain", "1", 701, 701)
    two = _read(replace(scene, alt={(D, 700): 0.9, (A, 900): 0.9}), strand, monkeypatch).told.first
    assert (two.event, two.reason) == (Event.UNRESOLVED, "new_intron")
    gone = _read(replace(scene, edit=(50, 2200, "")), strand, monkeypatch).told.first
    assert (gone.event, gone.reason) == (Event.UNRESOLVED, "transcript_deleted")


@pytest.mark.parametrize(("limits", "event"), [((25, 500), "pseudoexon"), ((25, 79), "none"), ((81, 500), "none"),
                                               ((80, 80), "pseudoexon")])  # fmt: skip
def test_limits_of_pseudoexons(
    limits: tuple[int, int], event: str, strand: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(SNV, alt={(A, 700): 0.45, (D, 779): 0.45})
    assert _read(scene, strand, monkeypatch, rules=Rules(limits)).told.first.event == event


def test_sites_by_their_bases(strand: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One probability for both kinds: GT after a donor, AG before an acceptor; annotated sites need neither."""
    text = list(GENOME)
    text[640:642], text[698:700], text[780:782] = "GT", "AG", "GT"
    text[660:665], text[598:602] = "CCCCC", "CCCC"
    genome = "".join(text)
    scene = Scene(SNV, alt={(D, D2): 0.0, (D, 639): 0.9}, genome=genome)
    shift = _read(scene, strand, monkeypatch, single=True).told.first
    assert _forward(scene, strand, shift) == ("donor_shift", "2", 601, 640)
    scene = Scene(SNV, alt={(A, 700): 0.9, (D, 779): 0.9}, genome=genome)
    exon = _read(scene, strand, monkeypatch, single=True).told.first
    assert _forward(scene, strand, exon) == ("pseudoexon", "intron 2", 701, 780)


@pytest.mark.parametrize(("before", "after", "says"), [(0.0, 0.6, True), (0.7, 0.1, True), (0.0, 0.4, False)])
def test_a_change_without_a_motif(
    before: float, after: float, says: bool, strand: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    genome = GENOME[:660] + "CCCCC" + GENOME[665:]
    scene = Scene(SNV, ref={(A, 662): before}, alt={(A, 662): after}, genome=genome)
    first = _read(scene, strand, monkeypatch, single=True).told.first
    assert (first.event, first.reason) == ((Event.UNRESOLVED, "no_motif") if says else (Event.NONE, ""))
    skip = replace(scene, alt={(A, 662): after, (D, D2): 0.0})
    assert _read(skip, strand, monkeypatch, single=True).told.first.event is Event.EXON_SKIPPING


def test_transcripts_of_which_nothing_can_be_said(strand: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """But sites far away that change are named."""
    many = tuple((at, at + 1) for at in range(10, 10 + 2 * 2_001, 2))
    for exons, genome, reason in (
        (((100, 550), *EXONS[1:]), GENOME, "overlapping_exons"),
        (many, GENOME * 2, "too_many_exons"),
    ):
        scene = Scene((650, 651, "N"), alt={(A, 900): 0.1}, exons=exons, genome=genome)
        scene = replace(scene, ref={(A, 900): 0.9})
        told = _read(scene, strand, monkeypatch).told
        assert (told.first.event, told.first.reason) == (Event.UNRESOLVED, reason)
        assert [(site.kind, site.alt) for site in told.beyond] == [(A, 0.1)]
        assert told.beyond[0].offset == (250 if strand == "+" else -250)
        same = _read(replace(scene, alt={(A, 900): 0.89}), strand, monkeypatch).told
        assert (same.first.event, same.sites) == (Event.NONE, ())
