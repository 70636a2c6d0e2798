"""The table of options: what follows from a row, where values come from, and that configs and rows fit."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from types import ModuleType
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
from genoscore.core.settings import COMMAND_LINE, USER_FILE, collect, read_toml
from genoscore.core.toml_file import Kind
from genoscore.evaluation.config import EvaluateConfig, EvaluateRun
from genoscore.explaining.config import ExplainConfig
from genoscore.explaining.subjects import SEQUENCES, kind_of
from genoscore.predictors import registry
from tests.conftest import ROOT, TEST_DATA, Run
from tests.small import SmallGenome, vcf_text

_FITS = {
    Kind.TEXT: str, Kind.PATH: Path, Kind.WHOLE: int, Kind.NUMBER: float, Kind.FLAG: bool, Kind.TEXTS: tuple,
    Kind.LABELS: tuple, Kind.NUMBERS: tuple, Kind.PATHS: dict,
}  # fmt: skip


def _script(name: str) -> ModuleType:
    specification = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def user_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of options of the user's, empty."""
    path = tmp_path / "user.toml"
    path.write_text("")
    monkeypatch.setenv(USER_FILE, str(path))
    return path


def _refused(act: Callable[[], object]) -> str:
    with pytest.raises(ConfigError) as caught:
        act()
    return caught.value.one_line()


# Rows, and what follows from them.


def test_the_page_is_what_the_script_makes() -> None:
    committed = (ROOT / "docs" / "options.md").read_text(encoding="utf-8")
    assert committed == _script("make_options").page(), "run: python docs/make_options.py"


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
    for name in ("mask", "precision", "centre"):
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
    page = _script("make_options").page()
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


# Where values come from.


