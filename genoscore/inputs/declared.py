"""Whether a file of precomputed scores fits a run, by what it declares, its name and what the user states about it.

A file that does not fit is refused before anything is computed. What its records show is in `score_sample`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from genoscore.core.config_groups import Stated
from genoscore.core.errors import InputError
from genoscore.inputs.contigs import find_alias, human_build, without_chr
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.fetched_annotation import PUBLISHED
from genoscore.inputs.genes import BUILT_IN
from genoscore.inputs.precomputed import STRING_FORM, ScoreFile

_PAIR = re.compile(r'(?<!\w)(\w+)=("(?:[^"\\]|\\.)*"|[^,]*)')
_BUILDS = {
    "GRCh37": re.compile(r"(?<![a-z0-9])(grch37|hg19|b37|hs37)", re.IGNORECASE),
    "GRCh38": re.compile(r"(?<![a-z0-9])(grch38|hg38|hs38)", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class _Rule:
    """How a key of the `##genoscore` line must agree between a file and a run.

    Attributes:
        differs: whether two values, the file's and the run's, mean different scores; '' is an absent key.
        why: what is wrong then; {file}, {run} are the two values, {file_annotation}, {run_annotation} the annotations.
        hint: the remedy; {file} is the file's value.
        undeclared: what is wrong if the run has the key and the file does not declare it; '' for nothing.
        undeclared_hint: the remedy; {run_distance}, {run_mask} are the run's.
        statable: whether `--precomputed-as` may state it instead of the file.
    """

    why: str
    hint: str
    differs: Callable[[str, str], bool] = operator.ne
    undeclared: str = ""
    undeclared_hint: str = "leave out one of the two"
    statable: bool = False


def _never(_file: str, _run: str) -> bool:
    return False


def _other_first(file: str, run: str) -> bool:
    """The first of two masks is that of the strings."""
    return file.partition(",")[0] != run.partition(",")[0]


def _one_is_bf16(file: str, run: str) -> bool:
    return (file == "bf16") != (run == "bf16")


def _both_and_other(file: str, run: str) -> bool:
    return bool(file and run) and file != run


_FREE = _Rule("", "", _never)
_RULES = {  # in the order in which they are applied; keys without a rule must be equal
    "Distance": _Rule(
        "distance {file}, this run has {run}",
        "give -d {file}, or leave the file out",
        undeclared="does not say which distance and mask it was made with",
        undeclared_hint="if you know that it was made as in this run: "
        "--precomputed-as distance={run_distance},mask={run_mask}",
        statable=True,
    ),
    "Mask": _Rule("mask {file}, this run has {run}", "give -m {file}, or leave the file out", _other_first),
    "Transcripts": _Rule(
        "--transcripts {file}, this run has {run}",
        "give the same --transcripts, or leave the file out",
        undeclared="does not say that it was made with --transcripts {run}",
    ),
    "WeightsSHA256": _Rule(
        "weights of SHA-256 {file}, this run has {run}", "give the weights that it was made with, or leave the file out"
    ),
    "Compat": _Rule(
        "--compat {file}, this run has {run}",
        "give --compat to both or to neither",
        undeclared="does not say that it was made by genoscore --compat",
    ),
    "Precision": _Rule("precision {file}, this run has {run}", "leave it out", _one_is_bf16),
    "Genes": _Rule(
        "other genes or exons than this run's: annotation {file_annotation}, here {run_annotation}",
        "give the same -a and --transcripts, or leave the file out",
        _both_and_other,
    ),
    **dict.fromkeys(("ID", "Version", "Command", "Annotation", "Reference", "Precomputed", "Reach"), _FREE),
}


def _rule(key: str) -> _Rule:
    return _RULES.get(key) or _Rule(key + " {file}, this run has {run}", "give the same, or leave the file out")


def declaration(line: str) -> dict[str, str]:
    """The values of a `##genoscore` header line.

    >>> declaration('##genoscore=<ID=TOY,Command="a \\\\"b\\\\", c",Distance=50>')
    {'ID': 'TOY', 'Command': 'a "b", c', 'Distance': '50'}
    """
    values = {}
    for key, value in _PAIR.findall(line.partition("<")[2].removesuffix(">")):
        quoted = value.startswith('"')
        values[key] = re.sub(r"\\(.)", r"\1", value[1:-1]) if quoted else value
    return values


def check_declaration(file: ScoreFile, name: str, run: Mapping[str, str], stated: Stated | None) -> list[str]:
    """Compare what the file declares, or the user states about it, with the run; returns warnings.

    Args:
        name: the predictor's.
        run: the values of the run's own `##genoscore` line.

    Raises:
        InputError: the file was made in another way, or nothing says how. Names both.
    """
    own = _own_lines(file, name)
    for line in own:
        _compare(file, "was made with", line, run)
    if stated is not None:
        as_stated = {**run, "Distance": str(stated.distance), "Mask": stated.mask}
        _compare(file, "has, according to --precomputed-as,", as_stated, run)
    if not (own and file.made_here):
        for key, rule in _RULES.items():
            if rule.undeclared and key in run and not (stated is not None and rule.statable):
                hint = rule.undeclared_hint.format(run_distance=run["Distance"], run_mask=run["Mask"].partition(",")[0])
                raise misfit(file, rule.undeclared.format(run=run[key]), hint)
    file.distance = int(run["Distance"])
    return _genes_unknown(file, own if file.made_here else [], run)


def _compare(file: ScoreFile, verb: str, theirs: Mapping[str, str], run: Mapping[str, str]) -> None:
    others = sorted({*theirs, *run} - _RULES.keys())
    for key in (*others, *_RULES):
        rule, their, our = _rule(key), theirs.get(key, ""), run.get(key, "")
        if rule.differs(their, our):
            shown = {"file": their[:64] or "off", "run": our[:64] or "off"}
            shown |= {"file_annotation": theirs.get("Annotation", "?"), "run_annotation": run.get("Annotation", "?")}
            raise misfit(file, f"{verb} {rule.why.format(**shown)}", rule.hint.format(file=their))


def _genes_unknown(file: ScoreFile, own: list[dict[str, str]], run: Mapping[str, str]) -> list[str]:
    """A warning if the file does not say which genes it was made with. Published files have SpliceAI's."""
    if (own and all("Genes" in line for line in own)) or (not own and run["Annotation"] in BUILT_IN):
        return []
    return [
        f"precomputed {file.path} does not say which genes it was made with; this run has {run['Annotation']}: scores "
        "may differ for genes whose ends differ"
    ]


