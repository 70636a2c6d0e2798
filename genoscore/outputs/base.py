"""The seam of an output format, and files that appear only when they are complete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar

from genoscore.engine.results import RecordResult
from genoscore.inputs.kept_values import KeptValue
from genoscore.outputs.files import FileOutput
from genoscore.scores.base import Scorer

if TYPE_CHECKING:
    from genoscore.outputs.annotated import VcfText

Item = TypeVar("Item", contravariant=True)


class Output(Protocol[Item]):
    """Writes what it is given, in order. `commit` makes the output appear; without it nothing is left behind.

    `prepare` comes first and does all that can fail, so that several outputs appear together or not at all.
    """

    target: str

    @property
    def note(self) -> str:
        """For the user, at the end; '' for nothing."""
        ...

    def write(self, item: Item, /) -> None:
        """Add one."""
        ...

    def prepare(self) -> None:
        """Finish the output under its temporary name."""
        ...

    def commit(self) -> None:
        """Put the prepared output under its name."""
        ...

    def discard(self) -> None:
        """Remove whatever was written; harmless after `commit`."""
        ...


Writer = Output[RecordResult]  # the formats of `genoscore score`


@dataclass(frozen=True, slots=True)
class WriterContext:
    """What a writer may need of a run; every format is opened as `format(target, context)`.

    Attributes:
        text: the lines of the annotated VCF, and its header.
        scorers: predictor -> scorer, in the order of `-p`.
        provenance: predictor -> the values of its `##genoscore` header line.
        contig_lengths: of the FASTA, in its order.
        sourced: tables have the column SOURCE, for scores some of which come from files.
        kept: what tables take over from the records.
    """

    text: VcfText
    scorers: Mapping[str, Scorer]
    provenance: Mapping[str, Mapping[str, str]]
    contig_lengths: Mapping[str, int]
    sourced: bool = False
    kept: Sequence[KeptValue] = ()


class OutputGroup(Generic[Item]):
    """Several outputs that appear together, or not at all."""

    def __init__(self) -> None:
        self._writers: list[Output[Item]] = []

    def add(self, writer: Output[Item]) -> None:
        """Take over a writer."""
        self._writers.append(writer)

    def write(self, item: Item) -> None:
        """Pass it to every output."""
        for writer in self._writers:
            writer.write(item)

    def commit(self) -> list[str]:
        """Finish every output, then let all appear; what the user should know of them.

        Where one cannot appear, those that have are taken back, and the files that they replaced are there again. An
        output of another distribution that is not a `FileOutput` cannot be taken back: these come last.
        """
        for writer in self._writers:
            writer.prepare()
        files = [writer for writer in self._writers if isinstance(writer, FileOutput)]
        others = [writer for writer in self._writers if not isinstance(writer, FileOutput)]
        try:
            for file in files:
                file.publish()
            for other in others:
                other.commit()
        except BaseException:
            for file in reversed(files):
                file.restore()
            raise
        return list(dict.fromkeys(writer.note for writer in self._writers if writer.note))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in self._writers:
            writer.discard()


WriterGroup = OutputGroup[RecordResult]
