"""A server that answers every request with given bytes, whatever HTTP says of them."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterable
from types import TracebackType


class RawServer:
    """Sends what `answer` yields for a request's head, until that ends or the client goes away.

    Attributes:
        heads: of the requests, as text.
        sent: bytes sent in all.
    """

    def __init__(self, answer: Callable[[str], Iterable[bytes]]) -> None:
        self._answer = answer
        self.heads: list[str] = []
        self.sent = 0

    def __enter__(self) -> RawServer:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    @property
    def address(self) -> str:
        """http://127.0.0.1:port"""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _accept(self) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = self._listener.accept()
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            head = b""
            while b"\r\n\r\n" not in head and (data := connection.recv(4096)):
                head += data
            self.heads.append(head.decode())
            for block in self._answer(self.heads[-1]):
                if self._ended.is_set():
                    return
                connection.sendall(block)
                self.sent += len(block)
