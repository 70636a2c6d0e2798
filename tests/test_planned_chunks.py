"""A planned chunk is a value: it can be pickled and computed elsewhere, also with what a file already held of it."""

from __future__ import annotations

import pickle
from collections.abc import Collection, Mapping

import pytest

from genoscore.core.config import RunConfig
from genoscore.engine.assembly import Assembly
from genoscore.engine.run import compute_chunk, plan_chunk
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.genes import load_gene_models
from genoscore.inputs.precomputed import Alleles, Values
from genoscore.inputs.vcf import Record
from genoscore.planning.chunks import Chunk
from genoscore.planning.jobs import JobBuilder
from genoscore.scores.registry import make_scorer
from tests.small import SmallGenome
from tests.toy import BINS, TISSUE_TOY, TOY, ToyEntry, loaded

HELD = (0.11, 0.22, 0.33, 0.44, 1.0, 2.0, 3.0, 4.0)


class _Held:
    """Files that hold the scores of one ALT."""

    name, unreadable = "held", 0

    def find(self, wanted: Collection[Alleles]) -> Mapping[Alleles, Mapping[str, Collection[Values]]]:
        return {alleles: {"PLUS": [HELD]} for alleles in wanted if alleles.pos == 210}


def _records() -> tuple[Record, ...]:
    rows = [(205, "A"), (210, "A,ACC"), (212, "T"), (470, "G"), (900, "G")]
    return tuple(
        Record(at, ["chr1", str(pos), ".", "N", alt, ".", ".", "."], pos, tuple(alt.split(",")))
        for at, (pos, alt) in enumerate(rows)
    )


@pytest.mark.parametrize("entry", [TOY, TISSUE_TOY, BINS], ids=lambda entry: entry.card.name)
def test_a_planned_chunk_survives_pickling(small: SmallGenome, entry: ToyEntry) -> None:
    genome = ReferenceGenome(small.fasta)
    records = _records()
    for record in records:
        record.columns[3] = genome.fetch("chr1", record.pos - 1, record.pos)
    config = RunConfig("-", small.fasta, predictor=(entry.card.name,), distance=20)
    predictor = loaded(entry, config)
    builder = JobBuilder(predictor.spec, genome, load_gene_models(str(small.genes)), {})
    known = _Held() if entry is TOY else None
    scorer = make_scorer(predictor.spec, config)
    assembly = Assembly(predictor, scorer, builder, genome, None, None, frozenset(), False, known)
    planned = plan_chunk(Chunk(0, records), [assembly])
    genome.close()
    copied = pickle.loads(pickle.dumps(planned))
    assert repr(copied.taken) == repr(planned.taken)
    assert bool(copied.taken[entry.card.name]) == (known is not None)
    name = entry.card.name
    jobs = planned.jobs(name)
    assert [job.number for job in jobs] == list(range(len(jobs)))
    assert len(jobs) > len(records)
    results, rows = compute_chunk(planned, [assembly])
    again, rows_again = compute_chunk(copied, [assembly])
    assert [repr(result.alts) for result in again] == [repr(result.alts) for result in results]
    if known is not None:
        assert repr(rows_again) == repr(rows)
        held = again[1].alts[name][0]
        assert held.precomputed
        assert held.genes[0].values is not None
        assert held.genes[0].values[:4] == HELD[:4]
