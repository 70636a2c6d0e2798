"""Completion in shells, and man pages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from genoscore.core.options.option import SCORE
from genoscore.core.options.table import options_of
from tests.conftest import ROOT
from tests.scripts import script

_FILES = {
    "bash": ".bash_completions/genoscore.sh",
    "zsh": ".zfunc/_genoscore",
    "fish": ".config/fish/completions/genoscore.fish",
}
# What a shell itself does at a TAB, without a terminal.
_ASK = {
    "bash": 'source "$HOME/.bashrc"; COMP_WORDS=(genoscore score --mask ""); COMP_CWORD=3; '
    '_genoscore_completion genoscore; printf "%s\\n" "${COMPREPLY[@]}"',
    "fish": 'complete --do-complete "genoscore score --mask "',
    "zsh": 'source "$HOME/.zshrc"; print -l "registered as $_comps[genoscore]"; '
    '_TYPER_COMPLETE_ARGS="genoscore score --mask " _GENOSCORE_COMPLETE=complete_zsh genoscore',
}


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """The environment of a user who has just installed genoscore."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "genoscore"
    program.write_text(f"#!{sys.executable}\nfrom genoscore.cli.app import main\nmain()\n")
    program.chmod(0o755)
    rest = {name: os.environ[name] for name in os.environ if not name.startswith("XDG_")}
    return {
        **rest, "HOME": str(tmp_path), "PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT),
        "TERM": "dumb",
    }  # fmt: skip


@pytest.mark.parametrize("shell", _FILES)
def test_install_completion(shell: str, home: dict[str, str]) -> None:
    """`--install-completion` in the shell itself, and what that shell then offers."""
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")

    def run(code: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([shell, "-c", code], env=home, capture_output=True, text=True, timeout=120, check=False)

    done = run("genoscore --install-completion; true")  # with a second command, the shell stays the parent
    assert f"{shell} completion installed" in done.stdout, done.stderr
    assert (Path(home["HOME"]) / _FILES[shell]).is_file()
    offered = run(_ASK[shell])
    assert set(options_of(SCORE)["mask"].choices) <= set(re.findall(r"\w+", offered.stdout)), offered
    assert shell != "zsh" or "registered as _genoscore" in offered.stdout, offered


@pytest.mark.parametrize("shell", _FILES)
def test_completion_is_written_for_every_shell(shell: str, home: dict[str, str]) -> None:
    """Also where that shell is not installed."""
    environment = {**home, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    command = ["genoscore", "--install-completion", shell]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "_GENOSCORE_COMPLETE=complete_" in (Path(home["HOME"]) / _FILES[shell]).read_text()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("genoscore sco", ["score"]),
        ("genoscore score --min-b", ["--min-band"]),
        ("genoscore score --precision b", ["bf16"]),
        ("genoscore predict --strand ", ["spec", "forward", "reverse"]),
        ("genoscore score -p spl", ["spliceai"]),
    ],
)
def test_what_is_offered(words: str, offered: list[str], home: dict[str, str]) -> None:
    place = str(len(words.split(" ")) - 1)
    environment = {**home, "_GENOSCORE_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": place}
    done = subprocess.run(["genoscore"], env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.split() == offered


def test_man_pages(tmp_path: Path) -> None:
    files = script("make_man").write(tmp_path / "man1")
    assert {"genoscore.1", "genoscore-score.1", "genoscore-models-fetch.1"} <= {path.name for path in files}
    text = (tmp_path / "man1" / "genoscore-score.1").read_text()
    assert re.search(r"^\.SH NAME\ngenoscore\\-score \\- Score a VCF", text, re.MULTILINE)
    for option in options_of(SCORE).values():
        if not option.positional:
            assert "\\fB" + option.flag.replace("-", "\\-") + "\\fR" in text
    if shutil.which("man") is None:
        pytest.skip("no man here")
    for path in files:
        done = subprocess.run(
            ["man", "--warnings", "-l", path],
            env={**os.environ, "MANWIDTH": "100", "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert f"{path.name.removesuffix('.1').upper()}(1)" in done.stdout
        if path.name == "genoscore-score.1":
            assert "-m, --mask none|spliceai|site" in done.stdout
            assert "genoscore score in.vcf.gz -r GRCh38.fa -o scored.vcf.gz\n" in done.stdout
