"""Option: everything about one option, for the command line, files, help, docs and man pages."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

from genoscore.core.errors import ConfigError
from genoscore.core.toml_file import Kind


class Panel(Enum):
    """The heading under which `--help` lists an option, in this order."""

    INPUT = "Input"
    GENES = "Genes"
    SCORES = "Scores"
    OUTPUT = "Output"
    RUN = "Run"


SCORE, CHECK, BACKGROUND, PREDICT, EXPLAIN, EVALUATE, TRAIN = COMMANDS = (
    "score", "check", "background", "predict", "explain", "evaluate", "train",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option, as some commands take it. If commands differ in an option of the same name, each has its own row.

    Texts are Markdown; a terminal shows them without the backquotes.

    Attributes:
        name: of the field in the commands' configs, and the key in files. With dashes it is the long flag.
        short: the short flag, `-d`; '' for none.
        off: for a flag, the long flag that turns it off; '' for none.
        positional: an argument rather than an option.
        kind: of the value in a file.
        panel: see Panel.
        commands: those that take it.
        help: what it is, in one or two short sentences.
        more: further sentences for docs/options.md.
        default: in words, if the config's own default is None or needs explaining; see `cli.reference`.
        metavar: the value in `--help`; '' means the choices, or the kind.
        choices: all allowed values.
        up_to: how many different choices a value may name, separated by commas.
        low, high: limits of a number, or of the numbers in a list.
        pattern: a regular expression that the whole value, or each of several, must match.
        remedy: what to give, if a value does not match, or is not a list of numbers.
        noun: what errors call a value, if its name will not do.
        environment: the variable that may set it.
        heeded: only some predictors use it, those whose spec `heeds` it.
        in_files: it may be set in a TOML file.
        required: the command cannot do without it.
        single: the command takes only one, though a file may give it as a list.
    """

    name: str
    kind: Kind = Kind.TEXT
    panel: Panel
    commands: tuple[str, ...]
    help: str
    more: str = ""
    short: str = ""
    off: str = ""
    positional: bool = False
    default: str = ""
    metavar: str = ""
    choices: tuple[str, ...] = ()
    up_to: int = 1
    low: float = -math.inf
    high: float = math.inf
    pattern: str = ""
    remedy: str = ""
    noun: str = ""
    environment: str = ""
    heeded: bool = False
    in_files: bool = True
    required: bool = False
    single: bool = False

    @property
    def flag(self) -> str:
        """The long flag."""
        return "--" + self.name.replace("_", "-")

    @property
    def words(self) -> str:
        """What errors call the option."""
        return self.noun or self.name.replace("_", " ")

    @property
    def repeatable(self) -> bool:
        """Whether the command line takes it several times."""
        return self.kind in (Kind.TEXTS, Kind.PATHS) and not self.single

    @property
    def of_a_user(self) -> bool:
        """Whether a user file may hold it: it is not about the input or output of a single run."""
        return self.in_files and (self.panel not in (Panel.INPUT, Panel.OUTPUT) or bool(self.environment))

    def check(self, value: Any) -> None:
        """Refuse a value that the option does not allow; None means no value.

        Raises:
            ConfigError: says what is allowed.
        """
        for item in value if isinstance(value, (tuple, list)) else () if value is None else (value,):
            if self.choices:
                self._check_choice(item)
            if self.pattern and not re.fullmatch(self.pattern, item):
                raise ConfigError(f"{self.words} {item!r} is unknown", self.remedy)
            if self.kind in (Kind.WHOLE, Kind.NUMBER, Kind.NUMBERS) and not _is_within(item, self.low, self.high):
                raise ConfigError(f"{self.words} is {item}", f"give {self.range}")

    def _check_choice(self, value: Any) -> None:
        chosen = value.split(",") if self.up_to > 1 else [value]
        for item in chosen:
            if item not in self.choices:
                raise ConfigError(f"{self.words} {item!r} is unknown", "one of " + ", ".join(self.choices))
        if len(chosen) > self.up_to or len({*chosen}) < len(chosen):
            example = ",".join(self.choices[: self.up_to])
            raise ConfigError(
                f"{self.words} {value!r} is not one choice, nor {self.up_to} different ones", f"for example {example}"
            )

    @property
    def range(self) -> str:
        """`0 to 4999`; `0 or more`."""
        low = _number(self.low)
        return f"{low} or more" if math.isinf(self.high) else f"{low} to {_number(self.high)}"


def _is_within(number: float, low: float, high: float) -> bool:
    """Whether a number is finite and in [low, high]; an integer may be larger than any float."""
    return low <= number <= high and (isinstance(number, int) or math.isfinite(number))


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10_000 else f"{value:.0f}"
