"""Copies an address or a file to a local file, resuming where an interrupted transfer stopped."""

from __future__ import annotations

import contextlib
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from genoscore._version import __version__
from genoscore.core.errors import WeightsError

TRIES = 3  # consecutive attempts without progress
PAUSE = 1.0  # seconds before the second attempt
_TIMEOUT = httpx.Timeout(30.0, connect=15.0)  # seconds without a byte
_PASSING = {408, 425, 429, 500, 502, 503, 504}  # HTTP statuses of a server that may recover
_BLOCK = 1 << 18
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class Watch:
    """Observes a transfer; this base class does nothing."""

    def begin(self, name: str, place: str, done: int, total: int | None) -> None:
        """A transfer begins, with `done` of `total` bytes already there; called again after every interruption."""

    def advance(self, size: int) -> None:
        """`size` more bytes have arrived."""

    def end(self) -> None:
        """The transfer has finished or been given up."""

    def note(self, message: str) -> None:
        """Something that the user should know."""


class _InterruptedError(Exception):
    """A transfer that another attempt may complete."""


def copy(source: Path, part: Path, name: str, watch: Watch) -> None:
    """Copy a file.

    Raises:
        WeightsError: it cannot be read, or there is no disk space.
    """
    try:
        size = source.stat().st_size
        reader = open(source, "rb")  # noqa: SIM115
    except OSError as error:
        raise WeightsError(f"{source} cannot be read ({error.strerror})", "check the path given to --from") from None
    with reader, _writing(part):
        _check_room(part, size)
        watch.begin(name, str(source), 0, size)
        with open(part, "wb") as out:
            for block in iter(lambda: reader.read(_BLOCK), b""):
                out.write(block)
                watch.advance(len(block))


def download(url: str, part: Path, name: str, watch: Watch, headers: dict[str, str] | None = None) -> None:
    """Download `url` to `part`, from where `part` ends; retries as long as some of the attempts make progress.

    Args:
        headers: sent to the address itself, but not to another host that it may redirect to.

    Raises:
        WeightsError: not found, unreachable, interrupted too often, or no disk space. `part` stays, to resume from.
    """
    defaults = {"User-Agent": f"genoscore/{__version__}", "Accept-Encoding": "identity"}
    most, failures = _size(part), 0
    with httpx.Client(follow_redirects=True, timeout=_TIMEOUT, headers=defaults | (headers or {})) as client:
        while True:
            try:
                return _stream(client, url, part, name, watch)
            except (_InterruptedError, httpx.TransportError) as error:
                failures = 1 if _size(part) > most else failures + 1
                most = max(most, _size(part))
                why = str(error) or type(error).__name__
                if failures >= TRIES or isinstance(error, httpx.UnsupportedProtocol):
                    raise _given_up(url, _size(part), why) from None
                watch.note(f"{name}: {why}; trying again")
                time.sleep(PAUSE * failures)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise WeightsError(f"{url} cannot be fetched ({error})", "check the address") from None


def _stream(client: httpx.Client, url: str, part: Path, name: str, watch: Watch) -> None:
    have = _size(part)
    with client.stream("GET", url, headers={"Range": f"bytes={have}-"} if have else {}) as response:
        status = f"{response.status_code} {response.reason_phrase}".strip()
        begins = _first_byte(response)
        if response.status_code == 416 or begins not in (0, have):  # the part is of another file
            part.unlink(missing_ok=True)
            raise _InterruptedError(f"{status}: what was there is not part of it")
        if response.status_code in _PASSING:
            raise _InterruptedError(status)
        if response.status_code not in (200, 206):
            raise WeightsError(f"{url}: {status}", "check the address, or give another source with --from")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise WeightsError(f"{url} is only served compressed", "give another source with --from")
        length = response.headers.get("Content-Length")
        total = begins + int(length) if length is not None else None
        with _writing(part), open(part, "ab" if begins else "wb") as out:
            _check_room(part, (total or begins) - begins)
            watch.begin(name, url, begins, total)
            for block in response.iter_raw():  # as bytes arrive: a larger block might wait for bytes that never come
                out.write(block)
                watch.advance(len(block))


def _first_byte(response: httpx.Response) -> int:
    """Offset, in the file, of the response's first byte."""
    match = _RANGE.match(response.headers.get("Content-Range", ""))
    return int(match[1]) if response.status_code == 206 and match else 0


def _given_up(url: str, size: int, why: str) -> WeightsError:
    if not size:
        return WeightsError(f"{url} cannot be fetched ({why})", "check the network and the address")
    return WeightsError(
        f"{url} broke off after {size:,} bytes ({why})", "run the same command again: it resumes from there"
    )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _check_room(part: Path, needed: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if free < needed:
        raise WeightsError(
            f"{part.parent} has {free:,} bytes free, {needed:,} are needed",
            "free some space, or set GENOSCORE_HOME to a folder on another disk",
        )


@contextlib.contextmanager
def _writing(part: Path) -> Iterator[None]:
    """Turns an error of the disk into one that says where, and what to do."""
    try:
        yield
    except OSError as error:
        raise WeightsError(
            f"{part} cannot be written ({error.strerror})",
            "free some space, or set GENOSCORE_HOME to another folder; the same command resumes from there",
        ) from None
