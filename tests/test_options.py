"""The table of options: what follows from a row, and that configs and rows fit; help and suggestions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import get_type_hints

import pytest
import typer
from typer.testing import CliRunner

from genoscore.cli.app import app
from genoscore.cli.call import Call
from genoscore.cli.defaults import CONFIGS
from genoscore.cli.options import takes_options
from genoscore.core import option_group
from genoscore.core.config import PredictConfig, RunConfig
from genoscore.core.config_groups import CallConfig
from genoscore.core.errors import ConfigError
from genoscore.core.options import table
from genoscore.core.options.option import COMMANDS, EVALUATE, SCORE, TRAIN, Option, Panel
from genoscore.core.options.table import OPTIONS, options_of
from genoscore.core.toml_file import Kind
from genoscore.evaluation.config import EvaluateConfig, EvaluateRun
from genoscore.explaining.config import ExplainConfig
from genoscore.predictors import registry
from tests.conftest import ROOT, TEST_DATA, Run
from tests.scripts import script

_FITS = {
    Kind.TEXT: str, Kind.PATH: Path, Kind.WHOLE: int, Kind.NUMBER: float, Kind.FLAG: bool, Kind.TEXTS: tuple,
    Kind.LABELS: tuple, Kind.NUMBERS: tuple, Kind.PATHS: dict,
}  # fmt: skip


def _refused(act: Callable[[], object]) -> str:
    with pytest.raises(ConfigError) as caught:
        act()
    return caught.value.one_line()


# Rows, and what follows from them.


def test_the_page_is_what_the_script_makes() -> None:
    committed = (ROOT / "docs" / "options.md").read_text(encoding="utf-8")
    assert committed == script("make_options").page(), "run: python docs/make_options.py"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_says_one_thing_of_a_name(command: str) -> None:
    rows = [option for option in OPTIONS if command in option.commands]
    assert len({option.name for option in rows}) == len(rows)
    shorts = [option.short for option in rows if option.short]
    assert len(set(shorts)) == len(shorts)


@pytest.mark.parametrize("command", [command for command in COMMANDS if command != TRAIN])
def test_every_option_has_a_field(command: str) -> None:
    names = {field.name for config in CONFIGS[command] for field in fields(config)}
    missing = {name for name, option in options_of(command).items() if option.in_files} - names
    assert not missing


@pytest.mark.parametrize(
    "config", [RunConfig, PredictConfig, ExplainConfig, EvaluateConfig], ids=lambda one: one.__name__
)
def test_every_field_has_an_option_that_can_be_its_default(config: type[option_group.OptionGroup]) -> None:
    own = {field.name for field in fields(CallConfig)} | {"run"}
    every = {option.name for option in OPTIONS}
    for name, default in config.defaults().items():
        if name not in own:
            assert name in every, name
            row = options_of(config.COMMAND).get(name)
            if row is not None and default is not None and not row.required and name != "reference":
                wanted = str if name == "predictor" and config is PredictConfig else _FITS[row.kind]
                assert isinstance(default, wanted), name
                row.check(default)


def test_types_of_choices_are_the_choices() -> None:
    """A Literal in a config and the row's choices are the same."""
    hints = get_type_hints(RunConfig)
    for name in ("precision", "centre"):
        assert hints[name].__args__ == options_of(SCORE)[name].choices
    for name in ("head", "min_band"):
        assert hints[name].__args__[0].__args__ == options_of(SCORE)[name].choices
    assert hints["strand"].__args__ == options_of(EVALUATE)["strand"].choices


@pytest.fixture
def with_colour(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[RunConfig]]:
    """A row more in the table, and the field of it."""
    row = Option(
        name="colour", panel=Panel.SCORES, commands=(SCORE,), short="-c", choices=("red", "blue"),
        help="A colour.", environment="GENOSCORE_COLOUR",
    )  # fmt: skip
    monkeypatch.setattr(table, "OPTIONS", (*OPTIONS, row))
    options_of.cache_clear()

    @dataclass(frozen=True)
    class Coloured(RunConfig):
        colour: str = "red"

    monkeypatch.setitem(CONFIGS, SCORE, (Coloured,))
    yield Coloured
    options_of.cache_clear()


