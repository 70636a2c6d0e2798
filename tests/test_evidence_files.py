"""Files of thresholds: `--evidence`, what they say and what is refused."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from genoscore.consequences.evidence import BUILT_IN, EvidenceRules
from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.core.variants import Variant
from genoscore.inputs.evidence_table import read_evidence
from genoscore.inputs.gene import Gene
from genoscore.predictors import registry
from genoscore.scoring.check import check_vcf
from genoscore.scoring.run import score_vcf
from tests.conftest import Score
from tests.small import SmallGenome, vcf_text

GENE = Gene("G", "", "1", "+", 10, 90, (10, 50), (20, 90))  # one intron, 0-based 20 to 49
RULES = EvidenceRules.for_predictor("spliceai", None)
PANEL = """
[spliceai]
source = "A panel of ours, version 3"
at_least = { PP3 = 0.3, PP3_Moderate = 0.5, PP3_Strong = 0.5 }
at_most = { BP4 = 0.05, BP4_Moderate = 0.01 }
"""


def rules_of(folder: Path, text: str, name: str = "spliceai") -> EvidenceRules:
    file = folder / "evidence.toml"
    file.write_text(text)
    rules = EvidenceRules.for_predictor(name, file)
    assert rules is not None
    return rules


def test_a_panel_of_ones_own(tmp_path: Path) -> None:
    rules = rules_of(tmp_path, PANEL)
    words = [rules.word(score, Variant("1", 60, "A", "C"), GENE) for score in (0.0, 0.01, 0.05, 0.06, 0.3, 0.5)]
    assert words == ["BP4_Moderate", "BP4_Moderate", "BP4", "none", "PP3", "PP3_Strong"]
    assert rules.word(0.5, Variant("1", 22, "A", "C"), GENE) == "PVS1_context"
    assert EvidenceRules.for_predictor("pangolin", tmp_path / "evidence.toml") is None


def test_predictors_without_thresholds_have_none(tmp_path: Path) -> None:
    assert {*BUILT_IN} == {"spliceai"}
    assert EvidenceRules.for_predictor("pangolin", None) is None
    text = PANEL.replace("spliceai", "pangolin")
    assert rules_of(tmp_path, text, "pangolin").table.source == "A panel of ours, version 3"
    assert rules_of(tmp_path, text, "spliceai") == RULES, "a file about another predictor changes nothing for this one"


def test_the_header_says_thresholds_and_source(tmp_path: Path) -> None:
    assert RULES is not None
    for part in ("PP3 from 0.2", "BP4 up to 0.1", "10.1016/j.ajhg.2023.06.002", "not a classification"):
        assert part in RULES.description
    rules = rules_of(tmp_path, PANEL.replace("A panel", r"The \"A\\B\" panel") + 'distance = 100\nmask = "site"\n')
    assert '"' not in rules.description
    assert "\\" not in rules.description
    for part in ("PP3_Moderate from 0.5", "BP4_Moderate up to 0.01", "The 'A/B' panel", "-d 100 -m site"):
        assert part in rules.description


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no predictor; give a table such as [spliceai]"),
        ("spliceai = 1", "spliceai is 1; give a table [spliceai]"),
        ("[SpliceAI]", "'SpliceAI' is no predictor"),
        ("[spliceai]\nat_least = { PP3 = 0.2 }", "[spliceai] source is missing"),
        ('[spliceai]\nsource = "us"', "[spliceai] has no thresholds"),
        ('[spliceai]\nsource = 3\nat_least = { PP3 = 0.2 }', "[spliceai] source is 3; give text"),
        ('[spliceai]\nsource = " "\nat_least = { PP3 = 0.2 }', "[spliceai] source is ' '"),
        ('[spliceai]\nsource = "a\\nb"\nat_least = { PP3 = 0.2 }', "give one line of at most 1,000"),
        ('[spliceai]\nsource = "us"\nat_least = 0.2', "[spliceai] at_least is 0.2; for example at_least = { PP3"),
        ('[spliceai]\nsource = "us"\nat_least = { PP4 = 0.2 }', "[spliceai.at_least] has no key 'PP4'"),
        ('[spliceai]\nsource = "us"\nat_least = { BP4 = 0.2 }', "[spliceai.at_least] has no key 'BP4'"),
        ('[spliceai]\nsource = "us"\nat_least = { Pathogenic = 0.9 }', "has no key 'Pathogenic'"),
        ('[spliceai]\nsource = "us"\nat_least = { PP3 = "0.2" }', "[spliceai] at_least PP3 is '0.2'"),
        ('[spliceai]\nsource = "us"\nat_least = { PP3 = nan }', "[spliceai] at_least PP3 is nan"),
        ('[spliceai]\nsource = "us"\nat_least = { PP3 = -0.1 }', "[spliceai] at_least PP3 is -0.1"),
        ('[spliceai]\nsource = "us"\nat_least = { PP3 = true }', "[spliceai] at_least PP3 is True"),
        ('[spliceai]\nsource = "us"\nat_least = { PP3 = 0.5, PP3_Strong = 0.4 }', "has a stronger word that is easier"),
        ('[spliceai]\nsource = "us"\nat_most = { BP4 = 0.1, BP4_Strong = 0.2 }', "give BP4, BP4_Strong falling"),
        (PANEL.replace("0.05", "0.3"), "calls scores from 0.3 to 0.3 both PP3 and BP4"),
        (PANEL + "distances = 50", "[spliceai] has no key 'distances'; known keys: source, at_least"),
        (PANEL + "distance = 5000", "[spliceai] distance is 5000; give 0 to 4,999"),
        (PANEL + "distance = true", "[spliceai] distance is True; give a whole number"),
        (PANEL + "mask = 'no'", "[spliceai] mask is 'no'; one of none, spliceai, site"),
        (PANEL + "weights_sha256 = 1", "[spliceai] weights_sha256 is 1; give text"),
        (PANEL + "origin = 1", "[spliceai] origin is no table"),
        (PANEL + "intervals = [1]", "[spliceai] intervals is no list of tables"),
        ("[spliceai", "is not TOML"),
    ],
)  # fmt: skip
def test_mistakes_in_a_file(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "evidence.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_evidence(file)
    line = caught.value.one_line()
    assert message in line
    assert line.startswith(f"evidence file {file}")


def test_a_file_that_is_none(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, message in (("pipe", "is a pipe"), ("missing", "cannot be read (No such file"), ("", "Is a directory")):
        with pytest.raises(ConfigError, match=re.escape(message)):
            read_evidence(tmp_path / name)


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[toys]\nsource = 'us'\nat_least = { PP3 = 0.2 }", "predictor 'toys' is unknown; known: "),
        ("[spliceai]\nsource = 'us'\nat_least = { PP3 = 0.2 }", "has thresholds for spliceai, not for toy"),
        ("[toy]\nsource = 'us'\nat_least = { PP3 = 0.2 }\ndistance = 51", "with -d 51, and this run has -d 50"),
        ("[toy]\nsource = 'us'\nat_least = { PP3 = 0.2 }\nmask = 'site'", "with -m site, and this run has -m none"),
        ("[toy]\nsource = 'us'\nat_least = { PP3 = 2", "is not TOML"),
    ],
)  # fmt: skip
def test_a_run_says_early_that_thresholds_do_not_fit(
    small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    """Before a network is loaded, in `score` and in `check`."""
    file, source = tmp_path / "evidence.toml", tmp_path / "in.vcf"
    file.write_text(text)
    source.write_text(vcf_text(["chr1 120 A C"]))
    monkeypatch.setattr("tests.toy.ToyEntry.load", lambda *_: pytest.fail("a network was loaded"))
    config = RunConfig(
        str(source), small.fasta, output=(str(tmp_path / "o.vcf"),), predictor=("toy",), annotation=str(small.genes),
        evidence=file,
    )  # fmt: skip
    for run in (score_vcf, check_vcf):
        with pytest.raises(ConfigError) as caught:
            run(config)
        assert message in caught.value.one_line()
    assert not (tmp_path / "o.vcf").exists()


@pytest.mark.usefixtures("toy")
def test_thresholds_of_other_weights_are_refused(score_small: Score, tmp_path: Path) -> None:
    file = tmp_path / "evidence.toml"
    text = "[toy]\nsource = 'us'\nat_least = { PP3 = 0.2 }\n"
    file.write_text(text)
    score_small(["chr1 120 A C"], "out.vcf", evidence=file, consequences=True)
    file.write_text(text + "weights_sha256 = 'abc'")
    with pytest.raises(ConfigError, match=r"\[toy\] is for scores of other weights"):
        score_small(["chr1 120 A C"], "out.vcf", evidence=file)


@pytest.mark.usefixtures("toy")
def test_no_output_replaces_the_file(score_small: Score, tmp_path: Path) -> None:
    file = tmp_path / "evidence.vcf"
    file.write_text("[toy]\nsource = 'us'\nat_least = { PP3 = 0.2 }\n")
    with pytest.raises(ConfigError, match="is also an input"):
        score_small(["chr1 120 A C"], "evidence.vcf", evidence=file)
    assert "toy" in registry.names()
