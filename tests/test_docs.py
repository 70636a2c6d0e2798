"""README and docs say what the code does: generated pages, names, options, links, examples."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from genoscore.core.choices import BANDS
from genoscore.core.config import RunConfig
from genoscore.core.variants import Status
from genoscore.engine.summary import RunSummary
from genoscore.outputs.columns import long_columns
from genoscore.outputs.info import InfoFields
from genoscore.outputs.summary_json import summary_dict
from genoscore.outputs.targets import FORMATS
from genoscore.outputs.tracks import TRACK_FORMATS
from genoscore.predictors import registry
from genoscore.scores.splicing import SplicingScorer
from tests.conftest import ROOT, Run
from tests.markdown import PAGES, fences
from tests.scripts import script
from tests.small import info, records

README = (ROOT / "README.md").read_text(encoding="utf-8")
OUTPUTS = (ROOT / "docs" / "outputs.md").read_text(encoding="utf-8")
SCORES = (ROOT / "docs" / "scores.md").read_text(encoding="utf-8")
OPTIONS = (ROOT / "docs" / "options.md").read_text(encoding="utf-8")


def _section(heading: str) -> str:
    """The part of docs/outputs.md under a heading, down to the next heading of any level."""
    return _under(heading, OUTPUTS)


def _under(heading: str, text: str) -> str:
    return re.split(r"^#+ ", text.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def test_scores_page_is_what_the_script_makes() -> None:
    committed = (ROOT / "docs" / "scores.md").read_text(encoding="utf-8")
    assert committed == script("make_scores").page(), "run: python docs/make_scores.py"


def test_info_fields_of_outputs_page() -> None:
    entry = registry.get("spliceai")
    scorer = SplicingScorer(entry.spec(RunConfig("-", Path("-"))), "none")
    ids = InfoFields("spliceai", scorer, exact=False).ids
    table = _section("INFO")
    assert set(re.findall(r"`(SpliceAI|GS_SPLICEAI_\w+)`", table)) == ids
    assert set(re.findall(r"GS_SPLICEAI_\w+", README + OUTPUTS)) <= ids


def test_length_of_readme() -> None:
    assert README.count("\n") <= 200


def test_tsv_columns_of_outputs_page() -> None:
    listed = re.findall(r"`([A-Z_]+)`", _section("TSV and Parquet").split("Columns:")[1].split("`MAX` is")[0])
    scorer = SplicingScorer(registry.get("spliceai").spec(RunConfig("-", Path("-"))), "none")
    assert listed == [column.name for column in long_columns({"spliceai": scorer}, sourced=False)]


def test_statuses_of_scores_page() -> None:
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (ok|error) \|", _under("Statuses", SCORES), re.MULTILINE))
    assert list(rows) == [status.value for status in Status]
    assert {name for name, kind in rows.items() if kind == "error"} == {one.value for one in Status if one.is_error}


def test_bands_of_outputs_page() -> None:
    assert re.findall(r"^\| `(\w+)` \|", _section("Bands"), re.MULTILINE) == list(BANDS)


def test_summary_keys_of_outputs_page() -> None:
    listed = set(re.findall(r"`([a-z_]+)`", _section("Summary")))
    assert listed == set(summary_dict(RunSummary(), ""))


def test_suffixes_of_options() -> None:
    for suffix in (*FORMATS, *TRACK_FORMATS):
        assert f"`{suffix}`" in OPTIONS


def test_every_option_is_documented(genoscore: Run) -> None:
    options = _options(genoscore("score", "--help").stdout)
    assert {"--reference", "-r", "--keep-existing", "--log-file"} <= options
    documented = set(re.findall(r"`(--?[a-z][a-z-]*)`", OPTIONS))
    assert options <= documented
    further = _options(genoscore("models", "fetch", "--help").stdout)
    assert {"--from", "--accept-licence", "--offline"} <= further <= documented
    tracks = _options(genoscore("predict", "--help").stdout)
    assert {"--strand", "--region", "-o"} <= tracks <= documented
    listing = _options(genoscore("models", "tracks", "--help").stdout)
    assert {"--grep", "--head", "--json"} <= listing <= documented
    adding = _options(genoscore("models", "add", "--help").stdout)
    assert {"--force", "-q"} <= adding <= documented
    evaluating = _options(genoscore("evaluate", "--help").stdout)
    assert {"--label", "--resamples", "-p"} <= evaluating <= documented
    explaining = _options(genoscore("explain", "--help").stdout)
    assert {"--window", "--show", "--most", "--force", "-r"} <= explaining <= documented
    training = _options(genoscore("train", "--help").stdout)
    assert {"--member", "--resume", "--device", "-o"} <= training <= documented
    program = _options(genoscore("--help").stdout) | _options(genoscore("config", "show", "--help").stdout)
    assert {"--install-completion", "--json"} <= program
    known = options | further | tracks | listing | adding | evaluating | explaining | training | program
    assert documented <= known, "options that are gone"
    in_text = {"--install-completion", "--show-completion"}
    assert all(f"genoscore {flag}" in OPTIONS for flag in in_text)
    assert known - documented == in_text | {"--version"}


def _options(text: str) -> set[str]:
    """Those that a command's help lists."""
    rows = (line.strip() for line in text.splitlines() if line.startswith("  -"))
    return {flag for row in rows for flag in re.findall(r"(?<!\S)--?[a-z][a-z-]*", re.split(r" {2,}", row)[0])}


