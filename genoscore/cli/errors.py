"""From exceptions to one line on standard error and an exit code."""

from __future__ import annotations

import functools
import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any, NoReturn, ParamSpec, TypeVar

import typer

from genoscore.core.errors import GenoscoreError

EXIT_ERROR, EXIT_INTERRUPT = 1, 130
P = ParamSpec("P")
T = TypeVar("T")
LOG = logging.getLogger("genoscore")


class Terminated(BaseException):
    """SIGTERM or SIGHUP was received: unwind as for Ctrl-C, so that temporary files are removed."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum


def _on_signal(signum: int, _: Any) -> NoReturn:
    raise Terminated(signum)


def _on_unraisable(unraisable: sys.UnraisableHookArgs) -> None:
    """Python drops exceptions raised in a destructor or a weak reference's callback, so the signal is sent again."""
    if isinstance(unraisable.exc_value, (KeyboardInterrupt, Terminated)):
        signum = unraisable.exc_value.signum if isinstance(unraisable.exc_value, Terminated) else signal.SIGINT
        threading.Timer(0.05, os.kill, (os.getpid(), signum)).start()
    else:
        sys.__unraisablehook__(unraisable)


def complain(message: str) -> None:
    """One line on standard error, and in the log file."""
    print(f"genoscore: error: {message}", file=sys.stderr)
    LOG.info("error: %s", message)


def guarded(command: Callable[P, T]) -> Callable[P, T]:
    """Turn exceptions of a command into one line and an exit code; with `verbose`, also show a traceback."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        for signum in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(signum) is not signal.SIG_IGN:  # nohup
                signal.signal(signum, _on_signal)
        sys.unraisablehook = _on_unraisable
        verbose = bool(kwargs.get("verbose"))
        failure: Exception
        try:
            return command(*args, **kwargs)
        except (typer.Exit, typer.BadParameter):  # the command has stated why; usage errors
            raise
        except GenoscoreError as error:
            complain(error.one_line())
            failure = error
        except KeyboardInterrupt:
            complain("interrupted; no output was left behind")
            raise typer.Exit(EXIT_INTERRUPT) from None
        except Terminated as ended:
            complain("terminated; no output was left behind")
            raise typer.Exit(128 + ended.signum) from None
        except BrokenPipeError:  # `genoscore models show NAME | head`: the reader has gone
            sys.stdout = None  # else its last flush fails too
            raise typer.Exit(EXIT_ERROR) from None
        except MemoryError as error:
            complain("out of memory; give a smaller --batch-size")
            failure = error
        except Exception as error:
            first = (str(error).splitlines() or [""])[0][:200]
            complain(
                f"{type(error).__name__}: {first}; this is a bug in genoscore or its installation: run again with -v"
            )
            failure = error
        if verbose:
            traceback.print_exception(failure)
        raise typer.Exit(EXIT_ERROR)

    return run