def test_what_wins(user_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flag, file of --config, environment, user file, default."""
    config = tmp_path / "c.toml"
    user_file.write_text('annotation = "user.gtf"\ndevice = "cpu"\ndistance = 1\nmask = "site"\nthreads = 1\n')
    monkeypatch.setenv("GENOSCORE_ANNOTATION", "environment.gtf")
    monkeypatch.setenv("GENOSCORE_DEVICE", "cuda:0")
    config.write_text('device = "cuda:1"\ndistance = 2\nthreads = 2\n')
    settings = collect(SCORE, {"threads": 3}, config)
    expected = {
        "annotation": ("environment.gtf", "GENOSCORE_ANNOTATION", False), "device": ("cuda:1", str(config), True),
        "distance": (2, str(config), True), "mask": ("site", str(user_file), False),
        "threads": (3, COMMAND_LINE, True),
    }  # fmt: skip
    assert {name: (one.value, one.origin, one.shown) for name, one in settings.items()} == expected
    made = Call(SCORE, {"input": "a.vcf", "reference": Path("g.fa")}, config).run_config()
    assert made.origins == {"annotation": "GENOSCORE_ANNOTATION", "mask": str(user_file)}


def test_one_file_serves_every_command(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(
        'input = "a"\noutput = "o.vcf"\nmin-score = 0.5\nlabel = "class"\nwindow = 9\n'
        'background = "b.npz"\n[weights]\nspliceai = "w"\n[explain]\noutput = "pages"\nwindow = 7\n'
        '[score]\noutput = ["x.vcf", "y.tsv"]\n[evaluate]\nscore = "MAX"\n'
    )
    weights = {"weights": {"spliceai": Path("w")}, "input": "a"}
    assert read_toml(path, "score") == {
        **weights, "output": ("x.vcf", "y.tsv"), "min_score": 0.5, "background": ("b.npz",),
    }  # fmt: skip
    assert read_toml(path, "explain") == {**weights, "output": ("pages",), "window": 7}
    assert read_toml(path, "evaluate") == {**weights, "output": Path("o.vcf"), "label": "class", "score": ("MAX",)}
    assert read_toml(path, "predict") == {**weights, "output": ("o.vcf",)}
    assert read_toml(path, "check") == {**weights, "background": ("b.npz",)}


@pytest.mark.parametrize(
    ("text", "command", "message"),
    [
        ("distanze = 5", "score", "unknown key 'distanze'; did you mean 'distance'?"),
        ("windw = 5", "score", "unknown key 'windw'; did you mean 'window'?"),
        ("qqq = 5", "score", "unknown key 'qqq'; known keys: annotation, "),
        ("quiet = true", "score", "unknown key 'quiet'"),
        ("[train]\nmember = 1", "score", "[train]: unknown key 'member'"),
        ("[explain]\ndistanze = 5", "score", "[explain]: unknown key 'distanze'; did you mean 'distance'?"),
        ("[explain]\nstrict = true", "explain", "[explain]: unknown key 'strict'"),
        ('distance = "5"', "score", "distance is '5'; give a whole number"),
        ('distance = "5"', "predict", "distance is '5'; give a whole number"),
        ('[explain]\nwindow = "5"', "score", "[explain] window is '5'; give a whole number"),
        ("compat = 1", "score", "compat is 1; give true or false"),
        ("min_score = true", "score", "min_score is True; give a number"),
        ("output = [1]", "score", "output is [1]; give text, or a list of texts"),
        ("weights = 'x'", "score", "weights is 'x'; give a table NAME = PATH"),
        ("shifts = 'a'", "score", "shifts 'a' is not a list of whole numbers"),
        ("[score", "score", "is not TOML"),
    ],
)
def test_files_that_are_refused(text: str, command: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(text + "\n")
    told = _refused(lambda: read_toml(path, command))
    assert message in told
    assert "shifts" in message or f"config {path}" in told


def test_a_user_file_is_not_of_a_single_run(user_file: Path) -> None:
    for text in (
        'input = "a"',
        'output = "a"',
        "min_score = 1",
        'summary = "s"',
        'region = "chr1"',
        "[explain]\nflank = 1",
    ):
        user_file.write_text(text + "\n")
        assert f"user file {user_file}: " in (told := _refused(lambda: collect(SCORE, {}, None)))
        assert "is of a single run" in told
    user_file.write_text('reference = "~/g.fa"\nlabels = "x"\n')
    assert "user file" in _refused(lambda: collect(SCORE, {}, None))
    user_file.write_text('reference = "~/g.fa"\n[weights]\nspliceai = "~/w"\n[predict]\nstrand = "reverse"\n')
    values = {name: setting.value for name, setting in collect("predict", {}, None).items()}
    home = Path.home()
    assert values == {"reference": home / "g.fa", "weights": {"spliceai": home / "w"}, "strand": "reverse"}


def test_which_user_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "config" / "genoscore"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("distance = 7\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert collect(SCORE, {}, None) == {}, "an empty variable: none"
    monkeypatch.delenv(USER_FILE)
    assert collect(SCORE, {}, None)["distance"].value == 7
    monkeypatch.setenv(USER_FILE, str(tmp_path / "missing.toml"))
    assert "missing.toml" in _refused(lambda: collect(SCORE, {}, None))


@pytest.mark.parametrize(
    ("variable", "text", "outcome"),
    [
        ("GENOSCORE_COMMERCIAL", "1", True), ("GENOSCORE_COMMERCIAL", "no", False), ("GENOSCORE_COMMERCIAL", "", None),
        ("GENOSCORE_COMMERCIAL", "maybe", "GENOSCORE_COMMERCIAL is 'maybe'; give 1 or 0"),
        ("GENOSCORE_DEVICE", "tpu", "GENOSCORE_DEVICE: device 'tpu' is unknown; auto, cpu"),
        ("GENOSCORE_REFERENCE", "g.fa", Path("g.fa")), ("GENOSCORE_ANNOTATION", "~/x.gtf", str(Path.home() / "x.gtf")),
    ],
)  # fmt: skip
def test_variables(variable: str, text: str, outcome: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, text)
    if isinstance(outcome, str) and " " in outcome:
        assert outcome in _refused(lambda: collect(SCORE, {}, None))
    else:
        settings = collect(SCORE, {}, None)
        assert [one.value for one in settings.values()] == ([] if outcome is None else [outcome])


@pytest.mark.usefixtures("toy")
def test_outputs_record_what_the_command_does_not_show(
    small: SmallGenome, tmp_path: Path, user_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target, summary = tmp_path / "in.vcf", tmp_path / "out.vcf", tmp_path / "s.json"
    base = small.sequences["chr1"][120]
    source.write_text(vcf_text([f"chr1 121 {base} {'A' if base != 'A' else 'C'}"]))
    user_file.write_text('distance = 9\nstrand = "both"\n')  # of which `toy` does not heed the strand
    monkeypatch.setenv("GENOSCORE_REFERENCE", str(small.fasta))
    monkeypatch.setenv("GENOSCORE_ANNOTATION", str(small.genes))
    arguments = ["score", str(source), "-p", "toy", "-o", str(target), "--summary", str(summary), "-q"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    header = target.read_text()
    origins = (
        f"distance: {user_file}; strand: {user_file}; reference: GENOSCORE_REFERENCE; annotation: GENOSCORE_ANNOTATION"
    )
    assert f'OptionsFrom="{origins}"' in header
    assert f"Reference={small.fasta},Distance=9," in header
    assert json.loads(summary.read_text())["provenance"]["toy"]["OptionsFrom"] == origins
    explicit = [*arguments, "-r", str(small.fasta), "-a", str(small.genes), "-d", "9"]
    monkeypatch.setenv(USER_FILE, "")
    assert CliRunner().invoke(app, explicit).exit_code == 0
    assert "OptionsFrom" not in target.read_text()
    assert [line for line in target.read_text().splitlines() if line[:2] != "##"] == [
        line for line in header.splitlines() if line[:2] != "##"
    ]


@pytest.mark.usefixtures("toy")
def test_a_reference_that_nobody_asked_for(small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sequences have no reference: that of the environment is left out, that of a flag refused."""
    monkeypatch.setenv("GENOSCORE_REFERENCE", str(small.fasta))
    source, target = tmp_path / "s.fa", tmp_path / "o.tsv"
    source.write_text(">a\nACGTACGT\n")
    arguments = ["predict", str(source), "-p", "toy", "-o", str(target), "-q"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "OptionsFrom" not in target.read_text()
    assert CliRunner().invoke(app, [*arguments, "-r", str(small.fasta)]).exit_code == 1
    run = EvaluateRun("t.tsv", small.fasta, distance=7, origins={"reference": "X", "distance": "Y"})
    EvaluateConfig(run, value="x").check_sequences()
    with pytest.raises(ConfigError, match="no use for --reference"):
        EvaluateConfig(EvaluateRun("t.tsv", small.fasta), value="x").check_sequences()
    shown = {"input": str(source), "reference": small.fasta, "output": "pages", "predictor": "toy"}
    assert kind_of(ExplainConfig(**shown, origins={"reference": "X"})) == SEQUENCES
    with pytest.raises(ConfigError, match="leave -r out|around a FASTA's sequences"):
        kind_of(ExplainConfig(**shown))


# `config show`.


def test_config_show(user_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user_file.write_text("threads = 2\n")
    config = tmp_path / "c.toml"
    config.write_text('output = ["a.vcf", "b.tsv"]\n[weights]\nspliceai = "w"\n')
    monkeypatch.setenv("GENOSCORE_COMMERCIAL", "1")
    arguments = ["config", "show", "--config", str(config)]
    rows = dict(line.split(maxsplit=1) for line in CliRunner().invoke(app, arguments).output.splitlines())
    assert {name: tuple(rows[name].split()) for name in ("threads", "output", "weights", "commercial", "distance")} == {
        "threads": ("2", str(user_file)), "output": ("a.vcf,b.tsv", str(config)),
        "weights": ("spliceai=w", str(config)), "commercial": ("true", "GENOSCORE_COMMERCIAL"),
        "distance": ("50", "default"),
    }  # fmt: skip
    assert rows["batch_size"].split() == ["fitted", "to", "memory", "default"]
    answer = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).output)
    assert (answer["command"], answer["user_file"]) == ("score", str(user_file))
    found = {row.pop("option"): row for row in answer["options"]}
    assert found.keys() == {name for name, option in options_of(SCORE).items() if option.in_files}
    assert found["output"] == {"value": ["a.vcf", "b.tsv"], "from": str(config)}
    assert found["batch_size"] == {"value": None, "from": "default"}
    assert found["reference"] == {"value": None, "from": "required"}
    for command in set(COMMANDS) - {TRAIN}:
        assert CliRunner().invoke(app, ["config", "show", command]).exit_code == 0
    done = CliRunner().invoke(app, ["config", "show", "scroe"])
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "did you mean 'score'?" in done.stderr


# Help and suggestions.


def test_help_in_panels() -> None:
    text = CliRunner().invoke(app, ["score", "-h"]).output
    assert text == CliRunner().invoke(app, ["score", "--help"]).output
    assert re.findall(r"^(\w+):$", text, re.MULTILINE) == ["Input", "Genes", "Scores", "Output", "Run", "Examples"]
    examples = text.split("Examples:\n")[1].splitlines()
    assert len(examples) == 3
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
