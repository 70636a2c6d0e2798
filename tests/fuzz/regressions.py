"""ADD A FOUND INPUT HERE: the smallest case that shows what was wrong, under a name that says it."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from tests.fuzz import weight_seeds
from tests.fuzz.case import Case
from tests.fuzz.containers import bgzip, decompressed
from tests.fuzz.precomputed import packed
from tests.fuzz.reference import snvs
from tests.fuzz.seeds import bcfs, small_genome, vcfs
from tests.fuzz.variants import base_arguments, bcf_sites, compare


class Regression(NamedTuple):
    """A case, and what comes of it.

    Attributes:
        code: exit code.
        words: what the run prints, among other things.
    """

    case: Case
    code: int
    words: tuple[str, ...] = ()


def bcf_in_plain_gzip() -> Regression:
    """htslib cannot seek in it, which was called a bug in genoscore."""
    files = {**small_genome()[0], "in.bcf": gzip.compress(bcfs()[0], mtime=0)}
    check = partial(compare, "in.bcf", ["o.vcf", "o.tsv"], bcf_sites)
    arguments = ["score", "in.bcf", *base_arguments(), "--threads", "1", "-o", "o.vcf", "-o", "o.tsv"]
    return Regression(Case(files, arguments, frozenset({"o.vcf", "o.tsv"}), check=check), 0, ("15 records read",))


def bcf_of_another_version() -> Regression:
    """pysam cannot name the descriptor that it was given, and raises a TypeError, which was called a bug."""
    files = {**small_genome()[0], "in.bcf": gzip.compress(decompressed(bcfs()[0]).replace(b"BCF\2", b"BCF\6"), mtime=0)}
    return Regression(Case(files, ["check", "in.bcf", *base_arguments()]), 1, ("in.bcf is a damaged", "htslib cannot"))


def index_of_scores_cut_off() -> Regression:
    """htslib read beyond its end: a segmentation fault."""
    data, index = packed()
    cut = bgzip(decompressed(index)[:51])
    files = {**small_genome()[0], "in.vcf": snvs(), "p.vcf.gz": data, "p.vcf.gz.tbi": cut}
    arguments = ["score", "in.vcf", *base_arguments(), "--precomputed", "toy=p.vcf.gz", "-o", "o.vcf"]
    return Regression(Case(files, arguments), 1, ("p.vcf.gz.tbi", "damaged or truncated", "tabix -f -p vcf"))


def custom_model_without_data() -> Regression:
    """A TorchScript archive that has a tensor's shape but not its data: torch's error was called a bug."""
    files = dict(weight_seeds.custom())
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(files["net.pt"])) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), b"" if name.endswith("/data/0") else old.read(name))
    added = {f"home/models/mine/{name}": data for name, data in {**files, "net.pt": out.getvalue()}.items()}
    arguments = ["score", "in.vcf", *base_arguments(annotation="none", predictor="mine"), "-o", "o.vcf"]
    case = Case({**small_genome()[0], "in.vcf": vcfs()[0], **added}, arguments)
    return Regression(case, 1, ("net.pt: tensor weights has no data", "save it again"))


REGRESSIONS: tuple[Callable[[], Regression], ...] = (
    bcf_in_plain_gzip, bcf_of_another_version, index_of_scores_cut_off, custom_model_without_data,
)  # fmt: skip
