"""The interface of output formats, and groups of outputs that appear only when all are complete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar

from genoscore.core.pending import restoring
from genoscore.engine.results import RecordResult
from genoscore.inputs.kept_values import KeptValue
from genoscore.outputs.consequence_fields import Evidence
from genoscore.outputs.files import FileOutput
from genoscore.scores.base import Scorer

if TYPE_CHECKING:
    from genoscore.outputs.annotated import VcfText

Item = TypeVar("Item", contravariant=True)


class Output(Protocol[Item]):
    """Writes items in order. `commit` makes the output appear; without it nothing is left behind.

    `prepare` comes first and does everything that can fail, so that several outputs appear together or not at all.
    """

    target: str

    @property
    def note(self) -> str:
        """A message for the user at the end; '' for none."""
        ...

    def write(self, item: Item, /) -> None:
        """Add one item."""
        ...

    def prepare(self) -> None:
        """Finish the output under its temporary name."""
        ...

    def commit(self) -> None:
        """Give the prepared output its final name."""
        ...

    def discard(self) -> None:
        """Remove everything that was written; harmless after `commit`."""
        ...


Writer = Output[RecordResult]  # the formats of `genoscore score`


@dataclass(frozen=True, slots=True)
class WriterContext:
    """What a writer may need from a run; every format is opened as `format(target, context)`.

    Attributes:
        text: the lines of the annotated VCF, and its header.
        scorers: predictor -> scorer, in the order of `-p`.
        provenance: predictor -> the values of its `##genoscore` header line.
        contig_lengths: of the FASTA, in its order of contigs.
        sourced: whether tables have the column SOURCE, since some scores come from files.
        kept: values that tables copy from the records.
        consequences: those predictors whose results say what becomes of the transcript, with the rules of what their
            scores count for, if there are any.
    """

    text: VcfText
    scorers: Mapping[str, Scorer]
    provenance: Mapping[str, Mapping[str, str]]
    contig_lengths: Mapping[str, int]
    sourced: bool = False
    kept: Sequence[KeptValue] = ()
    consequences: Mapping[str, Evidence | None] = field(default_factory=dict)


class OutputGroup(Generic[Item]):
    """Several outputs that appear together, or not at all."""

    def __init__(self) -> None:
        self._writers: list[Output[Item]] = []
        self._complete: list[FileOutput] = []

    def add(self, writer: Output[Item]) -> None:
        """Add a writer to the group."""
        self._writers.append(writer)

    def write(self, item: Item) -> None:
        """Pass it to every output."""
        for writer in self._writers:
            writer.write(item)

    def prepare(self) -> list[str]:
        """Finish every output under its temporary name. Returns messages for the user."""
        for writer in self._writers:
            writer.prepare()
        return list(dict.fromkeys(writer.note for writer in self._writers if writer.note))

    def add_complete(self, output: FileOutput) -> None:
        """Add a file that takes no items to the group, and finish it."""
        self._complete.append(output)
        output.prepare()

    @property
    def lost_values(self) -> int:
        """Number of values of the input that the prepared outputs cannot hold."""
        return sum(writer.lost_values for writer in self._writers if isinstance(writer, FileOutput))

    def commit(self) -> None:
        """Let all prepared outputs appear.

        If one cannot appear, those that have are removed again, and the files that they replaced are restored. A
        plug-in's output that is not a `FileOutput` cannot be undone, so such outputs come last.
        """
        outputs = [*(writer for writer in self._writers if isinstance(writer, FileOutput)), *self._complete]
        files = [file for output in outputs for file in output.files]
        with restoring(files):
            for file in files:
                file.publish()
            for writer in self._writers:
                if not isinstance(writer, FileOutput):
                    writer.commit()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in self._writers:
            writer.discard()
        for output in self._complete:
            output.discard()


WriterGroup = OutputGroup[RecordResult]
