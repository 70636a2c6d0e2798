"""Copies an address or a file to a local file, resuming where an interrupted transfer stopped."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpx

from genoscore._version import __version__
from genoscore.core.addresses import without_credentials
from genoscore.core.errors import WeightsError
from genoscore.weights.files import require_regular
from genoscore.weights.pace import Pace, StalledError

TRIES = 3  # consecutive attempts without progress
PAUSE = 1.0  # seconds before the second attempt
_TIMEOUT = httpx.Timeout(30.0, connect=15.0)  # seconds without a byte
_PASSING = {408, 425, 429, 500, 502, 503, 504}  # HTTP statuses of a server that may recover
_BLOCK = 1 << 18
_RANGE = re.compile(r"bytes ([0-9]{1,18})-[0-9]+/([0-9]+|\*)")
_PERCENT = "check --from; characters of a user name or password such as / ? # @ must be percent-encoded"
_SOURCE = "give another source with --from"


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


@dataclass(frozen=True, slots=True)
class Size:
    """How large a file may be.

    Attributes:
        most: bytes of the published file; of another, the bytes that are accepted at most.
        pinned: whether the published file's size is known.
    """

    most: int
    pinned: bool

    def check(self, place: str, size: int, complete: bool) -> None:
        """Refuse a file of another size.

        Args:
            size: bytes of the file, as the source states them, or those that have arrived.
            complete: whether `size` is that of the whole file.

        Raises:
            WeightsError: too large, or not the published size.
        """
        if self.pinned and (size > self.most or (complete and size != self.most)):
            actual = f"{size:,}" if complete else f"more than {self.most:,}"
            raise SizeError(
                f"{place} is not the published file: it has {actual} bytes, the published one {self.most:,}",
                f"it was not kept; {_SOURCE}",
            )
        if size > self.most:
            raise SizeError(
                f"{place} has more than {self.most:,} bytes", "if it should be that large, give --max-size GB"
            )


class SizeError(WeightsError):
    """A file is larger than it may be, or has another size than the published one."""


class _InterruptedError(Exception):
    """A transfer that another attempt may complete."""


def copy(source: Path, part: Path, name: str, size: Size, watch: Watch) -> None:
    """Copy a file.

    Raises:
        WeightsError: it cannot be read, is not a regular file or not of that size, or there is no disk space.
    """
    require_regular(source)
    try:
        total = source.stat().st_size
        reader = open(source, "rb")  # noqa: SIM115
    except OSError as error:
        raise WeightsError(f"{source} cannot be read ({error.strerror})", "check the path given to --from") from None
    with reader, _writing(part):
        size.check(str(source), total, complete=True)
        _check_room(part, total)
        watch.begin(name, str(source), 0, total)
        with _open_part(part, resume=False) as out:
            for block in iter(lambda: reader.read(_BLOCK), b""):
                size.check(str(source), out.tell() + len(block), complete=False)  # it may grow meanwhile
                out.write(block)
                watch.advance(len(block))


def download(url: str, part: Path, name: str, size: Size, watch: Watch, headers: dict[str, str] | None = None) -> None:
    """Download `url` to `part`, from where `part` ends; retries as long as some of the attempts make progress.

    Args:
        headers: sent to the address itself, but not to another host that it may redirect to.

    Raises:
        WeightsError: not found, not of that size, unreachable, interrupted too often, too slow, redirected to a scheme
            that is refused, or no disk space. `part` stays, to resume from.
    """
    shown = without_credentials(url)
    most, failures = _size(part), 0
    with _client(url, headers or {}) as client:
        while True:
            try:
                return _stream(client, url, part, name, size, watch)
            except (_InterruptedError, httpx.TransportError) as error:
                failures = 1 if _size(part) > most else failures + 1
                most = max(most, _size(part))
                why = str(error) or type(error).__name__
                if failures >= TRIES or isinstance(error, httpx.UnsupportedProtocol):
                    raise _given_up(shown, _size(part), why) from None
                watch.note(f"{name}: {why}; trying again")
                time.sleep(PAUSE * failures)
            except StalledError as error:
                raise _given_up(shown, _size(part), str(error)) from None
            except httpx.InvalidURL:
                raise WeightsError(f"{shown} redirects to an address that is not valid", _SOURCE) from None
            except httpx.HTTPError as error:
                raise WeightsError(f"{shown} cannot be fetched ({error})", "check the address") from None


def _client(url: str, headers: dict[str, str]) -> httpx.Client:
    def check(request: httpx.Request) -> None:
        """Called before every request, those of redirects included."""
        if request.url.scheme not in ("https", "http") or (secure and request.url.scheme != "https"):
            raise WeightsError(
                f"{shown} redirects to an address that begins with {request.url.scheme}:, which is refused", _SOURCE
            )

    secure = url.startswith("https:")
    try:
        httpx.URL(url)
    except httpx.InvalidURL:  # the message would repeat a part of a password
        raise WeightsError("the address cannot be fetched: it is not a valid URL", _PERCENT) from None
    shown = without_credentials(url)
    defaults = {"User-Agent": f"genoscore/{__version__}", "Accept-Encoding": "identity"}
    try:
        return httpx.Client(
            follow_redirects=True, timeout=_TIMEOUT, headers=defaults | headers, event_hooks={"request": [check]}
        )
    except (ValueError, ImportError, httpx.InvalidURL):  # the message would show a password
        raise WeightsError(
            f"{shown} cannot be fetched: the environment names a proxy that cannot be used",
            "check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY",
        ) from None


def _stream(client: httpx.Client, url: str, part: Path, name: str, size: Size, watch: Watch) -> None:
    have, shown = _size(part), without_credentials(url)
    wanted = {"Range": f"bytes={have}-"} if have else {}
    with Pace() as pace, client.stream("GET", url, headers=wanted, extensions={"trace": pace.trace}) as response:
        begins = _begin(response, have, part, shown)
        length = response.headers.get("Content-Length")
        total = begins + int(length) if length is not None else None
        if total is not None:
            size.check(shown, total, complete=True)
        with _writing(part), _open_part(part, resume=begins > 0) as out:
            _check_room(part, (total or begins) - begins)
            watch.begin(name, shown, begins, total)
            arrived = begins
            for block in response.iter_raw():  # as bytes arrive: a larger block might wait for bytes that never come
                arrived += len(block)
                size.check(shown, arrived, complete=False)
                out.write(block)
                watch.advance(len(block))
                pace.advance(len(block))


def _begin(response: httpx.Response, have: int, part: Path, shown: str) -> int:
    """Offset, in the file, of the response's first byte, once its status and headers are as they should be."""
    status = f"{response.status_code} {httpx.codes.get_reason_phrase(response.status_code)}".strip()
    match = _RANGE.match(response.headers.get("Content-Range", ""))
    begins = int(match[1]) if response.status_code == 206 and match else 0
    if response.status_code == 416 or begins not in (0, have):  # the part is of another file
        part.unlink(missing_ok=True)
        raise _InterruptedError(f"{status}: what was there is not part of it")
    if response.status_code in _PASSING:
        raise _InterruptedError(status)
    if response.status_code not in (200, 206):
        raise WeightsError(f"{shown}: {status}", f"check the address, or {_SOURCE}")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise WeightsError(f"{shown} is only served compressed", _SOURCE)
    return begins


def _given_up(place: str, size: int, why: str) -> WeightsError:
    if not size:
        return WeightsError(f"{place} cannot be fetched ({why})", "check the network and the address")
    return WeightsError(
        f"{place} broke off after {size:,} bytes ({why})", "run the same command again: it resumes from there"
    )


def is_own_part(part: Path) -> bool:
    """Whether an earlier transfer of this user may have left a file: not if it is a link, a pipe or another user's."""
    try:
        status = part.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_nlink == 1 and status.st_uid == os.geteuid()


def _open_part(part: Path, resume: bool) -> BinaryIO:
    """Open it for writing, at its end or as a new file; never through a link."""
    if not resume:
        part.unlink(missing_ok=True)
    return open(part, "ab" if resume else "xb", opener=lambda path, flags: os.open(path, flags | os.O_NOFOLLOW, 0o666))


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
