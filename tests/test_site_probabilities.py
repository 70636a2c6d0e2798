"""`--site-probabilities`: the probabilities of whole windows at the bases of the scores, and nowhere else."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

from genoscore import Scorer
from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.predictors import registry
from tests.conftest import Invoke, Score
from tests.oracle import OracleGene, Probabilities, allele_outputs
from tests.precomputed.score_files import row_at
from tests.random_variants import random_records
from tests.small import GENES, SmallGenome, infos, leftmost, read_table
from tests.toy import CONFIG, LEAKY, TISSUES, TOY, loaded, toy_network

pytestmark = pytest.mark.usefixtures("toy")
KINDS = ("AG", "AL", "DG", "DL")
DISTANCE, FLANK = 30, CONFIG.context_length // 2
BY_NAME = {name: OracleGene(strand, start, end, starts, ends) for name, _, strand, start, end, starts, ends in GENES}
ON = {"site_probabilities": True, "distance": DISTANCE}


@functools.lru_cache(maxsize=1)
def _toys() -> list[torch.nn.Module]:
    return list(loaded(TOY, RunConfig("-", Path("-"), predictor=("toy",))).networks)


def _one_hot(sequence: str) -> torch.Tensor:
    x = torch.zeros(1, 4, len(sequence))
    for place, letter in enumerate(sequence):
        if letter in "ACGT":
            x[0, "ACGT".index(letter), place] = 1.0
    return x


def _network(sequence: str) -> Probabilities:
    with torch.inference_mode():
        y = sum(network(_one_hot(sequence))[0] for network in _toys()) / 2
    return [(float(a), float(d)) for a, d in zip(y[1], y[2], strict=True)]


def _parquet(score_small: Score, rows: list[str], **options: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(score_small(rows, "p.parquet", **ON | options).outputs[0]).to_pylist()
    return found


@pytest.mark.parametrize("mask", ["none", "site"])
def test_probabilities_are_those_of_whole_windows(score_small: Score, small: SmallGenome, mask: str) -> None:
    """Of REF and of the haplotype with ALT, made by hand, at POS + DP; insertions and deletions, both strands."""
    seen = dict.fromkeys("+-", 0)
    for row in _parquet(score_small, random_records(small, 60, 5), mask=mask):
        if row["STATUS"] != "SCORED":
            continue
        contig, gene = small.sequences[row["CHROM"]], BY_NAME[row["GENE"]]
        moved = leftmost(contig, row["POS"], row["REF"], row["ALT"])
        alleles = allele_outputs(contig, gene, *moved, DISTANCE, FLANK, _network)
        for kind in KINDS:
            place = row[f"DP_{kind}"]
            if place is None:
                continue
            wanted = [of.get(row["POS"] - 1 + place, (0.0, 0.0))["AD".index(kind[0])] for of in alleles]
            assert [row[f"DS_{kind}_{allele}"] for allele in ("REF", "ALT")] == pytest.approx(wanted, abs=2e-6)
            seen[gene.strand] += 1
    assert min(seen.values()) > 20


@pytest.mark.parametrize("mask", ["none", "spliceai", "site"])
def test_their_difference_is_the_score(score_small: Score, small: SmallGenome, mask: str) -> None:
    """To the last bit, of losses the other way round; where a mask made it 0, there are none."""
    differences, hidden = 0, 0
    for row in _parquet(score_small, random_records(small, 60, 6), mask=mask):
        for kind in KINDS:
            ref, alt = (row[f"DS_{kind}_{allele}"] for allele in ("REF", "ALT"))
            score = row[f"DS_{kind}"]
            if score is None or f"{abs(score):.2f}" == "0.00":
                assert ref is alt is row[f"DP_{kind}"] is None
                hidden += score == 0
                continue
            more, less = (alt, ref) if kind[1] == "G" else (ref, alt)
            assert np.float32(more) - np.float32(less) == np.float32(score)
            differences += 1
    assert differences > 50
    assert hidden or mask == "none"


def _at_base(small: SmallGenome, row: dict[str, Any], place: int, tissue: str) -> list[float]:
    """With REF and with ALT at POS + place in a tissue, of unmasked sequence; replicates aligned, then averaged."""
    contig, gene = small.sequences[row["CHROM"]], BY_NAME[row["GENE"]]
    everywhere = OracleGene(gene.strand, 0, len(contig), gene.exon_starts, gene.exon_ends)
    moved = leftmost(contig, row["POS"], row["REF"], row["ALT"])
    of_replicates = []
    for seed in range(TISSUES.index(tissue), 4, len(TISSUES)):
        network = toy_network(seed, LEAKY).eval()

        def one(sequence: str, network: torch.nn.Module = network) -> Probabilities:
            with torch.inference_mode():
                return [(value, value) for value in network(_one_hot(sequence))[0, 1].tolist()]

        alleles = allele_outputs(contig, everywhere, *moved, DISTANCE, FLANK, one)
        of_replicates.append([of.get(row["POS"] - 1 + place, (0.0, 0.0))[0] for of in alleles])
    return [sum(values) / 2 for values in zip(*of_replicates, strict=True)]


@pytest.mark.parametrize("mask", ["none", "site"])
def test_probabilities_of_a_tissue(score_small: Score, small: SmallGenome, mask: str) -> None:
    """In the tissue whose own gain or loss is the largest, at the base of that."""
    tissues = set()
    for row in _parquet(score_small, random_records(small, 40, 7), predictor="tissue_toy", mask=mask):
        for kind in ("GAIN", "LOSS"):
            ref, alt = (row[f"{kind}_{allele}"] for allele in ("REF", "ALT"))
            if (place := row[f"DP_{kind}"]) is None:
                assert ref is alt is None
                continue
            assert alt - ref == pytest.approx(row[kind], abs=1e-6)
            (tissue, *_) = (name for name in TISSUES if row[f"{kind}_{name.upper()}"] == row[kind])
            assert [ref, alt] == pytest.approx(_at_base(small, row, place, tissue), abs=2e-6)
            tissues.add((kind, tissue))
    assert len(tissues) == 4


def _tables(score_small: Score, rows: list[str], **options: object) -> list[list[dict[str, str]]]:
    """Rows of a VCF, a long and a wide table, of both predictors."""
    names = "o.vcf", "o.tsv", "o.wide.tsv"
    done = score_small(rows, *names, predictor=("toy", "tissue_toy"), distance=DISTANCE, **options)
    return [read(path) for read, path in zip((infos, read_table, read_table), done.outputs, strict=True)]


def _is_probability(key: str) -> bool:
    return key.endswith(("_REF", "_ALT"))


@pytest.mark.parametrize("options", [{}, {"compat": True}, {"mask": "site,none"}])
def test_nothing_else_changes(score_small: Score, small: SmallGenome, options: dict[str, object]) -> None:
    """All other fields are as without, the peers' strings too."""
    rows = random_records(small, 50, 8)
    for without, with_ in zip(
        _tables(score_small, rows, **options),
        _tables(score_small, rows, site_probabilities=True, **options),
        strict=True,
    ):
        assert any(_is_probability(key) for key in with_[0])
        assert [{key: row[key] for key in row if not _is_probability(key)} for row in with_] == without


