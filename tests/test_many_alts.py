"""Records with very many ALTs: scored like few, in bounded memory."""

from __future__ import annotations

import random

import pytest

from genoscore.engine import scoring_stretches
from genoscore.inputs.vcf import Record
from genoscore.planning.chunks import make_chunks
from tests.conftest import Score
from tests.small import SmallGenome

pytestmark = pytest.mark.usefixtures("toy")


def _alts(ref: str, count: int) -> list[str]:
    rng = random.Random(5)
    distinct = {ref + "".join(rng.choices("ACGT", k=rng.randint(5, 8))) for _ in range(2 * count)}
    return sorted(distinct)[:count]


def test_many_alts_equal_one_each(score_small: Score, small: SmallGenome, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the size of the pieces in which they are scored."""
    ref = small.sequences["chr1"][479]  # in two genes
    alts = [*_alts(ref, 150), *[other for other in "ACGT" if other != ref] * 20]
    together = score_small([f"chr1 480 {ref} {','.join(alts)}"], "one.vcf").infos[0]
    separate = score_small([f"chr1 480 {ref} {alt}" for alt in alts], "many.vcf").infos
    assert together["SpliceAI"].split(",") == [text for entry in separate for text in entry["SpliceAI"].split(",")]
    assert together["GS_TOY_MAX"].split(",") == [entry["GS_TOY_MAX"] for entry in separate]
    sizes: list[int] = []
    score = scoring_stretches._rows
    monkeypatch.setattr(scoring_stretches, "SCORED_BYTES", 20_000)
    monkeypatch.setattr(scoring_stretches, "_rows", lambda jobs, *rest: sizes.append(len(jobs)) or score(jobs, *rest))
    assert score_small([f"chr1 480 {ref} {','.join(alts)}"], "pieces.vcf").infos[0] == together
    assert 1 < max(sizes) < 10


def test_chunks_are_bounded_by_alts() -> None:
    def record(index: int, alts: int) -> Record:
        return Record(index, ["chr1", "1", ".", "A", ",".join("C" * alts), ".", ".", "."], 1, ("C",) * alts)

    few = [record(at, 1) for at in range(600)]
    many = [record(at, 100) for at in range(600, 700)]
    chunks = list(make_chunks([*few, *many, record(700, 5_000), record(701, 1)]))
    assert [len(chunk.records) for chunk in chunks] == [512, 129, 41, 19, 1]
    assert [record.index for chunk in chunks for record in chunk.records] == list(range(702))
