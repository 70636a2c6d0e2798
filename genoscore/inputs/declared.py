"""Whether a file of precomputed scores fits a run: what it says of itself, and what a sample of its records shows.

A file that does not fit is refused before anything is computed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from genoscore.core.config import Stated
from genoscore.core.errors import InputError
from genoscore.inputs.contigs import find_alias, human_build, without_chr
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.genes import BUILT_IN, GeneModels
from genoscore.inputs.precomputed import FIELDS, Alleles, ScoreFile, ScoreRecord

# Of the `##genoscore` line, what may differ without another score; annotation and precision are looked at apart.
_MAY_DIFFER = frozenset({"ID", "Version", "Command", "Annotation", "Genes", "Reference", "Precision", "Precomputed"})
_WORDS = {
    "Distance": ("distance", "give -d {}, or leave the file out"),
    "Mask": ("mask", "give -m {}, or leave the file out"),
    "WeightsSHA256": ("weights of SHA-256", "give the weights it was made with, or leave the file out"),
    "Transcripts": ("--transcripts", "give the same --transcripts, or leave the file out"),
    "Compat": ("--compat", "give --compat to both or to neither"),
}
_PAIR = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^,]*)')
_BUILDS = {
    "GRCh37": re.compile(r"(?<![a-z0-9])(grch37|hg19|b37|hs37)", re.IGNORECASE),
    "GRCh38": re.compile(r"(?<![a-z0-9])(grch38|hg38|hs38)", re.IGNORECASE),
}
_FORM = "ALLELE|SYMBOL|" + "|".join(FIELDS)
_SAMPLE = 100  # records with scores, at two places of every contig
_READ = 10_000  # records that are read for them
_TOLERATED = 0.1  # share of the compared REF alleles
_LEAST = 10  # compared REF alleles, for a contig to be judged by itself
_ACGT = frozenset("ACGT")


def declaration(line: str) -> dict[str, str]:
    """The values of a `##genoscore` header line.

    >>> declaration('##genoscore=<ID=TOY,Command="a \\\\"b\\\\", c",Distance=50>')
    {'ID': 'TOY', 'Command': 'a "b", c', 'Distance': '50'}
    """
    found = {}
    for key, value in _PAIR.findall(line.partition("<")[2].removesuffix(">")):
        quoted = value.startswith('"')
        found[key] = re.sub(r"\\(.)", r"\1", value[1:-1]) if quoted else value
    return found


def check_declaration(file: ScoreFile, name: str, run: Mapping[str, str], stated: Stated | None) -> list[str]:
    """Compare what the file declares, or the user states of it, with the run; returns warnings.

    Args:
        name: the predictor's.
        run: what the run's own `##genoscore` line says.

    Raises:
        InputError: made for something else, or nobody says what for. Names both.
    """
    own = _own_lines(file, name)
    for line in own:
        _compare(file, "was made with", line, run)
        if (line.get("Precision") == "bf16") != (run["Precision"] == "bf16"):
            raise _other(
                file, "was made with", "precision", line.get("Precision", ""), run["Precision"], "leave it out"
            )
    if stated is not None:
        said = {**run, "Distance": str(stated.distance), "Mask": stated.mask}
        _compare(file, "is said to have (--precomputed-as)", said, run)
    if not (own and file.made_here):
        if stated is None:
            as_this_run = f"distance={run['Distance']},mask={run['Mask']}"
            raise InputError(
                f"precomputed {file.path} does not say with which distance and mask it was made",
                f"if you know that it was made as in this run: --precomputed-as {as_this_run}",
            )
        if "Transcripts" in run:
            raise InputError(
                f"precomputed {file.path} does not say that it was made with --transcripts {run['Transcripts']}",
                "leave out one of the two",
            )
        if "Compat" in run:
            raise InputError(
                f"precomputed {file.path} does not say that it was made by genoscore --compat",
                "leave out one of the two",
            )
    file.distance = int(run["Distance"])
    return _genes_unknown(file, own if file.made_here else [], run)


def _genes_unknown(file: ScoreFile, own: list[dict[str, str]], run: Mapping[str, str]) -> list[str]:
    """Refuse a file made with other genes; a warning where it does not say which. Published files have SpliceAI's."""
    for line in own:
        if "Genes" in line and "Genes" in run and line["Genes"] != run["Genes"]:
            raise InputError(
                f"precomputed {file.path} was made with other genes or exons than this run's: annotation "
                f"{line.get('Annotation', '?')}, here {run['Annotation']}",
                "give the same -a and --transcripts, or leave the file out",
            )
    if (own and all("Genes" in line for line in own)) or (not own and run["Annotation"] in BUILT_IN):
        return []
    return [
        f"precomputed {file.path} does not say with which genes it was made, this run has {run['Annotation']}: the "
        "scores of a gene whose ends differ in the two may differ too"
    ]


