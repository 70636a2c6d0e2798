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

from genoscore.core.errors import GenoscoreError, is_out_of_memory
from genoscore.core.plugins import plugin_at_fault
from genoscore.core.printable import one_line

EXIT_ERROR, EXIT_INTERRUPT = 1, 130
_SHOWN = 200  # characters of another library's message
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
    line = one_line(message)
    print(f"genoscore: error: {line}", file=sys.stderr)
    LOG.info("error: %s", line)


def _explained(error: BaseException) -> str:
    """The message and remedy for an exception: the cause is the input, this machine, a plug-in or genoscore itself."""
    if isinstance(error, GenoscoreError):
        return error.one_line()
    if is_out_of_memory(error):
        return "out of memory; give a smaller --batch-size or fewer --threads, or free memory"
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return "no more threads can be started; give fewer --threads, or raise the limit (ulimit -u)"
    reason = f"{type(error).__name__}: {one_line(str(error))[:_SHOWN]}"
    if plugin := plugin_at_fault(error):
        return f"{plugin} failed ({reason}); report it to its authors, with the output of -v"
    if isinstance(error, OSError) and error.errno:
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror}; check the file, its folder and the file system"
    return f"{reason}; this is a bug in genoscore or its installation: run again with -v"


def guarded_start(program: Callable[[], None]) -> None:
    """Run the program; an error before a command begins (typer imports lazily) is reported in one line too."""
    try:
        program()
    except Exception as error:
        complain(_explained(error))
        raise SystemExit(EXIT_ERROR) from None


def guarded(command: Callable[P, T]) -> Callable[P, T]:
    """Turn exceptions of a command into one line and an exit code; with `verbose`, also show a traceback."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        for signum in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(signum) is not signal.SIG_IGN:  # nohup
                signal.signal(signum, _on_signal)
        sys.unraisablehook = _on_unraisable
        verbose = bool(kwargs.get("verbose"))
        failure: BaseException
        try:
            return command(*args, **kwargs)
        except (typer.Exit, typer.BadParameter):  # the command has stated why; usage errors
            raise
        except KeyboardInterrupt:
            complain("interrupted; no output was left behind")
            raise typer.Exit(EXIT_INTERRUPT) from None
        except Terminated as ended:
            complain("terminated; no output was left behind")
            raise typer.Exit(128 + ended.signum) from None
        except BrokenPipeError:  # `genoscore models show NAME | head`: the reader has gone
            raise typer.Exit(EXIT_ERROR) from None
        except (Exception, SystemExit) as error:  # a plug-in may call sys.exit
            complain(_explained(error))
            failure = error
        if verbose:
            traceback.print_exception(failure)
        raise typer.Exit(EXIT_ERROR)

    return run