def test_defaults_of_options() -> None:
    config = RunConfig("x", Path("y"))
    for name in ("annotation", "transcripts", "mask", "device", "precision"):
        row = next(line for line in OPTIONS.splitlines() if f"`--{name}`" in line)
        assert row.endswith(f"| `{getattr(config, name)}` |")
    assert f"| {config.distance} |" in OPTIONS


def test_licences_of_readme() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (yes|no) \|$", _under("Licences", README), re.MULTILINE)
    cards = {name: registry.get(name).card for name in registry._BUILT_IN}
    assert {name for name, _, _ in rows} == set(cards)
    for name, licence, commercial in rows:
        assert licence.startswith(cards[name].licence)
        assert commercial == ("yes" if cards[name].commercial else "no")


def test_tree_of_architecture_page() -> None:
    """It names every file but `cli`'s commands, and none that is gone."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    tree = next(fence.text for fence in fences(page) if fence.text.startswith("genoscore/"))
    package = ROOT / "genoscore"
    present = {path.name: path.relative_to(package).parts[0] for path in package.rglob("*.py")}
    named = set(re.findall(r"\b\w+\.py\b", tree))
    assert named <= set(present), "gone"
    assert {name for name, room in present.items() if room != "cli"} - named <= {"__init__.py", "_version.py"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_name_no_machine(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.])/(?:work|tmp|home|root)/", text)
    for fence in fences(text):
        assert fence.language, f"{page.name}, line {fence.line}: a fence without a language"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_of_pages(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`pycon` blocks are run in order, in the repository's root."""
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {}
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=doctest.REPORT_NDIFF)
    for fence in fences(page.read_text(encoding="utf-8")):
        if fence.language == "pycon":
            test = parser.get_doctest(fence.text, names, page.name, str(page), fence.line)
            assert test.examples
            runner.run(test, clear_globs=False)
            names = test.globs
    assert runner.summarize(verbose=False).failed == 0


def test_coordinates_has_examples() -> None:
    text = (ROOT / "docs" / "coordinates.md").read_text(encoding="utf-8")
    assert sum(fence.language == "pycon" for fence in fences(text)) >= 6


def test_lost_donors_of_coordinates() -> None:
    """The table of docs/coordinates.md against SpliceAI's own output."""
    text = (ROOT / "docs" / "coordinates.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+) (\d+) (\w)>(\w)` \| (\w+), `.` \| (\S+) \| (-?\d+) \| (\d+) \|$", text, re.MULTILINE)
    assert len(rows) == 2
    peer = records(ROOT / "test_data" / "spliceai" / "demo.D50.M0.vcf")
    for contig, pos, _, alt, gene, score, shift, site in rows:
        (line,) = [one for one in peer if one[:2] == [contig, pos] and one[4] == alt]
        cells = info(line)["SpliceAI"].split("|")
        assert (cells[1], cells[5], cells[9]) == (gene, score, shift)
        assert int(pos) + int(shift) == int(site)
