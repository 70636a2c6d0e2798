"""A file of scores that genoscore made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from genoscore.core.errors import GenoscoreError
from tests.conftest import Score
from tests.precomputed.score_files import other_base, row_at
from tests.small import SmallGenome


@pytest.fixture
def made(score_small: Score, small: SmallGenome, tmp_path: Path) -> Path:
    """A file that genoscore made: SNVs of chr1 and chr2, two of an overlap of genes, a record with a wrong REF."""
    rows = [row_at(small, pos) for pos in (110, 121, 260, 460, 480, 700)] + [row_at(small, 320, contig="chr2")]
    rows.insert(2, f"chr1 200 {other_base(small.sequences['chr1'][199])} <DEL>,{small.sequences['chr1'][199]}")
    score_small(rows, "made.vcf.gz")
    return tmp_path / "made.vcf.gz"


@pytest.fixture
def refused(score_small: Score, small: SmallGenome, tmp_path: Path) -> Callable[..., None]:
    """That a run with this file ends in one line with these words, and has no output."""

    def check(file: Path | str, *words: str, **options: object) -> None:
        with pytest.raises(GenoscoreError) as caught:
            score_small([row_at(small, 121)], "refused.vcf", precomputed=str(file), **options)
        line = caught.value.one_line()
        for word in words:
            assert word in line, line
        assert not (tmp_path / "refused.vcf").exists()

    return check
