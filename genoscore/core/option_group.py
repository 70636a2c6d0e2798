"""OptionGroup: fields of a config that are options; their values are checked against the table of options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

from genoscore.core.errors import ConfigError
from genoscore.core.number_text import LARGEST, whole_number
from genoscore.core.options.option import SCORE, Option
from genoscore.core.options.table import options_of, rows_named
from genoscore.core.toml_file import Kind


@dataclass(frozen=True, kw_only=True)
class OptionGroup:
    """Base class of configs and of the groups that they are composed of.

    From Python, a single string may be given for a list of one, and a string for a path.

    Raises:
        ConfigError: a value that its option does not allow.
    """

    COMMAND: ClassVar[str] = SCORE  # the command whose options these are
    OTHERWISE: ClassVar[Mapping[str, str]] = {}  # field -> the command whose option it is, if a different one

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self)):
            option = _row(self.OTHERWISE.get(name, self.COMMAND), name)
            if option is not None:
                value = _accepted(option, getattr(self, name))
                object.__setattr__(self, name, value)
                option.check(value)

    def changed(self, names: Iterable[str]) -> list[str]:
        """Which of some options differ from their default, in the order given."""
        defaults = self.defaults()
        return [name for name in names if getattr(self, name) != defaults[name]]

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """Field -> default; MISSING for required fields."""
        return {
            field.name: field.default if field.default_factory is MISSING else field.default_factory()
            for field in fields(cls)
        }


def require(holds: bool, message: str, hint: str) -> None:
    """Refuse options unless a condition holds.

    Raises:
        ConfigError: it does not hold.
    """
    if not holds:
        raise ConfigError(message, hint)


def whole_numbers(option: Option, value: object) -> tuple[int, ...]:
    """`0,-43,43`, or a list of numbers.

    Raises:
        ConfigError: it is neither.
    """
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, (list, tuple)) else [value]
    numbers = [part if type(part) is int else whole_number(str(part).strip(), -LARGEST) for part in parts]
    if None in numbers:
        raise ConfigError(f"{option.words} {value!r} is not a list of whole numbers", option.remedy)
    return tuple(number for number in numbers if number is not None)


def _row(command: str, name: str) -> Option | None:
    """The option as the command takes it, or, if it does not take it, as another command does."""
    row = options_of(command).get(name)
    return row or next(iter(rows_named(name)), None)


def _accepted(option: Option, value: Any) -> Any:
    """The value converted to the type of its field."""
    if value is None:
        return None
    match option.kind:
        case Kind.TEXTS:
            return tuple(map(str, (value,) if isinstance(value, (str, Path)) else value))
        case Kind.LABELS:
            texts = value.split(",") if isinstance(value, str) else value
            return tuple(stripped for text in texts if (stripped := str(text).strip()))
        case Kind.NUMBERS:
            return whole_numbers(option, value)
        case Kind.PATH:
            return Path(value)
        case Kind.PATHS:
            return {name: Path(path) for name, path in value.items()}
        case Kind.TEXT if option.up_to > 1:
            parts = value if isinstance(value, (list, tuple)) else str(value).split(",")
            return ",".join(str(part).strip() for part in parts)
        case Kind.TEXT:
            return str(value)
        case _:
            return value
