"""Text that would fill the memory, as a small gzip may hold it, and lines that other programs cut short."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from genoscore.core.errors import InputError
from genoscore.inputs import lines, vcf
from genoscore.inputs.lines import LineReader
from genoscore.inputs.vcf import VcfReader
from tests.conftest import Score
from tests.small import vcf_text


def test_a_line_beyond_the_limit_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(lines, "_LONGEST_LINE", 100)
    for end in (b"\n", b"\r\n", b""):
        data = b"\n".join([b"short", b"a" * (100 - len(end or b".")) + end])
        assert [len(line) for line in LineReader(io.BytesIO(data), "input")] == [5, 100 - len(end or b".")]
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"short\n" + b"\0" * 5_000_000))
    with pytest.raises(InputError, match=r"input \S+a\.gz, line 2: is longer than 99 bytes"):
        list(LineReader(path, "input"))


def test_a_header_beyond_the_limit_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    text = vcf_text([], ["##"] * 100).encode()
    assert len(VcfReader(io.BytesIO(text)).header.meta) == 103
    monkeypatch.setattr(vcf, "_LARGEST_HEADER", 5_000)
    with pytest.raises(InputError, match=r"line \d+: the header is too large"):
        VcfReader(io.BytesIO(text))


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("line", ["##x=a\0b", "chr1\t121\t.\tA\tC\t.\t.\tS=a\0b", "chr1\0\t121\t.\tA\tC\t.\t.\t."])
def test_nul_bytes_are_damage(line: str, score_small: Score, tmp_path: Path) -> None:
    """htslib ends a line there: the scores behind it would be lost in a BCF, and to whoever reads the VCF."""
    header, rows = ([line], ["chr1 121 A C"]) if line.startswith("##") else ([], ["chr1 121 A C", line])
    with pytest.raises(InputError, match=r"in\.vcf, line \d.* holds a NUL byte"):
        score_small(vcf_text(rows, header), "o.vcf", "o.bcf")
    assert [path.name for path in tmp_path.iterdir()] == ["in.vcf"]