def test_outputs_agree(score_small: Score, small: SmallGenome) -> None:
    """INFO has those of the gene of MAX; `.` in every text where the score prints 0.00."""
    rows = random_records(small, 50, 9)
    vcf, tsv, wide = _tables(score_small, rows, site_probabilities=True)
    owners = [("TOY", f"DS_{kind}") for kind in KINDS] + [("TISSUE_TOY", kind) for kind in ("GAIN", "LOSS")]
    compared = 0
    for owner, score in owners:
        of_genes = {}
        for row in wide:
            key = row["CHROM"], row["POS"], row["REF"], row["ALT"], row["GENE"]
            of_genes[key] = row[f"{owner}_{score}_REF"], row[f"{owner}_{score}_ALT"]
            shown = "." if row[f"{owner}_{score}"] in (".", "0.00") else "0."
            assert all((text == ".") == (shown == ".") for text in of_genes[key])
        for row in tsv:
            if row["PREDICTOR"] == owner.lower() and row["STATUS"] == "SCORED":
                key = row["CHROM"], row["POS"], row["REF"], row["ALT"], row["GENE"]
                assert of_genes[key] == (row[f"{score}_REF"], row[f"{score}_ALT"])
        for text, fields in zip(rows, vcf, strict=True):
            contig, pos, ref, alts = text.split()
            cells = (fields[f"GS_{owner}_{key}"].split(",") for key in ("GENE", f"{score}_REF", f"{score}_ALT"))
            for alt, gene, *both in zip(alts.split(","), *cells, strict=True):
                assert gene == "." or of_genes[contig, pos, ref, alt, gene] == tuple(both)
                compared += "." not in both
    assert compared > 50