def _own_lines(file: ScoreFile, name: str) -> list[dict[str, str]]:
    """What the file's runs of this predictor declare; several if `--keep-existing` kept records of earlier runs."""
    info = file.info_line
    if info is None:
        raise misfit(
            file,
            f"declares no INFO {file.info_id}, from which scores for {name} are taken",
            "give a file annotated by that tool or by genoscore",
        )
    form = re.search(r"Format: ([A-Z_|]+)", info)
    if form and form[1] != STRING_FORM:
        raise InputError(
            f"precomputed {file.path}: {file.info_id} has the form {form[1]}",
            f"expected: {STRING_FORM}",
            path=str(file.path),
        )
    runs = [declaration(line) for line in file.header.meta if line.startswith("##genoscore=<")]
    own = [run for run in runs if run.get("ID", "").partition(".")[0] == name.upper()]
    if not file.made_here:  # the strings are another tool's, made with its own genes
        return [{key: value for key, value in run.items() if key != "Genes"} for run in own]
    if not own:
        named = ", ".join(sorted({run.get("ID", "?") for run in runs})) or "no predictor"
        raise misfit(file, f"holds scores of {named}, not of {name.upper()}", "give a file of that predictor")
    return own


def misfit(file: ScoreFile, why: str, hint: str) -> InputError:
    """The error for a file that cannot be used."""
    return InputError(f"precomputed {file.path} {why}", hint, path=str(file.path))


def check_build(file: ScoreFile, genome: ReferenceGenome, annotation: str, stated: Stated | None) -> None:
    """Compare contig lengths, and everything that names a human build.

    Raises:
        InputError: the builds differ; names both.
    """
    for name, length in file.header.contigs.items():
        spelling = find_alias(name, genome.lengths, length)
        if length and spelling and without_chr(name) != "MT" and genome.lengths[spelling] != length:
            raise misfit(
                file,
                f"is of another build: its contig {name} has {length} bases, that of {genome.path} "
                f"{genome.lengths[spelling]}",
                "give a file of the reference's build",
            )
    run_build = human_build(genome.lengths) or _build_of_annotation(annotation)
    builds = dict(_named_builds(file, stated))
    if run_build:
        builds = {f"{genome.path} with {annotation}": run_build} | builds
    (first, build), *rest = builds.items() or [("", "")]
    for source, other in rest:
        if other != build:
            raise misfit(
                file,
                f"does not fit: {source} says {other}, {first} says {build}",
                "give a file of the reference's build (if it is one: correct its name or header)",
            )


def _named_builds(file: ScoreFile, stated: Stated | None) -> Iterator[tuple[str, str]]:
    """What names a build -> the build."""
    texts = {"its header's contigs": human_build(file.header.contigs), "its name": _named_build(file.path.name)}
    for line in file.header.meta:
        if line.startswith(("##reference=", "##assembly=")):
            texts[f"its header's {line[:60]}"] = _named_build(line)
        elif line.startswith("##genoscore=<"):
            declared = declaration(line).get("Annotation", "")
            texts[f"its annotation {declared}"] = _build_of_annotation(declared)
    if stated is not None and stated.build:
        texts["--precomputed-as"] = _named_build(stated.build)
    return ((source, build) for source, build in texts.items() if build)


def _build_of_annotation(annotation: str) -> str | None:
    """The human build of an annotation that is known by its name; None for files."""
    if annotation in PUBLISHED:
        return PUBLISHED[annotation].build
    return _named_build(annotation) if annotation in BUILT_IN else None


def _named_build(text: str) -> str | None:
    """The human build that a text names; None if it names none or both."""
    builds = [build for build, pattern in _BUILDS.items() if pattern.search(text)]
    return builds[0] if len(builds) == 1 else None


def other_symbols(path: str, others: int, named: int) -> InputError:
    """The error for a file with genes that the run's annotation does not have there."""
    return InputError(
        f"precomputed {path} was made with other genes: of {named} variants examined, {others} name no gene that the "
        "run's annotation has there",
        "give the annotation that it was made with, or leave the file out",
        path=path,
    )
