"""Cases with damaged files of precomputed scores, or a damaged index of them."""

from __future__ import annotations

import functools
import random
import tempfile
from pathlib import Path

from tests.fuzz.case import Case
from tests.fuzz.containers import bgzip, damaged_container, decompressed
from tests.fuzz.lines import VCF_MUTATIONS, changed
from tests.fuzz.mutations import damaged
from tests.fuzz.reference import snvs
from tests.fuzz.seeds import small_genome
from tests.fuzz.variants import base_arguments, score_case, vcf_sites

_INFO = (
    '##INFO=<ID=SpliceAI,Number=.,Type=String,Description="Format: '
    'ALLELE|SYMBOL|DS_AG|DS_AL|DS_DG|DS_DL|DP_AG|DP_AL|DP_DG|DP_DL">'
)


@functools.cache
def scores() -> bytes:
    """As Illumina publishes them: an SNV a record, without `chr`."""
    lines = ["##fileformat=VCFv4.2", "##contig=<ID=1,length=1200>", "##contig=<ID=2,length=1200>", _INFO]
    lines.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")
    for line in snvs().decode().splitlines()[2:]:
        contig, pos, _, ref, alt = line.split("\t")[:5]
        if ref != "N":
            string = f"{alt}|{'PLUS' if contig == 'chr1' else 'LAST'}|0.10|0.00|0.31|0.00|1|2|-3|4"
            lines.append(f"{contig[3:]}\t{pos}\t.\t{ref}\t{alt}\t.\t.\tSpliceAI={string}")
    return "\n".join([*lines, ""]).encode()


@functools.cache
def packed() -> tuple[bytes, bytes]:
    """Those scores in small blocks, and their index."""
    data = bgzip(scores(), 2000)
    return data, index_of(data)


def index_of(data: bytes) -> bytes:
    """The tabix index of a bgzipped VCF; empty if there can be none."""
    import pysam

    with tempfile.TemporaryDirectory(prefix="genoscore-fuzz-") as folder:
        path = Path(folder, "p.vcf.gz")
        path.write_bytes(data)
        before = pysam.set_verbosity(0)
        try:
            pysam.tabix_index(str(path), preset="vcf", force=True)
            return Path(f"{path}.tbi").read_bytes()
        except (OSError, ValueError):
            return b""
        finally:
            pysam.set_verbosity(before)


def precomputed_case(rng: random.Random) -> Case:
    """The scores, their blocks, their index, or the index of other scores."""
    data, index = packed()
    kind = rng.random()
    if kind < 0.5:
        lines = scores()
        data = bgzip(changed(rng, lines, VCF_MUTATIONS, 3) if rng.random() < 0.7 else damaged(rng, lines), 2000)
        index = index_of(data) or index
    elif kind < 0.7:
        data = damaged_container(rng, data)
    elif kind < 0.9:
        index = bgzip(damaged(rng, decompressed(index))) if rng.random() < 0.6 else damaged_container(rng, index)
    else:
        data = bgzip(scores().replace(b"\tA\t", b"\tAC\t"), 700)  # another file than the index is of
    files = {**small_genome()[0], "in.vcf": snvs(), "p.vcf.gz": data, "p.vcf.gz.tbi": index}
    arguments = [*base_arguments(), "--precomputed", "toy=p.vcf.gz", "--precomputed-as", "distance=50,mask=none"]
    return score_case(rng, files, "in.vcf", vcf_sites, arguments)
