"""Call: a command with its arguments, and the config that follows from them."""

from __future__ import annotations

import logging
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from genoscore.cli.defaults import default_value
from genoscore.core.addresses import without_credentials
from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.core.options.table import options_of
from genoscore.core.printable import printable
from genoscore.core.settings import collect, user_file
from genoscore.predictors import registry


@dataclass(frozen=True, slots=True)
class Call:
    """A command and its options from the command line.

    Attributes:
        flags: option -> value, for the options given.
        config_file: the file given with `--config`.
    """

    command: str
    flags: Mapping[str, Any]
    config_file: Path | None = None
    quiet: bool = False
    verbose: bool = False
    log_file: Path | None = None

    def values(self) -> dict[str, Any]:
        """Keyword arguments of the command's config, from all sources of options.

        Raises:
            ConfigError: see `core.settings.collect`.
        """
        settings = collect(self.command, self.flags, self.config_file)
        values = {name: setting.value for name, setting in settings.items()}
        for name in [name for name, setting in settings.items() if not setting.shown]:
            values[name] = self._of_chosen(values[name], values.get("predictor"))
        values = {name: value for name, value in values.items() if value is not None}
        settings = {name: setting for name, setting in settings.items() if name in values}
        values["command"] = without_credentials(shlex.join(["genoscore", *sys.argv[1:]]))
        values["origins"] = {name: setting.origin for name, setting in settings.items() if not setting.shown}
        files = self.config_file, self.log_file, user_file()
        values["protect"] = tuple(path for path in files if path is not None)
        return values

    def _of_chosen(self, value: Any, predictors: Any) -> Any:
        """A value from the user file, without entries for predictors that the run does not use; None if empty."""
        if not isinstance(value, (dict, tuple)):
            return value
        chosen = predictors or default_value(self.command, options_of(self.command)["predictor"])
        others = {*registry.names()} - {*([chosen] if isinstance(chosen, str) else chosen)}
        if isinstance(value, dict):
            return {name: path for name, path in value.items() if name not in others} or None
        kept = [item for item in value if "=" not in str(item) or str(item).partition("=")[0] not in others]
        return tuple(kept) or None

    def require(self, values: Mapping[str, Any], *names: str) -> None:
        """Reject, as a usage error, a command that lacks a required option.

        Raises:
            typer.BadParameter: names the option (exit code 2).
        """
        for name in names:
            if name not in values:
                option = options_of(self.command)[name]
                label = option.metavar if option.positional else f"{option.short}/{option.flag}"
                raise typer.BadParameter(f"missing {label}")

    def run_config(self, values: Mapping[str, Any] | None = None, kind: type[RunConfig] = RunConfig) -> RunConfig:
        """The RunConfig of a command that scores variants.

        Args:
            values: `values()` by default.
            kind: RunConfig or a subclass.

        Raises:
            typer.BadParameter: no input or reference.
            ConfigError: see RunConfig.
        """
        values = self.values() if values is None else values
        self.require(values, "input", "reference")
        config = kind(**values)
        precomputed = [path for paths in config.precomputed_files.values() for path in paths]
        genes = config.annotation, config.transcripts, config.genes
        self.check_log_file(config.input, config.reference, *genes, *precomputed, *config.output)
        return config

    def check_log_file(self, *paths: str | Path | None) -> None:
        """Reject a log file that would overwrite one of the run's files.

        Raises:
            ConfigError, OutputError: see `check_targets`.
        """
        if self.log_file is not None:
            from genoscore.outputs.targets import check_targets

            files = [path for path in (self.config_file, *paths) if path is not None]
            check_targets([str(self.log_file)], files, "log file")

    def start_log(self) -> None:
        """Send messages to the log file, and with `--verbose` to standard error.

        Raises:
            ConfigError: the file cannot be opened.
        """
        set_up_logging(self.verbose, self.log_file)


class _PrintableFormatter(logging.Formatter):
    """One line per message, whatever names it quotes."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 logging's own name
        return printable(super().formatMessage(record), kept="")


def set_up_logging(verbose: bool, log_file: Path | None) -> None:
    """Send messages to a file, and with `verbose` to standard error.

    Raises:
        ConfigError: the file cannot be opened.
    """
    logging.raiseExceptions = False  # if the log's disk is full, logging must not print a traceback per line
    log = logging.getLogger("genoscore")
    log.setLevel(logging.DEBUG)
    log.handlers.clear()
    log.propagate = False
    formatter = _PrintableFormatter("%(asctime)s %(message)s")
    if log_file is not None:
        try:
            to_file: logging.Handler = logging.FileHandler(log_file, encoding="utf-8")
        except OSError as error:
            raise ConfigError(
                f"log file {log_file} cannot be written ({error.strerror})", "give another path"
            ) from None
        to_file.setFormatter(formatter)
        log.addHandler(to_file)
    if verbose:
        to_terminal = logging.StreamHandler()
        to_terminal.setFormatter(formatter)
        log.addHandler(to_terminal)
    if not log.handlers:
        log.addHandler(logging.NullHandler())
