"""Where values of options come from: flags, files, the environment; what outputs and `config show` say of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from genoscore.cli.app import app
from genoscore.cli.call import Call
from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.core.options.option import COMMANDS, SCORE, TRAIN
from genoscore.core.options.table import options_of
from genoscore.core.settings import COMMAND_LINE, USER_FILE, collect, read_toml
from genoscore.evaluation.config import EvaluateConfig, EvaluateRun
from genoscore.explaining.config import ExplainConfig
from genoscore.explaining.subjects import SEQUENCES, kind_of
from tests.small import SmallGenome, vcf_text


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
        assert "belongs to a single run" in told
    user_file.write_text('reference = "~/g.fa"\nlabels = "x"\n')
    assert "user file" in _refused(lambda: collect(SCORE, {}, None))
    user_file.write_text('reference = "~/g.fa"\n[weights]\nspliceai = "~/w"\n[predict]\nstrand = "reverse"\n')
    values = {name: setting.value for name, setting in collect("predict", {}, None).items()}
    home = Path.home()
    assert values == {"reference": home / "g.fa", "weights": {"spliceai": home / "w"}, "strand": "reverse"}


def test_a_user_file_speaks_of_more_predictors_than_a_run_takes(user_file: Path) -> None:
    user_file.write_text(
        'tracks = ["enformer=CAGE", "DNASE"]\nbackground = "enformer=b.npz"\n'
        '[weights]\nspliceai = "s"\nenformer = "e"\n'
    )

    def config(*names: str) -> RunConfig:
        flags = {"input": "a", "reference": "g.fa"} | ({"predictor": names} if names else {})
        return Call(SCORE, flags).run_config()

    assert config().weights == config("spliceai").weights == {"spliceai": Path("s")}
    assert (config().tracks, config().background) == (("DNASE",), ())
    assert config().origins.keys() == {"tracks", "weights"}
    both = config("spliceai", "enformer")
    assert both.weights == {"spliceai": Path("s"), "enformer": Path("e")}
    assert (both.tracks, both.background) == (("enformer=CAGE", "DNASE"), ("enformer=b.npz",))
    assert config("pangolin").weights == {}
    assert both.protect == (user_file,), "no output may replace it"


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
    with pytest.raises(ConfigError, match="do not use --reference"):
        EvaluateConfig(EvaluateRun("t.tsv", small.fasta), value="x").check_sequences()
    shown = {"input": str(source), "reference": small.fasta, "output": "pages", "predictor": "toy"}
    assert kind_of(ExplainConfig(**shown, origins={"reference": "X"})) == SEQUENCES
    with pytest.raises(ConfigError, match="sequences of a FASTA need no reference"):
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
