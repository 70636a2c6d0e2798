"""Indexes by position that are whole, and those that htslib would read beyond their end."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import pysam
import pytest

from genoscore.inputs.position_index import is_whole_index
from tests.conftest import Score
from tests.precomputed.score_files import row_at, write_packed
from tests.small import SmallGenome, vcf_text


@pytest.fixture(params=["tbi", "csi"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The index of a VCF with records on both contigs, some of them far apart."""
    rows = [f"chr1 {pos} A C" for pos in (5, 900, 40_000, 90_000)] + ["chr2 7 A C"]
    path = write_packed(vcf_text(rows), tmp_path / "a.vcf.gz")
    if request.param == "csi":
        pysam.tabix_index(str(path), preset="vcf", force=True, csi=True)
    return Path(f"{path}.{request.param}")


def test_every_cut_is_seen(index: Path) -> None:
    assert is_whole_index(index)
    data, written = gzip.decompress(index.read_bytes()), index.read_bytes()
    for size in range(len(data)):
        if len(data) - size != 8:  # the last number may be absent
            index.write_bytes(gzip.compress(data[:size]))
            assert not is_whole_index(index), size
    for size in range(0, len(written) - 28, 7):
        index.write_bytes(written[:size])
        assert not is_whole_index(index), size
    index.write_bytes(gzip.compress(data + b"\0"))
    assert not is_whole_index(index)


def test_counts_that_cannot_be(index: Path) -> None:
    data = gzip.decompress(index.read_bytes())
    for at in range(4, len(data) - 8, 4):
        for count in (-1, -(2**31), 2**31 - 1):
            index.write_bytes(gzip.compress(data[:at] + struct.pack("<i", count) + data[at + 4 :]))
            is_whole_index(index)  # ends, whatever it says: most of these words are offsets
    for at, count in ((4, -1), (8, 60)) if index.suffix == ".csi" else ((4, -1), (4, 3), (12, 7), (32, -5)):
        index.write_bytes(gzip.compress(data[:at] + struct.pack("<i", count) + data[at + 4 :]))
        assert not is_whole_index(index), (at, count)


def test_a_file_that_is_no_index(tmp_path: Path) -> None:
    for data in (b"", b"text", gzip.compress(b"text"), gzip.compress(b"")):
        (tmp_path / "a.tbi").write_bytes(data)
        assert not is_whole_index(tmp_path / "a.tbi")


@pytest.mark.usefixtures("toy")
def test_a_cut_index_of_precomputed_scores_is_an_error(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    """It was a segmentation fault."""
    rows = [row_at(small, 121)]
    score_small(rows, "made.vcf.gz")
    index = tmp_path / "made.vcf.gz.tbi"
    index.write_bytes(gzip.compress(gzip.decompress(index.read_bytes())[:51]))
    with pytest.raises(Exception, match="tbi cannot be read: it is damaged or truncated") as caught:
        score_small(rows, "o.vcf", precomputed=str(tmp_path / "made.vcf.gz"))
    assert "run: tabix -f -p vcf" in caught.value.one_line()  # type: ignore[attr-defined]
