"""The errors that users may see. Each says what is wrong; `hint` says what to do about it."""

from __future__ import annotations

from typing import Self

from genoscore.core.addresses import without_credentials
from genoscore.core.printable import one_line


class GenoscoreError(Exception):
    """Base of every error that genoscore raises on purpose: one line, and a remedy in `hint`.

    User names and passwords in addresses are removed from both.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(without_credentials(message))
        self.hint = without_credentials(hint)

    def one_line(self) -> str:
        """Message and remedy on a single line, as the command line prints them; unprintable characters are escaped."""
        return one_line(f"{self}; {self.hint}" if self.hint else str(self))


class InputError(GenoscoreError):
    """A file that is read (VCF, FASTA, gene table) is missing, damaged or not what it should be.

    Attributes:
        path: the file, `-` for standard input; '' if the error is not about one file.
        line: 1-based number of the wrong line, or of the last one before the damage; None otherwise.
        record: the same for records of a format without lines (BCF).
    """

    def __init__(
        self, message: str, hint: str = "", *, path: str = "", line: int | None = None, record: int | None = None
    ) -> None:
        super().__init__(message, hint)
        self.path = path
        self.line = line
        self.record = record

    @classmethod
    def at(
        cls,
        title: str,
        why: str,
        hint: str = "",
        *,
        path: str = "",
        line: int | None = None,
        record: int | None = None,
        text: str = "",
    ) -> Self:
        """An error about one line or record: `TITLE, line 7 ('TEXT'): WHY`.

        Args:
            title: what messages call the file.
            text: the beginning of the line, if that helps to find it.

        >>> str(InputError.at("table a.tsv", "POS is 'x'", path="a.tsv", line=7))
        "table a.tsv, line 7: POS is 'x'"
        """
        place = f"record {record}" if line is None else f"line {line}"
        shown = f" ({text!r})" if text else ""
        return cls(f"{title}, {place}{shown}: {why}", hint, path=path, line=line, record=record)


class ConfigError(GenoscoreError):
    """An option has a value that is not allowed, or that conflicts with another option."""


class WeightsError(GenoscoreError):
    """A predictor's weights are missing, damaged or do not fit the network."""


class OutputError(GenoscoreError):
    """An output cannot be written."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception from Python, NumPy, pyarrow or torch means that memory could not be allocated.

    >>> is_out_of_memory(MemoryError()), is_out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory"))
    (True, True)
    """
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":  # torch's, for CUDA
        return True
    phrases = (
        "DefaultCPUAllocator", "can't allocate memory", "not enough memory", "std::bad_alloc",
        "failed to map segment", "annot allocate memory",  # while a shared library is loaded
    )  # fmt: skip
    return isinstance(error, (RuntimeError, ImportError)) and any(phrase in str(error) for phrase in phrases)
