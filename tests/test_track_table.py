"""Tables of tracks: read, named, chosen, listed."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from genoscore.core.errors import ConfigError, InputError, WeightsError
from genoscore.predictors import registry
from genoscore.predictors.track_table import (
    Track,
    choose_tracks,
    find_targets,
    read_targets,
    search_tracks,
    track_names,
    unnamed_tracks,
)
from tests.conftest import Invoke
from tests.toy import BinEntry

# The columns of the published tables; identifiers and descriptions in the style of theirs.
PUBLISHED = "index\tgenome\tidentifier\tfile\tclip\tscale\tsum_stat\tdescription"
ROWS = (
    ("ENCFF001AAA", "DNASE:cerebellum male adult (27 years)"),
    ("ENCFF001AAB", "DNASE:liver male embryo (14.5 days)"),
    ("ENCFF001AAC", "DNASE:liver male embryo (14.5 days)"),
    ("CNhs00001", "CAGE:liver, adult, pool1"),
    ("CNhs00002", "CAGE:Liver carcinoma cell line: HepG2 / ."),
)
TRACKS = tuple(Track(index, *row) for index, row in enumerate(ROWS))


def _table(path: Path, first: int = 0, header: str = PUBLISHED) -> Path:
    lines = [f"{first + i}\t0\t{name}\t/x/coverage.w5\t32\t2\tmean\t{text}" for i, (name, text) in enumerate(ROWS)]
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def _write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.mark.parametrize("header", [PUBLISHED, PUBLISHED.removeprefix("index"), "\ufeff" + PUBLISHED])
@pytest.mark.parametrize("first", [0, 5313])
def test_the_published_layout(tmp_path: Path, header: str, first: int) -> None:
    """The mouse table counts on from the human one; its first track is the head's output 0."""
    assert read_targets(_table(tmp_path / "targets_human.txt", first, header), len(ROWS)) == TRACKS


