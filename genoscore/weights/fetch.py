"""`models fetch`: files into the home folder, each under its name only once it is verified."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from genoscore.core.errors import WeightsError
from genoscore.weights.card import LARGEST, ModelCard
from genoscore.weights.files import DIGESTS, digest_of, fetched_folder, sha256
from genoscore.weights.licences import accepted_on
from genoscore.weights.sources import Source
from genoscore.weights.transfer import Size, SizeError, Watch, is_own_part

OFFLINE_VARIABLES = ("GENOSCORE_OFFLINE", "HF_HUB_OFFLINE")


@dataclass(frozen=True, slots=True)
class Fetched:
    """One file that is there now.

    Attributes:
        verdict: `fetched`, or `kept` if it was already there; followed by `, not pinned` if no digest is published.
    """

    path: Path
    digest: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Pin:
    """The digest that a file must have; '' if none is published.

    Attributes:
        algorithm: a key of `DIGESTS`.
    """

    digest: str
    algorithm: str = "sha256"


def is_offline() -> bool:
    """Whether the environment forbids the network: GENOSCORE_OFFLINE or HF_HUB_OFFLINE."""
    return any(
        os.environ.get(name, "").strip().lower() not in ("", "0", "no", "off", "false") for name in OFFLINE_VARIABLES
    )


def fetch(
    card: ModelCard, source: Source, watch: Watch | None = None, offline: bool = False, largest: int = LARGEST
) -> list[Fetched]:
    """Fetch what is missing; keep what is there and correct.

    Args:
        offline: fetch nothing from the network.
        largest: limit in bytes for a file whose size the card does not give.

    Raises:
        WeightsError: the licence was not accepted; a file is not available, too large, or not the published one; no
            disk space.
    """
    if accepted_on(card) is None:
        raise WeightsError(f"the licence of {card.name} ({card.licence}) is not accepted", "give --accept-licence")
    if not card.sha256:
        raise WeightsError(f"the card of {card.name} names no weight files", card.remedy)
    folder = fetched_folder(card.name)
    with alone_in(folder, f"the weights of {card.name}"):
        return _fetch(card, source, folder, watch or Watch(), offline, largest)


@contextlib.contextmanager
def alone_in(folder: Path, what: str) -> Iterator[None]:
    """Make a folder of the home folder, in which no other process fetches meanwhile.

    Args:
        what: its contents, in words.

    Raises:
        WeightsError: another process fetches there, or the folder cannot be written.
    """
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.parent / f".{folder.name}.lock", timeout=0):
            yield
    except Timeout:
        raise WeightsError(f"another process is fetching {what}", "wait for it") from None
    except OSError as error:
        raise WeightsError(
            f"{error.filename or folder} cannot be written ({error.strerror})", "set GENOSCORE_HOME to another folder"
        ) from None


def _fetch(card: ModelCard, source: Source, folder: Path, watch: Watch, offline: bool, largest: int) -> list[Fetched]:
    nothing_new = offline and source.remote
    present = {name: _usable(folder / name, digest, nothing_new) for name, digest in card.sha256.items()}
    missing = [name for name, fetched in present.items() if fetched is None]
    if missing and nothing_new:
        raise WeightsError(
            f"offline, and the weights of {card.name} lack {', '.join(missing)}",
            "fetch them where there is a network, and give --from FOLDER",
        )
    sizes = {name: Size(size, pinned=True) for name, size in card.sizes.items()}
    return [
        present[name] or bring(name, Pin(digest), sizes.get(name, Size(largest, pinned=False)), source, folder, watch)
        for name, digest in card.sha256.items()
    ]


def _usable(path: Path, pinned: str, unpinned_too: bool) -> Fetched | None:
    """The file, if it need not be fetched. Without a pinned digest it counts as usable only if `unpinned_too`."""
    if not path.is_file():
        return None
    digest = sha256(path)
    if pinned:
        return Fetched(path, digest, "kept") if digest == pinned else None
    return Fetched(path, digest, "kept, not pinned") if unpinned_too else None


def bring(
    name: str,
    pin: Pin,
    size: Size,
    source: Source,
    folder: Path,
    watch: Watch,
    check: Callable[[Path], None] | None = None,
) -> Fetched:
    """Fetch one file into a folder; what an earlier transfer left of it is completed if a digest is pinned.

    Args:
        check: raises WeightsError if a file that has the pinned digest cannot be used all the same.

    Raises:
        WeightsError: the file is not available, too large, or not the published one; no disk space.
    """
    path = folder / name
    part = path.with_name(path.name + ".part")
    resumed = _prepare(part, name, pin, watch)
    if not (resumed and digest_of(part, pin.algorithm) == pin.digest):
        try:
            source.bring(name, part, size, watch)
        except SizeError:
            part.unlink(missing_ok=True)
            raise
        finally:
            watch.end()
    digest = digest_of(part, pin.algorithm)
    if pin.digest and digest != pin.digest:
        part.unlink()
        if resumed:
            watch.note(f"{name}: what an earlier transfer left is not part of it; fetching it again")
            return bring(name, pin, size, source, folder, watch, check)
        raise WeightsError(
            f"{source.place(name)} is not the published file: its {DIGESTS[pin.algorithm]} is {digest}, the published "
            f"one's {pin.digest}",
            "it was not kept; fetch it again, or give another source with --from",
        )
    if check is not None:
        try:
            check(part)
        except WeightsError:
            part.unlink()
            raise
    done = Fetched(path, sha256(part), "fetched" if pin.digest else "fetched, not pinned")
    part.replace(path)
    return done


def _prepare(part: Path, name: str, pin: Pin, watch: Watch) -> bool:
    """Remove what cannot be completed; whether something can."""
    part.parent.mkdir(parents=True, exist_ok=True)
    if not pin.digest:  # nothing would reveal that the rest belongs to another version
        part.unlink(missing_ok=True)
        watch.note(f"{name}: no digest is pinned; the file cannot be verified")
    elif os.path.lexists(part) and not is_own_part(part):
        part.unlink()
        watch.note(f"{part} is not from an earlier transfer of yours; it is removed")
    return part.exists()
