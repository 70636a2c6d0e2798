"""Predictors, scorers and writers of other distributions: used, reported where they fail, never in the way."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.outputs.targets import find_writer
from genoscore.predictors import registry
from genoscore.predictors.base import PredictorSpec
from genoscore.scores.registry import make_scorer
from tests.conftest import ROOT, Run
from tests.installing import write_metadata
from tests.markdown import fences
from tests.small import SmallGenome, info, records, vcf_text

EXAMPLE = ROOT / "tests" / "plugin_example"
GROUPS = ("genoscore.predictors", "genoscore.scorers", "genoscore.writers")


def _with(*folders: Path) -> dict[str, str]:
    """The environment in which the distributions of these folders are installed."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, [*folders, ROOT]))}


def test_the_page_shows_the_example() -> None:
    """docs/adding_a_predictor.md holds every file of the distribution, to the letter."""
    page = (ROOT / "docs" / "adding_a_predictor.md").read_text(encoding="utf-8")
    shown = {fence.text for fence in fences(page)}
    files = sorted(path for path in EXAMPLE.rglob("*") if path.suffix in (".py", ".toml"))
    assert len(files) == 6
    for path in files:
        assert path.read_text(encoding="utf-8") in shown, path
        assert f"`{path.relative_to(EXAMPLE)}`" in page


def test_the_example_scores(genoscore: Run, plugin_example: Path, small: SmallGenome, tmp_path: Path) -> None:
    """Predictor, scorer and writer of another distribution in one run of the program, each found by its entry point."""
    sequence = small.sequences["chr1"]
    site = sequence.index("CG", 200)
    cut = sequence.index("CG", 700)
    rows = [
        f"chr1 {site + 1} C T",  # breaks a site
        f"chr1 {cut + 1} CG C",
        f"chr1 {site + 2} G GCG",  # makes one
        f"chr1 {site + 1} C <DEL>",
    ]
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text(rows))
    outputs = [item for name in ("o.vcf", "o.jsonl", "o.tsv") for item in ("-o", tmp_path / name)]
    done = genoscore("score", source, "-r", small.fasta, "-p", "cpg", "-q", *outputs, env=_with(plugin_example))
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")
    found = [info(columns) for columns in records(tmp_path / "o.vcf")]
    remade = "C" + sequence[cut + 2]  # what stands where the site was
    wanted = ["-1", str(int(remade == "CG") - 1), "1"]
    assert [one["GS_CPG_DELTA"] for one in found[:3]] == wanted
    assert [one["GS_CPG_MAX"] for one in found[:3]] == wanted
    assert found[3]["GS_CPG_STATUS"] == "SYMBOLIC"
    assert '##INFO=<ID=GS_CPG_DELTA,Number=A,Type=Integer,Description="Sites' in (tmp_path / "o.vcf").read_text()
    lines = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text().splitlines()]
    assert [one.get("DELTA") for one in lines] == [*map(float, wanted), None]
    assert lines[3] == {
        "contig": "chr1", "pos": site + 1, "ref": "C", "alt": "<DEL>", "predictor": "cpg", "status": "SYMBOLIC",
    }  # fmt: skip
    head, *cells = [line.split("\t") for line in (tmp_path / "o.tsv").read_text().splitlines()]
    assert [row[head.index("DELTA")] for row in cells] == [*wanted, "."]


@pytest.mark.parametrize(("gene", "site"), [("PLUS", "GT"), ("MINUS", "AC")])
def test_a_predictor_on_the_genes_strand(
    gene: str, site: str, plugin_example: Path, small: SmallGenome, tmp_path: Path, genoscore: Run
) -> None:
    """`donors` counts GT along the gene: AC on the contig where the gene runs the other way."""
    sequence = small.sequences["chr1"]
    start = sequence.index(site, {"PLUS": 250, "MINUS": 600}[gene])  # 0-based, of the site's first base
    alt = "A" if site == "GT" else "T"
    changed = sequence[:start] + alt + sequence[start + 1 :]
    near = slice(start - 5, start + 5)
    wanted = changed[near].count(site) - sequence[near].count(site)
    assert wanted < 0
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text([f"chr1 {start + 1} {site[0]} {alt}"]))
    command = ("score", source, "-r", small.fasta, "-a", small.genes, "-p", "donors", "-o", tmp_path / "o.vcf", "-q")
    done = genoscore(*command, env=_with(plugin_example))
    assert (done.returncode, done.stderr) == (0, "")
    found = info(records(tmp_path / "o.vcf")[0])
    assert (found["GS_DONORS_GENE"], found["GS_DONORS_DELTA"]) == (gene, str(wanted))