def test_a_row_is_all_that_an_option_needs(
    with_colour: type[RunConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Flag, help, file, environment, check, `config show` and the page follow from the row and the field."""
    config, file, calls = with_colour, tmp_path / "c.toml", []
    file.write_text('input = "a.vcf"\nreference = "g.fa"\ncolour = "blue"\n')
    fresh = typer.Typer(rich_markup_mode=None)

    @fresh.command()
    @takes_options(SCORE)
    def score(call: Call) -> None:
        calls.append(call.run_config(kind=config))

    def run(*arguments: object) -> str:
        done = CliRunner().invoke(fresh, [*map(str, arguments)])
        return done.output + f"{done.exit_code}"

    assert re.search(r"-c, --colour red\|blue +A colour. \[env: GENOSCORE_COLOUR; default:\s+red\]", run("--help"))
    run("a.vcf", "-r", "g.fa")
    run("--config", file)
    run("--config", file, "-c", "red")
    monkeypatch.setenv("GENOSCORE_COLOUR", "blue")
    run("a.vcf", "-r", "g.fa")
    assert [made.colour for made in calls] == ["red", "blue", "red", "blue"]
    assert calls[3].origins == {"colour": "GENOSCORE_COLOUR"}
    assert "colour 'green' is unknown; one of red, blue" in run("a.vcf", "-r", "g.fa", "-c", "green")
    shown = CliRunner().invoke(app, ["config", "show"]).output
    assert re.search(r"^colour +blue +GENOSCORE_COLOUR$", shown, re.MULTILINE)
    page = script("make_options").page()
    assert "| `-c`, `--colour` | `red` or `blue`. A colour. | `red` |" in page


# Groups.


def test_flat_keywords_make_a_config() -> None:
    config = RunConfig(input="a.vcf", reference="g.fa", distance=5, mask="site", output="b.vcf", shifts="0,8")  # type: ignore[arg-type]
    assert (config.distance, config.mask, config.output, config.shifts) == (5, "site", ("b.vcf",), (0, 8))
    assert config.reference == Path("g.fa")
    assert RunConfig("a.vcf", Path("g.fa"), ("c.vcf",), ("pangolin",)).predictor == ("pangolin",)


def test_the_strand_is_the_commands_own() -> None:
    assert EvaluateRun("a", Path("b"), strand="reverse").strand == "reverse"
    assert "one of spec, both" in _refused(lambda: RunConfig("a", Path("b"), strand="reverse"))
    assert "one of spec, forward, reverse" in _refused(lambda: PredictConfig(("a",), "b", strand="both"))


# Help and suggestions.


def test_help_in_panels() -> None:
    text = CliRunner().invoke(app, ["score", "-h"]).output
    assert text == CliRunner().invoke(app, ["score", "--help"]).output
    assert re.findall(r"^(\w+):$", text, re.MULTILINE) == ["Input", "Genes", "Scores", "Output", "Run", "Examples"]
    examples = text.split("Examples:\n")[1].splitlines()
    assert len(examples) == 4
    assert all(line.startswith("  genoscore score ") for line in examples)
    for panel in Panel:
        for option in options_of(SCORE).values():
            part = text.split(f"\n{panel.value}:\n")[1].split("\n\n")[0]
            name = option.metavar if option.positional else option.flag
            assert (re.search(rf"(?m)^  (-\w, )?{name}\b", part) is not None) == (option.panel is panel), option.name


@pytest.mark.parametrize("command", [(), ("models",), ("config",)])
def test_summaries_are_whole(command: tuple[str, ...]) -> None:
    text = CliRunner().invoke(app, [*command, "--help"]).output
    assert "..." not in text.split("Commands:")[1]


@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in (SCORE, TRAIN)])
def test_examples_are_of_options_that_exist(command: str, genoscore: Run) -> None:
    text = CliRunner().invoke(app, [command, "-h"]).output
    for line in text.split("Examples:\n")[1].splitlines():
        named = line.split()[1]
        every = {flag for option in options_of(named).values() for flag in (option.short, option.flag, option.off)}
        assert {word for word in line.split() if re.match("--?[a-z]", word)} <= every


def test_did_you_mean() -> None:
    for arguments, code, words in (
        (("scroe",), 2, "Did you mean 'score'?"),
        (("score", "--distanze", "5"), 2, "--distance"),
        (("score", "x.vcf", "-r", str(TEST_DATA / "genome.fa"), "-p", "splicai"), 1, "did you mean 'spliceai'?"),
        (("models", "show", "panglin"), 1, "did you mean 'pangolin'?"),
    ):
        done = CliRunner().invoke(app, [*arguments])
        assert (done.exit_code, words in done.stderr) == (code, True), done.stderr
    assert "did you mean" not in _refused(lambda: registry.get("nonsense"))
