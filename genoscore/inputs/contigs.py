"""Contig names across files: `chr1`, `1` and RefSeq's `NC_000001.11`; the mitochondrion; which human build it is."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping

# Lengths in bases that tell the human builds apart (NCBI, GRCh37.p13 and GRCh38.p14).
_BUILD_LENGTHS = {
    "GRCh37": {
        "1": 249250621, "2": 243199373, "3": 198022430, "4": 191154276, "5": 180915260, "6": 171115067,
        "7": 159138663, "8": 146364022, "9": 141213431, "10": 135534747, "11": 135006516, "12": 133851895,
        "13": 115169878, "14": 107349540, "15": 102531392, "16": 90354753, "17": 81195210, "18": 78077248,
        "19": 59128983, "20": 63025520, "21": 48129895, "22": 51304566, "X": 155270560, "Y": 59373566,
    },
    "GRCh38": {
        "1": 248956422, "2": 242193529, "3": 198295559, "4": 190214555, "5": 181538259, "6": 170805979,
        "7": 159345973, "8": 145138636, "9": 138394717, "10": 133797422, "11": 135086622, "12": 133275309,
        "13": 114364328, "14": 107043718, "15": 101991189, "16": 90338345, "17": 83257441, "18": 80373285,
        "19": 58617616, "20": 64444167, "21": 46709983, "22": 50818468, "X": 156040895, "Y": 57227415,
    },
}  # fmt: skip

# Versions of RefSeq's NC_000001 to NC_000024 (22 autosomes, X, Y) in GRCh37; in GRCh38 each is one higher.
_GRCH37_VERSIONS = (10, 11, 11, 11, 9, 11, 13, 10, 11, 10, 9, 11, 10, 8, 9, 9, 10, 9, 9, 10, 8, 10, 10, 9)
_RCRS = "NC_012920.1"  # the mitochondrion of both builds
_RCRS_LENGTH = 16569
_MITOCHONDRIAL = frozenset({"chrM", "M", "MT", "chrMT", _RCRS})


def _accessions() -> dict[str, tuple[str, str]]:
    """RefSeq accession -> chromosome, build."""
    accessions = {}
    for number, (chromosome, version) in enumerate(zip(_BUILD_LENGTHS["GRCh37"], _GRCH37_VERSIONS, strict=True), 1):
        accessions[f"NC_{number:06}.{version}"] = chromosome, "GRCh37"
        accessions[f"NC_{number:06}.{version + 1}"] = chromosome, "GRCh38"
    return accessions


_ACCESSIONS = _accessions()
_BY_CHROMOSOME = {place: accession for accession, place in _ACCESSIONS.items()}


@functools.lru_cache(maxsize=4096)
def without_chr(contig: str) -> str:
    """The name without a leading `chr`, also for RefSeq's accessions of human chromosomes; the mitochondrion is MT.

    >>> without_chr("chr1"), without_chr("1"), without_chr("chrM")
    ('1', '1', 'MT')
    >>> without_chr("NC_000023.11"), without_chr("NC_000023.10"), without_chr("NC_000023.9")
    ('X', 'X', 'NC_000023.9')
    """
    if contig in _MITOCHONDRIAL:
        return "MT"
    if contig in _ACCESSIONS:
        return _ACCESSIONS[contig][0]
    return contig[3:] if contig.startswith("chr") else contig


def is_mitochondrial(contig: str) -> bool:
    """Whether a contig is a mitochondrion, by its name.

    >>> is_mitochondrial("chrM"), is_mitochondrial("NC_012920.1"), is_mitochondrial("1")
    (True, True, False)
    """
    return contig in _MITOCHONDRIAL


def find_alias(contig: str, lengths: Mapping[str, int], declared_length: int | None) -> str | None:
    """The spelling of `contig` in `lengths`, or None. An accession never matches a chromosome of the other human build.

    >>> find_alias("20", {"chr20": 9}, None), find_alias("chr20", {"20": 9}, None), find_alias("21", {"chr20": 9}, None)
    ('chr20', '20', None)
    >>> find_alias("MT", {"chrM": 16571}, 16569) is None, find_alias("MT", {"chrM": 16569}, 16569)
    (True, 'chrM')
    >>> find_alias("chr1", {"NC_000001.11": 9}, None), find_alias("NC_000001.11", {"1": 9}, None)
    ('NC_000001.11', '1')
    >>> find_alias("NC_000001.11", {"1": 249250621}, None), find_alias("NC_000001.11", {"NC_000001.10": 9}, None)
    (None, None)
    """
    if contig in lengths:
        return contig
    if contig in _MITOCHONDRIAL:
        length = _RCRS_LENGTH if contig == _RCRS else declared_length
        return next((name for name in lengths if name in _MITOCHONDRIAL and lengths[name] == length), None)
    bare = without_chr(contig)
    spellings = [bare, "chr" + bare, *(_BY_CHROMOSOME.get((bare, build), bare) for build in _BUILD_LENGTHS)]
    build = _ACCESSIONS[contig][1] if contig in _ACCESSIONS else None
    known = (name for name in spellings if name in lengths)
    return next((name for name in known if build is None or _build_of(name, lengths[name]) in (build, None)), None)


def _build_of(contig: str, length: int | None) -> str | None:
    """The human build that an accession, or else a chromosome's length, belongs to."""
    if contig in _ACCESSIONS:
        return _ACCESSIONS[contig][1]
    bare = without_chr(contig)
    return next((build for build, known in _BUILD_LENGTHS.items() if length and known.get(bare) == length), None)


def human_build(lengths: Mapping[str, int | None]) -> str | None:
    """`GRCh37` or `GRCh38` if, by length or accession, a contig is of that build and none of the other; else None.

    >>> human_build({"chr20": 63025520}), human_build({"20": 64444167}), human_build({"chr20": 5})
    ('GRCh37', 'GRCh38', None)
    >>> human_build({"NC_000001.11": None}), human_build({"NC_000001.11": None, "2": 243199373})
    ('GRCh38', None)
    """
    builds = {build for name, length in lengths.items() if (build := _build_of(name, length))}
    return builds.pop() if len(builds) == 1 else None


def spelt_like(example: str, contigs: Iterable[str]) -> dict[str, str]:
    """Contigs in the spelling of an example: with `chr`, without it, or RefSeq's accessions.

    >>> spelt_like("chr2", ["1", "MT"]), spelt_like("2", ["chr1", "x"]), spelt_like("NC_000002.12", ["chr1", "x"])
    ({'1': 'chr1', 'MT': 'chrMT'}, {'chr1': '1', 'x': 'x'}, {'chr1': 'NC_000001.11', 'x': 'x'})
    """
    if example in _ACCESSIONS:
        build = _ACCESSIONS[example][1]
        return {name: _BY_CHROMOSOME.get((without_chr(name), build), name) for name in contigs}
    if example.startswith("chr"):
        return {name: "chr" + without_chr(name) for name in contigs}
    return {name: without_chr(name) for name in contigs}
