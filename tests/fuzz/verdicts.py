"""The requirements that every run must meet, whatever its input."""

from __future__ import annotations

import re
import traceback
from pathlib import Path

from tests.fuzz.case import Case
from tests.fuzz.sandbox import Outcome

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_FORBIDDEN = (  # texts that a user must not see
    "this is a bug in genoscore", "Traceback (most recent call last)", "out of memory", "Error in sys.",
    "Exception ignored", "Exception in thread", "[E::", "[W::", "Warning: ",
)  # fmt: skip


def violations(case: Case, outcome: Outcome, folder: Path) -> list[str]:
    """A line for everything that is wrong."""
    wrong = _ending(outcome) + _printed(case, outcome) + _left(case, outcome, folder)
    if outcome.code == 0 and not wrong:
        try:
            wrong += case.check(folder) + case.stdout_check(folder, outcome.stdout)
        except Exception as error:  # the fuzzer's own readers cannot read what the run has read or written
            place = traceback.extract_tb(error.__traceback__)[-1]
            wrong.append(
                f"the check fails: {type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"
            )
    return wrong


def _ending(outcome: Outcome) -> list[str]:
    if outcome.timed_out:
        return [f"not done after {outcome.seconds:.0f} s"]
    if outcome.signal:
        return [f"signal {outcome.signal}"]
    if outcome.code not in (0, 1):
        return [f"exit code {outcome.code}"]
    return []


def _printed(case: Case, outcome: Outcome) -> list[str]:
    errors = outcome.stderr.decode(errors="replace")
    printed = errors if "-" in case.outputs else outcome.stdout.decode(errors="replace") + errors
    wrong = [f"prints {text!r}: {_line_with(printed, text)}" for text in _FORBIDDEN if text in printed]
    if control := _CONTROL.search(printed):
        wrong.append(f"prints {control[0]!r}: {_line_with(printed, control[0])!r}")
    complaints = sum(line.startswith("genoscore: error: ") for line in errors.splitlines())
    if complaints != (outcome.code == 1) and outcome.code in (0, 1):
        wrong.append(f"{complaints} error lines with exit code {outcome.code}")
    return wrong


def _line_with(printed: str, text: str) -> str:
    return next((line for line in printed.split("\n") if text in line), "")[:300]


def _left(case: Case, outcome: Outcome, folder: Path) -> list[str]:
    """Inputs that were changed, outputs that are missing, and files that were left behind."""
    wrong = [f"{name} was changed" for name, data in case.files.items() if (folder / name).read_bytes() != data]
    present = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}
    present -= {name for name in present if name.startswith("home/genes/")}
    outputs = case.outputs - {"-"}
    if outcome.code == 0:
        wrong += [f"{name} is missing" for name in sorted(outputs - present)]
        outputs |= case.optional
        outputs |= {name + suffix for name in outputs for suffix in (".tbi", ".csi")}
    else:
        outputs = frozenset()
    new = present - case.files.keys() - case.before.keys() - case.kept - outputs
    return wrong + [f"{name} was left behind" for name in sorted(new)]