def test_other_layouts(tmp_path: Path) -> None:
    """Three columns, CR LF, an empty line, quotes as pandas sets them, any order of lines."""
    text = 'index\tidentifier\tdescription\r\n1\tB\t"the ""5\'"" one"\r\n\r\n0\tA\tplain "quotes"\r\n'
    assert read_targets(_write(tmp_path / "t.tsv", text)) == (
        Track(0, "A", 'plain "quotes"'),
        Track(1, "B", 'the "5\'" one'),
    )
    assert read_targets(_write(tmp_path / "u.tsv", "index\tidentifier\n0\tA\n")) == (Track(0, "A", ""),)
    damaged = tmp_path / "v.tsv"
    damaged.write_bytes(b"index\tdescription\n0\tA\xe9\x07B\n")
    assert read_targets(damaged) == (Track(0, "", "A  B"),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ("line 1", "index")),
        ("a,b,c\n0,1,2\n", ("line 1", "tab-separated")),
        ("identifier\tdescription\nA\tB\n", ("line 1", "index")),
        ("index\tgenome\n0\t0\n", ("line 1", "neither an identifier nor a description")),
        ("index\tdescription\n", ("has no tracks",)),
        ("index\tdescription\n0\tA\n1\n", ("line 3", "1 columns", "line 1 names 2")),
        ("index\tdescription\nx\tA\n", ("line 2", "'x'")),
        ("index\tdescription\n-1\tA\n", ("line 2", "'-1'")),
        ("index\tdescription\n" + "9" * 5000 + "\tA\n", ("line 2", "not a whole number")),
        ("index\tdescription\n0\tA\n2\tB\n", ("index 1 is missing",)),
        ("index\tdescription\n0\tA\n0\tB\n", ("index 0 appears twice",)),
        ("index\tdescription\n0\t\n", ("line 2", "neither")),
        ('index\tdescription\n0\t"A\n', ("line 2",)),
    ],
)
def test_bad_tables(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    path = _write(tmp_path / "targets.txt", text)
    with pytest.raises(WeightsError) as caught:
        read_targets(path)
    line = caught.value.one_line()
    assert caught.value.hint
    for word in (str(path), *words):
        assert word in line


def test_a_table_of_another_head(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="has 5 tracks, but the network's head has 1643"):
        read_targets(_table(tmp_path / "targets.txt"), 1643)
    with pytest.raises(InputError, match="does not exist"):
        read_targets(tmp_path / "none.txt")


def test_where_the_table_lies(tmp_path: Path) -> None:
    assert find_targets(tmp_path, "human") is None
    general = _table(tmp_path / "targets.tsv")
    _table(tmp_path / "targets_mouse.txt")
    assert find_targets(tmp_path, "human") == general
    assert find_targets(tmp_path) == general
    assert find_targets(tmp_path, "mouse") == tmp_path / "targets_mouse.txt"
    assert find_targets(tmp_path / "absent", "mouse") is None


def test_names_are_unique_whatever_is_chosen() -> None:
    names = track_names(TRACKS)
    assert names == (
        "DNASE:cerebellum male adult (27 years)",
        "DNASE:liver male embryo (14.5 days) [1]",
        "DNASE:liver male embryo (14.5 days) [2]",
        "CAGE:liver, adult, pool1",
        "CAGE:Liver carcinoma cell line: HepG2 / .",
    )
    assert track_names(unnamed_tracks("mouse", 2)) == ("mouse_0", "mouse_1")
    tangled = [Track(0, "", "a"), Track(1, "", "a"), Track(2, "", "a [0]")]
    assert len(set(track_names(tangled))) == 3


@pytest.mark.parametrize(
    ("wanted", "indices"),
    [
        ("CAGE:.*liver", (3,)),
        ("(?i)CAGE:.*liver", (3, 4)),
        ("liver", (1, 2, 3)),
        ("^DNASE:", (0, 1, 2)),
        ("4,0", (0, 4)),
        (" 2 , 2", (2,)),
    ],
)
def test_choosing(wanted: str, indices: tuple[int, ...]) -> None:
    assert choose_tracks(TRACKS, wanted) == indices


def test_an_identifier_is_searched_only_without_description() -> None:
    assert search_tracks(TRACKS, "ENCFF", "--grep") == ()
    unnamed = unnamed_tracks("human", 12)
    assert choose_tracks(unnamed, "human_1") == (1, 10, 11)
    assert choose_tracks(unnamed, "human_1$") == (1,)


def test_choosing_by_a_file(tmp_path: Path) -> None:
    text = "# liver\n4\n\nENCFF001AAA\r\nDNASE:liver male embryo (14.5 days)\n"
    assert choose_tracks(TRACKS, str(_write(tmp_path / "mine.txt", text))) == (0, 1, 2, 4)
    listed = "index\tidentifier\tdescription\n3\tCNhs00001\tCAGE:liver, adult, pool1\n"
    assert choose_tracks(TRACKS, str(_write(tmp_path / "listed.tsv", listed))) == (3,)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("CAGE:(", ("--tracks 'CAGE:('", "not a regular expression")),
        ("kidney", ("matches none of the 5 tracks of enformer", "models tracks enformer --grep")),
        ("0,5", ("no track 5", "0 to 4", "models tracks enformer")),
        ("9" * 5000, ("matches none",)),
        ("absent/mine.txt", ("matches none",)),
    ],
)
def test_choosing_what_is_not_there(wanted: str, words: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        choose_tracks(TRACKS, wanted, "enformer")
    assert caught.value.hint
    for word in words:
        assert word in caught.value.one_line()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# nothing\n", ("names no tracks",)),
        ("0\nkidney\nENCFF\n", ("line 2 ('kidney')", "line 3 ('ENCFF')", "models tracks")),
        ("a\nb\nc\nd\ne\n", ("line 3 ('c') and 2 more",)),
        ("5\n", ("line 1", "no track 5")),
    ],
)
def test_bad_files_of_tracks(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    path = _write(tmp_path / "mine.txt", text)
    with pytest.raises(ConfigError) as caught:
        choose_tracks(TRACKS, str(path))
    for word in (str(path), *words):
        assert word in caught.value.one_line()


class HeadedEntry(BinEntry):
    """Registry row of two heads, whose human tracks have a table."""

    def tracks(self, given: Path | None, head: str | None) -> tuple[Track, ...]:
        """Of the table beside the weights, where there is one."""
        if head not in (None, "human", "mouse"):
            raise ConfigError(f"--head {head!r} is unknown", "human or mouse")
        head = head or "human"
        table = find_targets(given, head) if given is not None else None
        return read_targets(table, len(ROWS)) if table else unnamed_tracks(head, 2)


HEADED = HeadedEntry("headed", "expression")


@pytest.fixture
def listing(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """`genoscore models tracks`, with predictor `headed` registered."""
    monkeypatch.setitem(registry._BUILT_IN, "headed", "tests.test_track_table:HEADED")
    return partial(invoke, "models", "tracks")


def test_listing_those_of_a_table(listing: Invoke, tmp_path: Path) -> None:
    """What is printed can be given to `--tracks`."""
    _table(tmp_path / "targets_human.txt")
    done = listing("headed", "--weights", f"headed={tmp_path}", "--grep", "liver")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "index\tidentifier\tdescription",
        *(f"{track.index}\t{track.identifier}\t{track.description}" for track in TRACKS[1:4]),
    ]
    mine = _write(tmp_path / "mine.tsv", done.stdout)
    assert choose_tracks(TRACKS, str(mine)) == choose_tracks(TRACKS, "liver") == (1, 2, 3)


def test_listing_those_of_a_head(listing: Invoke) -> None:
    done = listing("headed", "--head", "mouse", "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout) == [
        {"index": 0, "identifier": "mouse_0", "description": ""},
        {"index": 1, "identifier": "mouse_1", "description": ""},
    ]


def test_listing_those_of_a_spec(listing: Invoke) -> None:
    done = listing("spliceai")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1:] == ["0\tneither\t", "1\tacceptor\t", "2\tdonor\t"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("headed", "--head", "yeast"), ("--head 'yeast' is unknown",)),
        (("headed", "--grep", "liver["), ("--grep 'liver['", "not a regular expression")),
        (("headed", "--grep", "liver"), ("matches none of the 2 tracks of headed", "(?i)")),
        (("headed", "--weights", "other=x"), ("--weights names other",)),
        (("spliceai", "--head", "human"), ("spliceai has only one head",)),
        (("nonsense",), ("predictor 'nonsense' is unknown",)),
    ],
)
def test_listing_says_what_is_wrong(listing: Invoke, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    done = listing(*arguments)
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    for word in words:
        assert word in done.stderr
