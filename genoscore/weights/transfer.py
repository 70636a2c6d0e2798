"""Bytes from an address or a folder to a file that may be there in part; goes on where it stopped."""

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

TRIES = 3  # in a row that bring nothing new
PAUSE = 1.0  # seconds before the second try
_TIMEOUT = httpx.Timeout(30.0, connect=15.0)  # seconds without a byte
_PASSING = {408, 425, 429, 500, 502, 503, 504}  # HTTP statuses of a server that may recover
_BLOCK = 1 << 18
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class Watch:
    """Is told how a transfer goes; does nothing."""

    def begin(self, name: str, place: str, done: int, total: int | None) -> None:
        """A file begins, `done` of its `total` bytes being there already; again after every interruption."""

    def advance(self, size: int) -> None:
        """So many more bytes of it are there."""

    def end(self) -> None:
        """It is there, or given up."""

    def note(self, message: str) -> None:
        """Something that the user should know."""


class _InterruptedError(Exception):
    """A transfer that another try may complete."""


def copy(source: Path, part: Path, name: str, watch: Watch) -> None:
    """Copy a file.

    Raises:
        WeightsError: it cannot be read, or there is no room.
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
    """Fetch `url` into `part`, from where `part` ends; tries again for as long as every few tries bring something.

    Args:
        headers: sent to the address itself, and not to another host that it may redirect to.

    Raises:
        WeightsError: not found, unreachable, broken off for good, or no room. `part` stays, to go on from.
    """
    own = {"User-Agent": f"genoscore/{__version__}", "Accept-Encoding": "identity"}
    most, failed = _size(part), 0
    with httpx.Client(follow_redirects=True, timeout=_TIMEOUT, headers=own | (headers or {})) as client:
        while True:
            try:
                return _stream(client, url, part, name, watch)
            except (_InterruptedError, httpx.TransportError) as error:
                failed = 1 if _size(part) > most else failed + 1
                most = max(most, _size(part))
                why = str(error) or type(error).__name__
                if failed >= TRIES or isinstance(error, httpx.UnsupportedProtocol):
                    raise _given_up(url, _size(part), why) from None
                watch.note(f"{name}: {why}; trying again")
                time.sleep(PAUSE * failed)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise WeightsError(f"{url} cannot be fetched ({error})", "check the address") from None


def _stream(client: httpx.Client, url: str, part: Path, name: str, watch: Watch) -> None:
    have = _size(part)
    with client.stream("GET", url, headers={"Range": f"bytes={have}-"} if have else {}) as response:
        status = f"{response.status_code} {response.reason_phrase}".strip()
        begins = _first_byte(response)
        if response.status_code == 416 or begins not in (0, have):  # the part is not of this file
            part.unlink(missing_ok=True)
            raise _InterruptedError(f"{status}: what was there is not a part of it")
        if response.status_code in _PASSING:
            raise _InterruptedError(status)
        if response.status_code not in (200, 206):
            raise WeightsError(f"{url}: {status}", "check the address, or give another source with --from")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise WeightsError(f"{url} comes only compressed", "give another source with --from")
        length = response.headers.get("Content-Length")
        total = begins + int(length) if length is not None else None
        with _writing(part), open(part, "ab" if begins else "wb") as out:
            _check_room(part, (total or begins) - begins)
            watch.begin(name, url, begins, total)
            for block in response.iter_raw():  # as it comes: what a larger block waits for may never come
                out.write(block)
                watch.advance(len(block))


def _first_byte(response: httpx.Response) -> int:
    """Offset of the answer's first byte in the file."""
    match = _RANGE.match(response.headers.get("Content-Range", ""))
    return int(match[1]) if response.status_code == 206 and match else 0


def _given_up(url: str, size: int, why: str) -> WeightsError:
    if not size:
        return WeightsError(f"{url} cannot be fetched ({why})", "check the network and the address")
    return WeightsError(
        f"{url} broke off after {size:,} bytes ({why})", "run the same command again: it goes on from there"
    )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _check_room(part: Path, wanted: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if free < wanted:
        raise WeightsError(
            f"{part.parent} has room for {free:,} bytes, {wanted:,} are wanted",
            "make room, or set GENOSCORE_HOME to a folder on another disk",
        )


@contextlib.contextmanager
def _writing(part: Path) -> Iterator[None]:
    """From an error of the disk to one that says where and what to do."""
    try:
        yield
    except OSError as error:
        raise WeightsError(
            f"{part} cannot be written ({error.strerror})",
            "make room, or set GENOSCORE_HOME to another folder; the same command goes on from there",
        ) from None
