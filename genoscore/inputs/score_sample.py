"""What a sample of a file of precomputed scores shows of its build, its genes and the form of its strings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from genoscore.core.errors import InputError
from genoscore.inputs.declared import misfit, other_symbols
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.genes import GeneModels
from genoscore.inputs.precomputed import STRING_FORM, Alleles, ScoreFile, ScoreRecord

_SAMPLE = 100  # records with scores, at two places of every contig
_READ = 10_000  # records that are read for them
_TOLERATED = 0.1  # share of the compared REF alleles
_LEAST = 10  # compared REF alleles, for a contig to be judged by itself
_ACGT = frozenset("ACGT")


@dataclass(slots=True)
class _Seen:
    """What a sample showed."""

    refs: int = 0
    wrong: int = 0
    named: int = 0
    others: int = 0

    @property
    def is_other_build(self) -> bool:
        return self.wrong > _TOLERATED * self.refs


def check_sample(file: ScoreFile, genome: ReferenceGenome, genes: GeneModels | None) -> list[str]:
    """Compare the first scores of every contig, and those of its middle, with FASTA and genes; returns warnings.

    Raises:
        InputError: another build, other gene names, or strings of another form.
    """
    contigs = file.place(genome.lengths)
    whole, strings = _Seen(), 0
    for contig in contigs:
        here = _Seen()
        for record in _sample(file, contig, genome.lengths[contig]):
            strings += sum(map(len, record.strings.values()))
            _look_at(record, contig, file, genome, genes, here)
        if here.refs >= _LEAST and here.is_other_build:
            raise _wrong_refs(file, genome, here, f"on {contig} ")
        whole = _Seen(*(getattr(whole, key) + getattr(here, key) for key in _Seen.__slots__))
    if whole.is_other_build:
        raise _wrong_refs(file, genome, whole, "")
    if file.unreadable > _TOLERATED * strings:
        raise InputError(
            f"precomputed {file.path}: {file.unreadable} of {strings} sampled {file.info_id} strings are not of the "
            f"form {STRING_FORM}",
            "leave the file out",
            path=str(file.path),
        )
    if genes is not None and 2 * whole.others > whole.named:
        raise other_symbols(str(file.path), whole.others, whole.named)
    file.unreadable = 0
    if not contigs:
        return [f"precomputed {file.path} and {genome.path} share no contig: nothing will be taken from it"]
    return []


def _sample(file: ScoreFile, contig: str, length: int) -> Iterator[ScoreRecord]:
    """Records with scores; those without show nothing (genoscore writes a record whatever its REF)."""
    last = 0
    for start in (0, length // 2):
        near = islice(file.records(contig, max(start, last), length), _READ)
        for record in islice((one for one in near if any(one.strings.values())), _SAMPLE):
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
    held = set()
    for alt, strings in record.strings.items():
        parsed = (file.parse(text, Alleles(contig, record.pos, record.ref, alt)) for text in strings)
        held |= {one[0] for one in parsed if one is not None}
    symbols = {gene.symbol for gene in genes.overlapping(contig, start, end)} if genes is not None else set()
    if held and symbols:
        seen.named += 1
        seen.others += not held & symbols


def _wrong_refs(file: ScoreFile, genome: ReferenceGenome, seen: _Seen, where: str) -> InputError:
    return misfit(
        file,
        f"is of another build: {where}{seen.wrong} of {seen.refs} sampled REF alleles are not what {genome.path} holds",
        "give a file of the reference's build",
    )
