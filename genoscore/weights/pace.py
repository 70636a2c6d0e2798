"""Ends a transfer that has all but stopped, however often single bytes still arrive, in headers as in bodies."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Any, Self

WINDOW = 60.0  # seconds
LEAST = 60_000  # bytes of the body within them


class StalledError(Exception):
    """Too few bytes arrived."""


class Pace:
    """A context around one request: closes its connection from another thread if too little arrives.

    Timeouts of an HTTP client count from the last byte, so that a server can keep a client waiting for days.

    Raises:
        StalledError: at the end of the context, in place of what the closed connection raised.
    """

    def __init__(self) -> None:
        self._received = 0
        self._socket: socket.socket | None = None
        self._stalled = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._observe, daemon=True)

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """What httpx calls, as the extension `trace`, at each step of a request."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = info["return_value"].get_extra_info("socket")

    def advance(self, size: int) -> None:
        """`size` more bytes of the body have arrived."""
        self._received += size

    def _observe(self) -> None:
        before = 0
        while not self._ended.wait(WINDOW):
            if self._received - before < LEAST:
                self._stalled = True
                if self._socket is not None:
                    with contextlib.suppress(OSError):  # it is closed already
                        socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # past TLS, which might wait
                return
            before = self._received

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._stalled and (error is None or isinstance(error, Exception)):
            raise StalledError(f"less than {LEAST:,} bytes in {WINDOW:.0f} seconds") from None
