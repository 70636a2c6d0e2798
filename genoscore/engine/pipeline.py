"""Stages of a run in parallel: read and plan ahead in one thread, write behind in another, compute in between.

Items keep the order of the input, and only a few are in progress at once, so memory stays bounded. An exception in any
stage is raised in the main thread. Threads are daemons: one that waits for a pipe does not keep the process alive.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from types import TracebackType
from typing import Generic, Self, TypeVar

T = TypeVar("T")
U = TypeVar("U")

_AHEAD = 2  # items that wait between two stages
_PATIENCE = 5.0  # seconds to wait for a thread to stop
_LOOK = 0.1  # seconds between checks for a stop


class _StoppedError(Exception):
    """The other side has gone."""


class _Channel(Generic[T]):
    """A bounded queue that either side can leave."""

    def __init__(self) -> None:
        self._queue: queue.Queue[T] = queue.Queue(_AHEAD)
        self.stopped = threading.Event()

    def put(self, item: T) -> None:
        while not self.stopped.is_set():
            with suppress(queue.Full):
                return self._queue.put(item, timeout=_LOOK)
        raise _StoppedError

    def get(self) -> T:
        while not self.stopped.is_set():
            with suppress(queue.Empty):
                return self._queue.get(timeout=_LOOK)
        raise _StoppedError


class _End:
    """No more items; or the exception that ended them."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class Ahead(Generic[T]):
    """Produces the items of an iterable in a separate thread, a few in advance."""

    def __init__(self, items: Iterable[T]) -> None:
        self._items = items
        self._channel: _Channel[T | _End] = _Channel()
        self._thread = threading.Thread(target=self._run, name="ahead", daemon=True)

    def _run(self) -> None:
        end = _End()
        with suppress(_StoppedError):
            try:
                for item in self._items:
                    self._channel.put(item)
            except _StoppedError:
                raise
            except BaseException as error:
                end = _End(error)
            self._channel.put(end)

    def __iter__(self) -> Iterator[T]:
        while True:
            item = self._channel.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item

    def stop(self) -> None:
        """Stop: nobody waits for further items."""
        self._channel.stopped.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._thread.join(_PATIENCE)


class Behind(Generic[T]):
    """Passes items to a function in a separate thread; on exit without an error, waits for the last of them.

    Args:
        on_failure: called when the function fails, so that nobody waits for more items.
    """

    def __init__(self, work: Callable[[T], None], on_failure: Callable[[], None] = lambda: None) -> None:
        self._work = work
        self._on_failure = on_failure
        self._channel: _Channel[T | _End] = _Channel()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="behind", daemon=True)

    def put(self, item: T) -> None:
        """Pass an item on; raises the exception of an earlier one."""
        try:
            self._channel.put(item)
        except _StoppedError:
            self._raise()

    def _run(self) -> None:
        try:
            while not isinstance(item := self._channel.get(), _End):
                self._work(item)
        except _StoppedError:
            pass
        except BaseException as error:
            self._error = error
            self._channel.stopped.set()
            self._on_failure()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            with suppress(_StoppedError):
                self._channel.put(_End())
            while self._thread.is_alive():  # so that Ctrl-C is noticed
                self._thread.join(_LOOK)
            self._raise()
            return
        self._channel.stopped.set()
        self._thread.join(_PATIENCE)
        if kind is _StoppedError:
            self._raise()


def spread(items: Iterable[T], workers: Sequence[Callable[[T], U]]) -> Iterator[U]:
    """Process every item with whichever worker is free; results come in the order of the items.

    A single worker runs in the calling thread; several run in one thread each (one per device), which stop after their
    current item when the caller leaves.
    """
    if len(workers) == 1:
        for item in items:
            yield workers[0](item)
        return
    channel: _Channel[tuple[T, Future[U]] | _End] = _Channel()
    threads = [threading.Thread(target=_serve, args=(channel, worker), daemon=True) for worker in workers]
    for thread in threads:
        thread.start()
    pending: deque[Future[U]] = deque()
    try:
        for item in items:
            future: Future[U] = Future()
            channel.put((item, future))
            pending.append(future)
            while len(pending) > len(workers) + _AHEAD or (pending and pending[0].done()):
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        channel.stopped.set()
        for thread in threads:
            thread.join(_PATIENCE)


def _serve(channel: _Channel[tuple[T, Future[U]] | _End], worker: Callable[[T], U]) -> None:
    with suppress(_StoppedError):
        while not isinstance(item := channel.get(), _End):
            payload, future = item
            try:
                future.set_result(worker(payload))
            except BaseException as error:
                future.set_exception(error)