def test_from_python(score_small: Score, small: SmallGenome) -> None:
    rows = [row for row in random_records(small, 30, 10) if "," not in row]
    given = [(chrom, int(pos), ref, alt) for chrom, pos, ref, alt in map(str.split, rows)]
    with Scorer("toy", reference=small.fasta, annotation=small.genes, **ON) as scorer:
        found = scorer.score(given, genes="all")
    wanted = _parquet(score_small, rows)
    for kind in KINDS:
        for key in (f"DS_{kind}_REF", f"DS_{kind}_ALT"):
            assert [row[f"TOY_{key}"] for row in found] == [row[key] for row in wanted]
    assert any(row["TOY_DS_AG_ALT"] is not None for row in found)


def test_predictors_without_splice_sites(
    monkeypatch: pytest.MonkeyPatch, score_small: Score, small: SmallGenome, invoke: Invoke
) -> None:
    monkeypatch.setitem(registry._BUILT_IN, "bins", "tests.toy:BINS")
    with pytest.raises(ConfigError, match="--site-probabilities is not supported by bins"):
        score_small([row_at(small, 121)], "a.vcf", predictor="bins", **ON)
    (fields,) = score_small([row_at(small, 121)], "a.vcf", predictor=("bins", "toy"), **ON).infos
    assert "GS_TOY_DS_AG_REF" in fields
    place = row_at(small, 121).replace(" ", "-")
    arguments = [place, "-r", small.fasta, "-a", small.genes, "-p", "toy", "--site-probabilities"]
    assert invoke("check", *arguments).exit_code == 0
    printed = invoke("score", *arguments, "-o", "-").stdout
    assert "GS_TOY_DS_DL_ALT=" in printed
    assert invoke("explain", *arguments, "-o", "x").exit_code != 0


def test_scores_from_files_have_none(score_small: Score, small: SmallGenome) -> None:
    made = score_small([row_at(small, 121)], "made.vcf.gz", **ON).outputs[0]
    done = score_small([row_at(small, 121), row_at(small, 480)], "a.vcf", precomputed=str(made), **ON)
    assert any("precomputed scores of toy have no DS_AG_REF, DS_AG_ALT" in text for text in done.summary.warnings)
    taken, computed = done.infos
    assert {taken[f"GS_TOY_DS_{kind}_{allele}"] for kind in KINDS for allele in ("REF", "ALT")} == {"."}
    assert any(computed[f"GS_TOY_DS_{kind}_REF"] != "." for kind in KINDS)


def test_earlier_ones_are_replaced(score_small: Score, small: SmallGenome) -> None:
    text = score_small([row_at(small, 121)], "a.vcf", predictor=("toy", "tissue_toy"), **ON).outputs[0].read_text()
    assert "GS_TOY_DS_AG_REF=" in text
    assert "GS_TISSUE_TOY_LOSS_ALT=" in text
    again = score_small(text, "b.vcf", predictor=("toy", "tissue_toy")).outputs[0].read_text()
    assert "_REF" not in again
