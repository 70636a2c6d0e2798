"""What a sample of a file of precomputed scores shows about its build, its genes and the form of its strings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from genoscore.core.errors import InputError
from genoscore.inputs.declared import misfit, other_symbols
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.genes import GeneModels
from genoscore.inputs.precomputed import STRING_FORM, Alleles, ScoreFile, ScoreRecord

_SAMPLE = 100  # records with scores, at each of two places per contig
_READ = 10_000  # records that are read to find them
_TOLERATED = 0.1  # share of REF alleles that differ, or of strings that cannot be read
_LEAST = 10  # compared REF alleles needed to judge a contig by itself
_ACGT = frozenset("ACGT")


@dataclass(slots=True)
class _Seen:
    """Counts over a sample."""

    refs: int = 0
    wrong: int = 0
    named: int = 0
    others: int = 0

    @property
    def is_other_build(self) -> bool:
        return self.wrong > _TOLERATED * self.refs


def check_sample(file: ScoreFile, genome: ReferenceGenome, genes: GeneModels | None) -> list[str]:
    """Compare the first scores of every contig, and those in its middle, with FASTA and genes; returns warnings.

    Raises:
        InputError: another build, other gene names, or strings of another form.
    """
    contigs = file.place(genome.lengths)
    total, strings = _Seen(), 0
    for contig in contigs:
        on_contig = _Seen()
        for record in _sample(file, contig, genome.lengths[contig]):
            strings += sum(map(len, record.strings.values()))
            _look_at(record, contig, file, genome, genes, on_contig)
        if on_contig.refs >= _LEAST and on_contig.is_other_build:
            raise _wrong_refs(file, genome, on_contig, f"on {contig} ")
        total = _Seen(*(getattr(total, key) + getattr(on_contig, key) for key in _Seen.__slots__))
    if total.is_other_build:
        raise _wrong_refs(file, genome, total, "")
    if file.unreadable > _TOLERATED * strings:
        raise InputError(
            f"precomputed {file.path}: {file.unreadable} of {strings} sampled {file.info_id} strings are not of the "
            f"form {STRING_FORM}",
            "leave the file out",
            path=str(file.path),
        )
    if genes is not None and 2 * total.others > total.named:
        raise other_symbols(str(file.path), total.others, total.named)
    file.unreadable = 0
    if not contigs:
        return [f"precomputed {file.path} and {genome.path} share no contig: nothing will be taken from it"]
    return []


def _sample(file: ScoreFile, contig: str, length: int) -> Iterator[ScoreRecord]:
    """Records with scores; those without reveal nothing (genoscore writes a record whatever its REF)."""
    last = 0
    for start in (0, length // 2):
        near = islice(file.records(contig, max(start, last), length), _READ)
        for record in islice((candidate for candidate in near if any(candidate.strings.values())), _SAMPLE):
            last = max(last, record.pos)
            yield record


def _look_at(
    record: ScoreRecord, contig: str, file: ScoreFile, genome: ReferenceGenome, genes: GeneModels | None, seen: _Seen
) -> None:
    start, end = record.pos - 1, record.pos - 1 + len(record.ref)
    bases = genome.fetch(contig, start, end)
    if end > genome.lengths[contig] or _ACGT.issuperset(bases):
        seen.refs += 1
        seen.wrong += bases != record.ref
    file_symbols = set()
    for alt, strings in record.strings.items():
        parsed = (file.parse(text, Alleles(contig, record.pos, record.ref, alt)) for text in strings)
        file_symbols |= {symbol_and_values[0] for symbol_and_values in parsed if symbol_and_values is not None}
    symbols = {gene.symbol for gene in genes.overlapping(contig, start, end)} if genes is not None else set()
    if file_symbols and symbols:
        seen.named += 1
        seen.others += not file_symbols & symbols


def _wrong_refs(file: ScoreFile, genome: ReferenceGenome, seen: _Seen, where: str) -> InputError:
    return misfit(
        file,
        f"is of another build: {where}{seen.wrong} of {seen.refs} sampled REF alleles are not what {genome.path} holds",
        "give a file of the reference's build",
    )