def test_models_lists_the_example(genoscore: Run, plugin_example: Path) -> None:
    done = genoscore("models", "list", "--json", env=_with(plugin_example))
    assert (done.returncode, done.stderr) == (0, "")
    (row,) = [row for row in json.loads(done.stdout) if row["name"] == "cpg"]
    assert (row["n_tracks"], row["context_length"], row["installed"]) == (1, 2, True)


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Distributions that cannot be used, each in its own way; on `sys.path`."""
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "stops.py").write_text("raise SystemExit('no licence key')\n")
    (folder / "raises.py").write_text("raise RuntimeError('two\\nlines')\n")
    (folder / "empty.py").write_text("THING = object()\n")
    write_metadata(folder, "no-module", "0.1", {group: {"absent": "no_such_module:X"} for group in GROUPS})
    write_metadata(folder, "stopping", "0.2", {"genoscore.predictors": {"stops": "stops:X"}})
    write_metadata(folder, "raising", "0.3", {"genoscore.writers": {"xlsx": "raises:X"}})
    write_metadata(folder, "hollow", "0.4", {group: {"hollow": "empty:THING"} for group in GROUPS})
    own = {"genoscore.predictors": "spliceai", "genoscore.scorers": "splicing", "genoscore.writers": "vcf.gz"}
    write_metadata(folder, "rival", "0.5", {group: {name: "empty:THING"} for group, name in own.items()})
    for name in ("one-of-two", "two-of-two"):
        write_metadata(folder, name, "1", {group: {"twice": "empty:THING"} for group in GROUPS})
    monkeypatch.syspath_prepend(str(folder))
    return folder


def test_what_cannot_be_used_is_reported(genoscore: Run, broken: Path) -> None:
    done = genoscore("models", "list", "--json", env=_with(broken))
    assert done.returncode == 0
    assert "spliceai" in [row["name"] for row in json.loads(done.stdout)]
    lines = done.stderr.splitlines()
    assert all(line.startswith("genoscore: warning: ") for line in lines)
    said = [
        ("predictor absent of no-module 0.1 cannot be imported", "no_such_module"),
        ("scorer absent of no-module 0.1 cannot be imported", "no_such_module"),
        ("writer absent of no-module 0.1 cannot be imported", "no_such_module"),
        ("predictor stops of stopping 0.2 cannot be imported", "no licence key"),
        ("writer xlsx of raising 0.3 cannot be imported", "RuntimeError: two lines"),
        ("predictor hollow of hollow 0.4 is not a predictor", "empty:THING has no card, spec"),
        ("scorer hollow of hollow 0.4 is not a scorer", "for_run"),
        ("writer hollow of hollow 0.4 is not a writer", "commit"),
        ("predictor spliceai of rival 0.5 is ignored", "genoscore has a built-in one"),
        ("scorer splicing of rival 0.5 is ignored", "genoscore has a built-in one"),
        ("writer vcf.gz of rival 0.5 is ignored", "genoscore has a built-in one"),
        ("predictor twice is offered by one-of-two 1 and two-of-two 1", "uninstall one"),
        ("scorer twice is offered by", "uninstall one"),
        ("writer twice is offered by", "uninstall one"),
    ]
    for words in said:
        assert [line for line in lines if all(word in line for word in words)], words
    assert len(lines) == len(said)


def test_broken_ones_are_in_nobodys_way(broken: Path, small: SmallGenome, tmp_path: Path, genoscore: Run) -> None:
    """genoscore's own predictor, scorer and formats win over a rival of the same name."""
    assert type(registry.get("spliceai")).__module__ == "genoscore.predictors.splicing.spliceai"
    assert find_writer("x.vcf.gz").__name__ == "VcfWriter"
    spec = registry.get("spliceai").spec(RunConfig("-", Path("-")))
    assert type(make_scorer(spec, RunConfig("-", Path("-")))).__name__ == "SplicingScorer"
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text(["chr9 5 A C"]))
    done = genoscore("check", source, "-r", small.fasta, "-a", small.genes, env=_with(broken))
    assert (done.returncode, done.stderr) == (0, "")


def _spec(family: str) -> PredictorSpec:
    return PredictorSpec(context_length=0, n_bins=1, name="mine", family=family, tracks=())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("absent", ("no-module 0.1 cannot be imported", "no_such_module", "uninstall")),
        ("hollow", ("hollow 0.4 is no", "entry point")),
        ("twice", ("one-of-two 1 and two-of-two 1", "uninstall one")),
    ],
)
def test_asked_for_by_name_they_are_errors(broken: Path, name: str, words: tuple[str, ...]) -> None:
    for ask in (
        lambda: registry.get(name),
        lambda: make_scorer(_spec(name), RunConfig("-", Path("-"))),
        lambda: find_writer(f"out.{name}"),
    ):
        with pytest.raises(ConfigError) as caught:
            ask()
        for word in words:
            assert word in caught.value.one_line()


def test_unknown_names_list_the_known(plugin_example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(plugin_example))
    with pytest.raises(ConfigError, match=re.escape("'nonsense' is unknown")) as caught:
        registry.get("nonsense")
    assert "cpg" in caught.value.hint
    assert "spliceai" in caught.value.hint
    with pytest.raises(ConfigError, match="no scorer for its family 'nonsense'") as caught:
        make_scorer(_spec("nonsense"), RunConfig("-", Path("-")))
    assert {"splicing", "sites"} <= set(re.findall(r"\w+", caught.value.hint))
    with pytest.raises(ConfigError, match="is not a known format") as caught:
        find_writer("out.nonsense")
    assert caught.value.hint.endswith(" .jsonl")


def test_a_card_of_another_name_is_reported(genoscore: Run, plugin_example: Path, tmp_path: Path) -> None:
    write_metadata(tmp_path, "misnamed", "1", {"genoscore.predictors": {"other": "cpg_plugin.predictor:CPG"}})
    done = genoscore("models", "list", env=_with(tmp_path, plugin_example))
    assert done.returncode == 0
    (line,) = done.stderr.splitlines()
    assert "predictor other" in line
    assert "cpg" in line
