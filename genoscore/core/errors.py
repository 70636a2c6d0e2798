"""The errors that a user can meet. Each says what is wrong; `hint` says what to do about it."""

from __future__ import annotations


class GenoscoreError(Exception):
    """Base of every error that genoscore raises on purpose: one line, and a remedy in `hint`."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def one_line(self) -> str:
        """Message and remedy on a single line, as the command line prints them."""
        return " ".join((f"{self}; {self.hint}" if self.hint else str(self)).split())


class InputError(GenoscoreError):
    """A file that is read (VCF, FASTA, gene table) is missing, damaged or not what it should be."""


class ConfigError(GenoscoreError):
    """An option has a value that cannot work, alone or together with another."""


class WeightsError(GenoscoreError):
    """A predictor's weights are missing, damaged or do not fit the network."""


class OutputError(GenoscoreError):
    """An output cannot be written."""
