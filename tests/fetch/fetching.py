"""Fetching the two small files of `tests.fetched`, and what has arrived."""

from __future__ import annotations

from pathlib import Path

import pytest

from genoscore.core.errors import WeightsError
from genoscore.weights import licences
from genoscore.weights.card import LARGEST, ModelCard
from genoscore.weights.fetch import Fetched, fetch
from genoscore.weights.files import fetched_folder
from genoscore.weights.sources import Source, UrlSource
from genoscore.weights.transfer import Watch
from tests.conftest import program
from tests.fetched import CONTENTS, FETCHED
from tests.local_servers import FileServer

CARD = FETCHED.card
SMALL, LARGE = CONTENTS
PROGRAM = program(fetched="tests.fetched:FETCHED")


class Notes(Watch):
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, int, int | None]] = []
        self.bytes = 0
        self.notes: list[str] = []

    def begin(self, name: str, place: str, done: int, total: int | None) -> None:
        self.begun.append((name, done, total))

    def advance(self, size: int) -> None:
        self.bytes += size

    def note(self, message: str) -> None:
        self.notes.append(message)


def fetch_small(
    source: Source | FileServer,
    watch: Watch | None = None,
    card: ModelCard = CARD,
    offline: bool = False,
    largest: int = LARGEST,
) -> list[Fetched]:
    licences.accept(card)
    place = UrlSource(f"{source.address}/v1/") if isinstance(source, FileServer) else source
    return fetch(card, place, watch, offline, largest)


def refusal(source: Source | FileServer, **more: object) -> str:
    with pytest.raises(WeightsError) as caught:
        fetch_small(source, **more)  # type: ignore[arg-type]
    assert caught.value.hint
    return caught.value.one_line()


def is_complete() -> bool:
    folder = fetched_folder("fetched")
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    } == CONTENTS


def part_of(name: str = LARGE) -> Path:
    return fetched_folder("fetched") / f"{name}.part"
