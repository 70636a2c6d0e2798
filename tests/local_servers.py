"""HTTP servers on this machine: one with files and faults, one that answers as a Hugging Face hub does."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


@dataclass
class Asked:
    """One request that a server got."""

    method: str
    path: str
    range: str | None
    authorization: str | None


@dataclass
class FileServer:
    """Files by path.

    Attributes:
        ranges: whether `Range` is honoured.
        lengths: whether `Content-Length` is sent.
        cut: GETs send this many bytes and break off, `cuts` times.
        failures: statuses that the next GETs answer with.
        asked: the requests, in order.
    """

    files: dict[str, bytes]
    ranges: bool = True
    lengths: bool = True
    cut: int = 0
    cuts: int = 0
    failures: list[int] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def __enter__(self) -> FileServer:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.answer(self, body=True)

            def do_HEAD(self) -> None:
                owner.answer(self, body=False)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def address(self) -> str:
        """http://127.0.0.1:port"""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, request: BaseHTTPRequestHandler, body: bool) -> None:
        """One request."""
        path = request.path.split("?")[0]
        wanted = request.headers.get("Range")
        self.asked.append(Asked(request.command, path, wanted, request.headers.get("Authorization")))
        if body and self.failures:
            send(request, self.failures.pop(0))
        elif path in self.files:
            self.send_file(request, self.files[path], wanted if self.ranges else None, body)
        else:
            send(request, 404)

    def send_file(self, request: BaseHTTPRequestHandler, content: bytes, wanted: str | None, body: bool) -> None:
        """A file, whole or from the byte that `Range` names, perhaps broken off."""
        start = int(wanted.removeprefix("bytes=").split("-")[0]) if wanted else 0
        if start >= len(content) and wanted:
            send(request, 416, {"Content-Range": f"bytes */{len(content)}"})
            return
        headers = {"Content-Length": str(len(content) - start)} if self.lengths else {}
        if wanted:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        send(request, 206 if wanted else 200, headers)
        if not body:
            return
        rest = content[start:]
        if self.cuts > 0:
            self.cuts -= 1
            rest = rest[: self.cut]
        request.wfile.write(rest)
        request.close_connection = True


def send(request: BaseHTTPRequestHandler, status: int, headers: dict[str, str] | None = None) -> None:
    """Status and headers; the connection ends after the answer."""
    request.send_response(status)
    for name, value in {"Connection": "close", **(headers or {})}.items():
        request.send_header(name, value)
    request.end_headers()


@dataclass
class HubServer(FileServer):
    """A hub with one repository, whose `files` are served by another server, as large files are.

    Attributes:
        repository, revision, commit: what it has; the branch `revision` points at `commit`.
        storage: where its answers redirect to.
    """

    repository: str = "lab/weights"
    revision: str = "main"
    commit: str = "c0ffee" * 6 + "c0ff"
    storage: str = ""

    def answer(self, request: BaseHTTPRequestHandler, body: bool) -> None:
        """`/{repository}/resolve/{revision}/{file}`."""
        path = request.path.split("?")[0]
        self.asked.append(
            Asked(request.command, path, request.headers.get("Range"), request.headers.get("Authorization"))
        )
        start, _, rest = path.partition("/resolve/")
        revision, _, name = rest.partition("/")
        if start != f"/{self.repository}":
            send(request, 404, {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"})
        elif revision not in (self.revision, self.commit):
            send(request, 404, {"X-Error-Code": "RevisionNotFound", "X-Error-Message": "no such revision"})
        elif name not in self.files:
            send(request, 404, {"X-Error-Code": "EntryNotFound", "X-Error-Message": "no such file"})
        else:
            content = self.files[name]
            headers = {
                "X-Repo-Commit": self.commit,
                "X-Linked-Size": str(len(content)),
                "X-Linked-Etag": f'"{hashlib.sha256(content).hexdigest()}"',
                "ETag": f'"{hashlib.sha1(content).hexdigest()}"',
                "Location": f"{self.storage}/{name}",
                "Content-Length": "0",
            }
            send(request, 302, headers)
