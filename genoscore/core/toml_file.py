"""Reads TOML files and checks their values, with errors that name the file and the key."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from genoscore.core.errors import ConfigError
from genoscore.core.number_text import LARGEST
from genoscore.core.special_files import is_endless
from genoscore.core.suggestions import known_names

_SHOWN = 60  # characters of a key or value in messages
_TOO_LARGE = "a number of more than 64 bits"


class Kind(Enum):
    """The kind of a value; the enum's own value is how an error asks for it."""

    TEXT = "text"
    PATH = "a path"
    WHOLE = "a whole number"
    NUMBER = "a number"
    FLAG = "true or false"
    TEXTS = "text, or a list of texts"
    LABELS = "text with commas, or a list of texts"
    PAIR = "a list of two texts"
    NUMBERS = "a list of whole numbers, or text such as 0,-43,43"
    PATHS = "a table NAME = PATH"

    def accepts(self, value: Any) -> bool:
        """Whether a value from TOML is of this kind.

        >>> Kind.WHOLE.accepts(5), Kind.WHOLE.accepts(True), Kind.NUMBER.accepts(5), Kind.TEXTS.accepts(["a", 1])
        (True, False, True, False)
        """
        match self:
            case Kind.TEXT | Kind.PATH:
                return isinstance(value, str)
            case Kind.WHOLE:
                return type(value) is int
            case Kind.NUMBER:
                return type(value) in (int, float)
            case Kind.FLAG:
                return isinstance(value, bool)
            case Kind.TEXTS | Kind.LABELS:
                return isinstance(value, str) or _all(value, str)
            case Kind.PAIR:
                return _all(value, str) and len(value) == 2
            case Kind.NUMBERS:
                return isinstance(value, str) or type(value) is int or _all(value, int)
            case Kind.PATHS:
                return isinstance(value, dict) and all(isinstance(path, str) for path in value.values())


def _all(value: Any, kind: type) -> bool:
    return isinstance(value, list) and all(type(item) is kind for item in value)


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A TOML file.

    Attributes:
        noun: what errors call it: `config`, `manifest`.
        values: its keys and values, as `tomllib` returns them.
    """

    noun: str
    path: Path
    values: dict[str, Any]

    @classmethod
    def read(cls, path: Path, noun: str) -> TomlFile:
        """Read a file.

        Raises:
            ConfigError: it cannot be read, is not TOML, or holds a number of more than 64 bits or a NUL character.
        """
        if is_endless(path):
            raise ConfigError(f"{noun} {path} is a device", "give a file")
        try:
            file = cls(noun, path, tomllib.loads(path.read_text(encoding="utf-8")))
            for key, value in file.values.items():
                file._check_usable(key, value)
        except OSError as error:
            raise ConfigError(f"{noun} {path} cannot be read ({error.strerror})", "check the path") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{noun} {path} is not TOML ({error})", "fix that line") from None
        except ValueError:  # Python reads no integer of more than 4,300 digits
            raise ConfigError(f"{noun} {path} holds {_TOO_LARGE}", "correct it") from None
        except RecursionError:
            raise ConfigError(f"{noun} {path} is nested too deeply", "no key needs more than a few levels") from None
        return file

    def _check_usable(self, key: str, value: Any) -> None:
        """Refuse integers of more than 64 bits, and NUL characters, which no path or name may contain."""
        match value:
            case dict():
                for name, item in value.items():
                    self._check_usable(f"{key}.{name}", item)
            case list():
                for item in value:
                    self._check_usable(key, item)
            case int():
                self.check(abs(value) <= LARGEST, f"{key} is {_TOO_LARGE}", "give a smaller one")
            case str():
                self.check("\0" not in value, f"{key} holds a NUL character", "remove it")

    def error(self, message: str, hint: str) -> ConfigError:
        """An error that names the file."""
        return ConfigError(f"{self.noun} {self.path}: {message}", hint)

    def check(self, holds: bool, message: str, hint: str) -> None:
        """Raise that error unless a condition holds.

        Raises:
            ConfigError: it does not hold.
        """
        if not holds:
            raise self.error(message, hint)

    def check_at(self, key: str, holds: bool, fault: str, hint: str) -> None:
        """The same about a key: the message is `KEY FAULT`.

        Raises:
            ConfigError: it does not hold.
        """
        self.check(holds, f"{key} {fault}", hint)

    def check_key(self, key: str, known: Iterable[str], section: str = "") -> None:
        """Refuse a key that is not known.

        Args:
            section: the table that holds the key; '' for the file's top level.

        Raises:
            ConfigError: it is unknown; names the known keys.
        """
        names = list(known)
        message = f"[{section}] has no key {key!r:.{_SHOWN}}" if section else f"unknown key {key!r:.{_SHOWN}}"
        self.check(key in names, message, known_names(key, names, "known keys"))

    def check_kind(self, key: str, value: Any, kind: Kind, words: str = "") -> None:
        """Refuse a value of another kind.

        Args:
            key: as errors name it, with its section.
            words: what to give, if the kind's own words say too little.

        Raises:
            ConfigError: names the key and what it holds.
        """
        self.check(kind.accepts(value), f"{key} is {value!r:.{_SHOWN}}", f"give {words or kind.value}")
