"""Runs cases, and says how to run one again."""

from __future__ import annotations

import shlex
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.case import Case, rng_of
from tests.fuzz.kinds import KINDS
from tests.fuzz.sandbox import Outcome, run
from tests.fuzz.verdicts import violations


@dataclass(frozen=True)
class Verdict:
    """How a case ended, and its violations."""

    kind: str
    seed: int
    number: int
    outcome: Outcome
    wrong: tuple[str, ...]

    @property
    def again(self) -> str:
        """The command that runs this case again."""
        return f"python -m tests.fuzz {self.kind} --seed {self.seed} --case {self.number}"

    def __str__(self) -> str:
        return "\n".join([self.again, *(f"    {line}" for line in self.wrong)])


def run_numbered(kind: str, seed: int, number: int, keep: Path | None = None) -> Verdict:
    """Run a case.

    Args:
        keep: folder for its files and a script that runs it; it may not exist yet.
    """
    case = KINDS[kind].make(rng_of(kind, seed, number))
    outcome, wrong = run_case(case, keep)
    return Verdict(kind, seed, number, outcome, tuple(wrong))


def run_case(case: Case, keep: Path | None = None) -> tuple[Outcome, list[str]]:
    """Run a case in a temporary folder; returns how it ended and what is wrong."""
    with tempfile.TemporaryDirectory(prefix="genoscore-fuzz-") as name:
        folder, streams = Path(name, "run"), Path(name, "streams")
        streams.mkdir()
        write_files(case, folder)
        if keep is not None:
            shutil.copytree(folder, keep)
            stdin = f" < {case.stdin}" if case.stdin else ""
            command = f"genoscore {shlex.join(case.arguments)}{stdin}"
            (keep / "run.sh").write_text(f"cd {shlex.quote(str(keep.absolute()))} && {command}\n")
        outcome = run(folder, case.arguments, streams, folder / case.stdin if case.stdin else Path("/dev/null"))
        wrong = violations(case, outcome, folder)
        if keep is not None:
            shutil.copytree(folder, keep / "after")
            shutil.copytree(streams, keep / "streams", ignore=shutil.ignore_patterns("dev"))
    return outcome, wrong


def write_files(case: Case, folder: Path) -> None:
    """A case's inputs."""
    for name, data in (case.files | case.before).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
