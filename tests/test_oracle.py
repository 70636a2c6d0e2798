"""The engine agrees with the slow oracle on random variants of every kind."""

from __future__ import annotations

import functools
import random
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genoscore.core.config import RunConfig
from genoscore.core.variants import Status
from genoscore.engine.assembly import Assembly
from genoscore.engine.results import AltResult
from genoscore.engine.run import compute_chunk, plan_chunk
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.genes import load_gene_models
from genoscore.inputs.vcf import Record
from genoscore.planning.chunks import make_chunks
from genoscore.planning.jobs import JobBuilder
from genoscore.predictors.splicing.predictor import SplicePredictor
from genoscore.scores.registry import make_scorer
from tests.oracle import OracleGene, Probabilities, oracle_scores
from tests.small import GENES, SmallGenome
from tests.toy import CONFIG, TOY, loaded

FLANK = CONFIG.context_length // 2
BY_NAME = {name: OracleGene(strand, start, end, starts, ends) for name, _, strand, start, end, starts, ends in GENES}
_INDEX = {"A": 0, "C": 1, "G": 2, "T": 3}


@functools.lru_cache(maxsize=1)
def _networks() -> list[torch.nn.Module]:
    return list(loaded(TOY, RunConfig("-", Path("-"), predictor=("toy",))).networks)


def _network(sequence: str) -> Probabilities:
    """Both toy replicates averaged, on a one-hot made by hand."""
    x = torch.zeros(1, 4, len(sequence))
    for place, letter in enumerate(sequence):
        if letter in _INDEX:
            x[0, _INDEX[letter], place] = 1.0
    with torch.inference_mode():
        y = sum(network(x)[0] for network in _networks()) / 2
    return [(float(a), float(d)) for a, d in zip(y[1], y[2], strict=True)]


@st.composite
def variants(draw: st.DrawFn) -> tuple[str, int, int, str]:
    """Contig, start, length of REF and ALT."""
    contig = draw(st.sampled_from(["chr1", "chr2"]))
    edges = [edge for _, name, _, start, end, *_ in GENES if "chr" + name == contig for edge in (start, end)]
    near = st.sampled_from(edges).flatmap(lambda edge: st.integers(edge - 4, edge + 4))
    start = draw(st.one_of(st.integers(0, 1199), near))
    start = max(0, min(start, 1199))
    length = draw(st.one_of(st.just(1), st.integers(1, 28)))
    alt = draw(st.text("ACGT", min_size=1, max_size=28))
    return contig, start, min(length, 1200 - start), alt


class _WindowsOnly:
    """The toy predictor without its fast way, so that the engine takes the generic one."""

    def __init__(self, predictor: SplicePredictor) -> None:
        self.spec, self.device = predictor.spec, predictor.device
        self.predict, self.to_fallback = predictor.predict, predictor.to_fallback


def _score(
    small: SmallGenome, rows: list[tuple[str, int, str, str]], distance: int, mask: str, batch: int, whole: bool = False
) -> list[AltResult]:
    config = RunConfig("-", small.fasta, predictor=("toy",), distance=distance, mask=mask)
    genome = ReferenceGenome(small.fasta)
    predictor = _WindowsOnly(loaded(TOY, config)) if whole else loaded(TOY, config)
    builder = JobBuilder(predictor.spec, genome, load_gene_models(str(small.genes)), {})
    own_ids: frozenset[str] = frozenset()
    assembly = Assembly(predictor, make_scorer(predictor.spec, config), builder, genome, batch, None, own_ids, False)
    made = [
        Record(i, [contig, str(start + 1), ".", ref, alt, ".", ".", "."], start + 1, (alt,))
        for i, (contig, start, ref, alt) in enumerate(rows)
    ]
    results = [
        result for chunk in make_chunks(made) for result in compute_chunk(plan_chunk(chunk, [assembly]), [assembly])[0]
    ]
    genome.close()
    return [result.alts["toy"][0] for result in results]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(variants(), min_size=1, max_size=6),
    distance=st.sampled_from([0, 1, 5, 17, 50, 200]),
    mask=st.sampled_from(["none", "spliceai", "site"]),
    batch=st.sampled_from([1, 3, 64]),
    whole=st.booleans(),
)
def test_engine_agrees_with_the_oracle(
    small: SmallGenome, rows: list[tuple[str, int, int, str]], distance: int, mask: str, batch: int, whole: bool
) -> None:
    made = [(contig, start, small.sequences[contig][start : start + n], alt) for contig, start, n, alt in rows]
    for (contig, start, ref, alt), result in zip(made, _score(small, made, distance, mask, batch, whole), strict=True):
        if "N" in ref:
            assert result.status is Status.NON_ACGT
            continue
        hit = result.status is Status.SCORED
        assert hit or result.status is Status.NO_GENE
        for scores in result.genes:
            wanted = oracle_scores(
                small.sequences[contig],
                BY_NAME[scores.gene.symbol],
                start + 1,
                ref,
                alt,
                distance,
                FLANK,
                mask,
                _network,
            )
            assert scores.values[:4] == pytest.approx(wanted[:4], abs=2e-6)
            for delta, where, wanted_where in zip(scores.values[:4], scores.values[4:8], wanted[4:], strict=True):
                assert where == wanted_where or abs(delta) < 1e-5


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("contig", ["chr1", "chr2"])
def test_genes_found_are_those_over_the_trimmed_ref(small: SmallGenome, contig: str) -> None:
    sequence = small.sequences[contig]
    rows = [(contig, start, sequence[start], "A" if sequence[start] != "A" else "C") for start in range(80, 1200, 7)]
    for (_, start, _, _), result in zip(rows, _score(small, rows, 5, "none", 8), strict=True):
        names = [name for name, on, _, left, right, *_ in GENES if "chr" + on == contig and left <= start < right]
        assert [scores.gene.symbol for scores in result.genes] == names


def test_batch_size_changes_nothing_before_rounding(small: SmallGenome) -> None:
    rng = random.Random(5)
    rows = []
    for _ in range(40):
        start, length = rng.randrange(80, 780), rng.choice([1, 1, 3, 9])
        rows.append(
            (
                "chr1",
                start,
                small.sequences["chr1"][start : start + length],
                rng.choice("ACGT") + rng.choice(["", "GTA"]),
            )
        )
    found = [_score(small, rows, 50, "none", batch, whole) for batch in (1, 3, 64) for whole in (True, False)]
    for other in found[1:]:
        for one, two in zip(found[0], other, strict=True):
            for a, b in zip(one.genes, two.genes, strict=True):
                assert a.values[:4] == pytest.approx(b.values[:4], abs=1e-5)
