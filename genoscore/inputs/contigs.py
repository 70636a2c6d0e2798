"""Contig names across files: `chr1` and `1`, the mitochondrion, and which human build a set of lengths belongs to."""

from __future__ import annotations

import functools
from collections.abc import Mapping

_MITOCHONDRIAL = frozenset({"chrM", "M", "MT", "chrMT"})

# Lengths in bases that tell the human builds apart (NCBI, GRCh37.p13 and GRCh38.p14).
_BUILD_LENGTHS = {
    "GRCh37": {
        "1": 249250621, "2": 243199373, "3": 198022430, "7": 159138663, "11": 135006516, "13": 115169878,
        "17": 81195210, "19": 59128983, "20": 63025520, "21": 48129895, "22": 51304566, "X": 155270560,
    },
    "GRCh38": {
        "1": 248956422, "2": 242193529, "3": 198295559, "7": 159345973, "11": 135086622, "13": 114364328,
        "17": 83257441, "19": 58617616, "20": 64444167, "21": 46709983, "22": 50818468, "X": 156040895,
    },
}  # fmt: skip


@functools.lru_cache(maxsize=4096)
def without_chr(contig: str) -> str:
    """The name without a leading `chr`; the mitochondrion is MT.

    >>> without_chr("chr1"), without_chr("1"), without_chr("chrM")
    ('1', '1', 'MT')
    """
    if contig in _MITOCHONDRIAL:
        return "MT"
    return contig[3:] if contig.startswith("chr") else contig


def find_alias(contig: str, lengths: Mapping[str, int], declared_length: int | None) -> str | None:
    """How `lengths` spells `contig`, or None.

    >>> find_alias("20", {"chr20": 9}, None), find_alias("chr20", {"20": 9}, None), find_alias("21", {"chr20": 9}, None)
    ('chr20', '20', None)
    >>> find_alias("MT", {"chrM": 16571}, 16569) is None, find_alias("MT", {"chrM": 16569}, 16569)
    (True, 'chrM')
    """
    if contig in lengths:
        return contig
    if contig in _MITOCHONDRIAL:
        return next((name for name in lengths if name in _MITOCHONDRIAL and lengths[name] == declared_length), None)
    other = contig[3:] if contig.startswith("chr") else "chr" + contig
    return other if other in lengths else None


def human_build(lengths: Mapping[str, int | None]) -> str | None:
    """`GRCh37` or `GRCh38` where at least one contig has that build's length and none the other's.

    >>> human_build({"chr20": 63025520}), human_build({"20": 64444167}), human_build({"chr20": 5})
    ('GRCh37', 'GRCh38', None)
    """
    votes = {
        build: sum(lengths.get(name) == n or lengths.get("chr" + name) == n for name, n in known.items())
        for build, known in _BUILD_LENGTHS.items()
    }
    found = [build for build, count in votes.items() if count]
    return found[0] if len(found) == 1 else None