def _own_lines(file: ScoreFile, name: str) -> list[dict[str, str]]:
    """What the file's runs of this predictor declare; several, where `--keep-existing` kept records of earlier ones."""
    info = file.info_line
    if info is None:
        raise InputError(
            f"precomputed {file.path} declares no INFO {file.info_id}, of which scores for {name} are taken",
            "give a file annotated by that tool or by genoscore",
        )
    form = re.search(r"Format: ([A-Z_|]+)", info)
    if form and form[1] != _FORM:
        raise InputError(f"precomputed {file.path}: {file.info_id} has the form {form[1]}", f"wanted: {_FORM}")
    runs = [declaration(line) for line in file.header.meta if line.startswith("##genoscore=<")]
    own = [run for run in runs if run.get("ID", "").partition(".")[0] == name.upper()]
    if file.made_here and not own:
        named = ", ".join(sorted({run.get("ID", "?") for run in runs})) or "no predictor"
        raise InputError(
            f"precomputed {file.path} holds scores of {named}, not of {name.upper()}", "give a file of that predictor"
        )
    return own


def _compare(file: ScoreFile, verb: str, theirs: Mapping[str, str], run: Mapping[str, str]) -> None:
    for key in sorted({*theirs, *run} - _MAY_DIFFER):
        their, our = theirs.get(key, ""), run.get(key, "")
        if their != our:
            words, hint = _WORDS.get(key, (key, "give the same, or leave the file out"))
            raise _other(file, verb, words, their, our, hint.format(their))


def _other(file: ScoreFile, verb: str, what: str, their: str, our: str, hint: str) -> InputError:
    their, our = (value[:64] or "off" for value in (their, our))
    return InputError(f"precomputed {file.path} {verb} {what} {their}, this run has {our}", hint)


def check_build(file: ScoreFile, genome: ReferenceGenome, annotation: str, stated: Stated | None) -> None:
    """Compare contig lengths, and whatever names a human build.

    Raises:
        InputError: another build; names both.
    """
    for name, length in file.header.contigs.items():
        held = find_alias(name, genome.lengths, length)
        if length and held and without_chr(name) != "MT" and genome.lengths[held] != length:
            raise InputError(
                f"precomputed {file.path} is of another build: its contig {name} has {length} bases, that of "
                f"{genome.path} {genome.lengths[held]}",
                "give a file of the reference's build",
            )
    of_run = human_build(genome.lengths) or (_named_build(annotation) if annotation in BUILT_IN else None)
    said = dict(_said_builds(file, stated))
    if of_run:
        said = {f"{genome.path} with {annotation}": of_run} | said
    (first, build), *rest = said.items() or [("", "")]
    for by, other in rest:
        if other != build:
            raise InputError(
                f"precomputed {file.path} does not fit: {by} says {other}, {first} says {build}",
                "give a file of the reference's build (if it is one: mend its name or header)",
            )


def _said_builds(file: ScoreFile, stated: Stated | None) -> Iterator[tuple[str, str]]:
    """Who says so -> the build."""
    texts = {"its header's contigs": human_build(file.header.contigs), "its name": _named_build(file.path.name)}
    for line in file.header.meta:
        if line.startswith(("##reference=", "##assembly=")):
            texts[f"its header's {line[:60]}"] = _named_build(line)
        elif line.startswith("##genoscore=<"):
            declared = declaration(line).get("Annotation", "")
            if declared in BUILT_IN:
                texts[f"its annotation {declared}"] = _named_build(declared)
    if stated is not None and stated.build:
        texts["--precomputed-as"] = _named_build(stated.build)
    return ((by, build) for by, build in texts.items() if build)


def _named_build(text: str) -> str | None:
    """The human build that a text names; None where it names none or both."""
    found = [build for build, pattern in _BUILDS.items() if pattern.search(text)]
    return found[0] if len(found) == 1 else None


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
            f"form {_FORM}",
            "leave the file out",
        )
    if genes is not None and 2 * whole.others > whole.named:
        raise other_symbols(str(file.path), whole.others, whole.named)
    file.unreadable = 0
    if not contigs:
        return [f"precomputed {file.path} and {genome.path} share no contig: nothing will be taken from it"]
    return []


def other_symbols(path: str, others: int, named: int) -> InputError:
    """The file names genes that the run's annotation does not have there."""
    return InputError(
        f"precomputed {path} was made with other genes: of {named} variants looked at, {others} have no gene of a name "
        "that the run's annotation has there",
        "give the annotation that it was made with, or leave the file out",
    )


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
    return InputError(
        f"precomputed {file.path} is of another build: {where}{seen.wrong} of {seen.refs} sampled REF alleles are not "
        f"what {genome.path} holds",
        "give a file of the reference's build",
    )
