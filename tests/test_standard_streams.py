"""Standard output and standard error that are full, closed or without a reader."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from genoscore.cli.app import app
from genoscore.cli.console import TerminalConsole, say
from genoscore.cli.terminal import escaped_streams
from tests.small import SmallGenome, vcf_text

Speak = Callable[..., tuple[int, str]]


class _Unread(io.StringIO):
    """A pipe whose reader has gone."""

    def flush(self) -> None:
        raise BrokenPipeError


class _Full(io.StringIO):
    def write(self, _: str) -> int:
        raise OSError(28, "No space left on device")


@pytest.fixture
def speak(monkeypatch: pytest.MonkeyPatch) -> Iterator[Speak]:
    """Run the program with this standard output; its exit code and standard error."""
    command = typer.main.get_command(app)

    def run(stdout: Any, *arguments: object, stderr: Any = None) -> tuple[int, str]:
        err = io.StringIO() if stderr is None else stderr
        monkeypatch.setattr(sys, "stdout", stdout)
        monkeypatch.setattr(sys, "stderr", err)
        with pytest.raises(SystemExit) as ended:
            command.main([*map(str, arguments)], prog_name="genoscore")
        return int(ended.value.code or 0), err.getvalue() if isinstance(err, io.StringIO) else ""

    yield run
    monkeypatch.undo()


@pytest.fixture
def commands(small: SmallGenome, tmp_path: Path, toy: None) -> list[list[object]]:
    """Commands that print on standard output."""
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text(["chr9 5 A C"]))
    inputs = ["-r", small.fasta, "-a", small.genes, "-p", "toy"]
    return [
        ["--help"], ["score", "--help"], ["--version"], ["config", "show"], ["config", "show", "--json"],
        ["models", "show", "sei"], ["models", "tracks", "spliceai"], ["models", "list"],
        ["check", source, *inputs], ["check", source, *inputs, "--json"],
        ["score", source, *inputs], ["score", "chr9-5-A-C", *inputs],
    ]  # fmt: skip


def test_full(speak: Speak, commands: list[list[object]]) -> None:
    for arguments in commands:
        full = open("/dev/full", "w")  # noqa: SIM115
        code, text = speak(full, *arguments)
        with contextlib.suppress(OSError):
            full.close()  # it tries once more
        assert code == 1, arguments
        said = [line for line in text.splitlines() if line.startswith("genoscore: error: ")]
        assert said == [
            "genoscore: error: standard output cannot be written (No space left on device); "
            "check the folder, its permissions and space"
        ]


def test_closed(speak: Speak, commands: list[list[object]]) -> None:
    for arguments in commands:
        code, text = speak(None, *arguments)
        assert code == 1, arguments
        assert "genoscore: error: standard output is closed" in text, arguments


def test_without_a_reader(speak: Speak, commands: list[list[object]]) -> None:
    """`| head -1`: the reader has what it wanted."""
    for arguments in commands:
        if arguments[0] != "score":
            assert speak(_Unread(), *arguments) == (1, ""), arguments


def test_standard_error_is_lost_without_harm(
    speak: Speak, small: SmallGenome, tmp_path: Path, commands: list[list[object]]
) -> None:
    """The outputs are sound, so the run succeeds; a failure keeps its exit code."""
    source, out = commands[-2][1], tmp_path / "o.vcf"
    run = ["score", source, "-r", small.fasta, "-a", small.genes, "-p", "toy", "-o", out]
    for stderr in (_Full(), _Unread()):
        assert speak(io.StringIO(), *run, "-v", stderr=stderr)[0] == 0
        assert out.read_text().count("\nchr9\t5\t") == 1
        assert speak(io.StringIO(), "check", "no.vcf", "-r", small.fasta, stderr=stderr)[0] == 1
        assert speak(io.StringIO(), "--nonsense", stderr=stderr)[0] == 2


def test_in_a_process_of_its_own(small: SmallGenome) -> None:
    """The interpreter does not fail a second time at its end, and no file gets the number of a closed stream."""
    program = [sys.executable, "-c", "from genoscore.cli.app import main; main()"]
    with open("/dev/full", "w") as full:
        done = subprocess.run([*program, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    code = "from genoscore.cli.terminal import hold_standard_streams as hold; hold(); print(open('/dev/null').fileno())"
    shell = f'"$0" -c "import os; {code.replace("print(", "os._exit(")}" >&- 2>&- <&-'
    assert subprocess.run(["sh", "-c", shell, sys.executable], check=False).returncode > 2


def test_a_locale_that_lacks_a_character(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    with escaped_streams():
        print("é\udcff\x1b")
        say(TerminalConsole(), "é\udcff\x1b[red]")
        sys.stdout.buffer.write(b"\x1b\n")  # data
    assert raw.getvalue() == b"\\xe9\\xff\\x1b\n\\xe9\\xff\\x1b[red]\n\x1b\n"
