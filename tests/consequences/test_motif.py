"""Whole runs with a predictor that reads splice sites' consensus: known losses and gains, whatever the options."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from genoscore import RunConfig, Scorer, score_vcf
from genoscore.core.errors import InputError
from genoscore.outputs.consequence_fields import COLUMN_TYPES
from genoscore.predictors import registry
from tests.fuzz.case import rng_of
from tests.fuzz.consequences import random_files
from tests.fuzz.transcripts import Transcript, World, plant

_EXONS = ((100, 220), (400, 490), (700, 760), (960, 1080))


@pytest.fixture(autouse=True)
def _motif(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, row in {"motif": "tests.motif_toy:MOTIF", "toy": "tests.toy:TOY"}.items():
        monkeypatch.setitem(registry._BUILT_IN, name, row)


def _world(strand: str) -> tuple[World, Transcript]:
    """Four exons with full consensus, none elsewhere."""
    rng = random.Random(3)
    world = World({"chr1": [rng.choice("AC") if strand == "+" else rng.choice("GT") for _ in range(1300)]})
    made = Transcript("T.1", "chr1", strand, _EXONS)
    plant(rng, world, made, always=True)
    return world, made


def _run(folder: Path, world: World, made: Transcript, variants: list[tuple[int, str, str]], **options: Any) -> Any:
    """Rows of a run: POS, REF, ALT given."""
    (folder / "g.fa").write_text(f">chr1\n{world.bases('chr1')}\n")
    ids = 'gene_id "G"; gene_name "G"; transcript_id "T.1";'
    exons = [f"chr1\tx\texon\t{start + 1}\t{end}\t.\t{made.strand}\t.\t{ids}\n" for start, end in made.exons]
    (folder / "a.gtf").write_text("".join(exons))
    rows = [f"chr1\t{pos}\t.\t{ref}\t{alt}\t.\t.\t.\n" for pos, ref, alt in variants]
    head = "##fileformat=VCFv4.2\n##contig=<ID=chr1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    (folder / "in.vcf").write_text(head + "".join(rows))
    out = str(folder / "o.parquet")
    score_vcf(
        RunConfig(
            str(folder / "in.vcf"), folder / "g.fa", (out,), ("motif",), annotation=str(folder / "a.gtf"),
            threads=1, **options,
        )
    )  # fmt: skip
    return pyarrow.parquet.read_table(out).to_pylist()


@pytest.mark.parametrize("strand", "+-")
@pytest.mark.parametrize(
    "options",
    [{"distance": 0}, {"distance": 1}, {"distance": 4}, {"distance": 399}, {"distance": 4999}, {"mask": "none,site"},
     {"distance": 0, "reach": 200}, {"site_probabilities": True}],
)  # fmt: skip
def test_a_lost_donor_skips_its_exon_whatever_the_options(strand: str, options: dict[str, Any], tmp_path: Path) -> None:
    world, made = _world(strand)
    exon = made.exons[1] if strand == "+" else made.exons[2]
    pos = exon[1] + 1 if strand == "+" else exon[0]
    ref = world.bases("chr1")[pos - 1]
    (row,) = _run(tmp_path, world, made, [(pos, ref, "A" if strand == "+" else "T")], **options)
    length = exon[1] - exon[0]
    assert (row["EVENT"], row["EVENT_EXON"], row["EVENT_NT"]) == ("exon_skipping", "2", -length)
    assert (row["EVENT_START"], row["EVENT_END"]) == (exon[0] + 1, exon[1])


@pytest.mark.parametrize(("distance", "word"), [(50, "none"), (200, "PP3")])
def test_a_deletion_that_the_score_does_not_see_is_no_evidence_against(
    distance: int, word: str, tmp_path: Path
) -> None:
    """It begins 70 bases before an acceptor, and takes the bases before its AG."""
    world, made = _world("+")
    bases = world.bases("chr1")
    rules = tmp_path / "rules.toml"
    rules.write_text("[motif]\nsource = 'us'\nat_least = { PP3 = 0.2 }\nat_most = { BP4 = 0.1 }\n")
    deletion = (330, bases[329:396], bases[329])
    row, other = _run(
        tmp_path, world, made, [deletion, (340, bases[339], "G")], distance=distance, evidence=rules, consequences=True
    )
    assert (row["EVENT"], row["EVENT_EXON"], row["EVIDENCE"]) == ("exon_skipping", "2", word)
    assert (other["EVENT"], other["EVIDENCE"]) == ("none", "BP4")


@pytest.mark.parametrize("strand", "+-")
def test_an_exon_of_one_base_is_skipped(strand: str, tmp_path: Path) -> None:
    """Its acceptor and its donor are the same base."""
    rng = random.Random(3)
    world = World({"chr1": [rng.choice("AC") if strand == "+" else rng.choice("GT") for _ in range(1000)]})
    made = Transcript("T.1", "chr1", strand, ((100, 220), (400, 401), (700, 760)))
    plant(rng, world, made, always=True)
    pos = 402 if strand == "+" else 400
    ref = world.bases("chr1")[pos - 1]
    (row,) = _run(tmp_path, world, made, [(pos, ref, "A" if strand == "+" else "T")])
    found = [row[key] for key in ("EVENT", "EVENT_EXON", "EVENT_START", "EVENT_END", "EVENT_NT")]
    assert found == ["exon_skipping", "2", 401, 401, -1]


def test_no_site_lies_off_the_contig(tmp_path: Path) -> None:
    """An acceptor's consensus next to the contig's first base makes no site of a base before it."""
    world, made = _world("-")
    made.exons = ((0, 220), *_EXONS[1:])
    world.contigs["chr1"][:14] = "ATGAGAGAAAAGAA"
    (row,) = _run(tmp_path, world, made, [(1, "A", "C")], distance=0)
    assert (row["EVENT"], row["EVENT_START"], row["BEYOND"]) == ("none", None, None)


def test_python_says_what_a_run_says(tmp_path: Path) -> None:
    for number in range(4):
        _, annotation, files = random_files(rng_of("consequences", 11, number))
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, data in files.items():
            (folder / name).write_bytes(data)
        out, gtf = str(folder / "o.parquet"), str(folder / annotation)
        options: dict[str, Any] = {"annotation": gtf, "transcripts": "all", "threads": 1}
        try:
            score_vcf(RunConfig(str(folder / "in.vcf"), folder / "g.fa", (out,), ("motif", "toy"), **options))
        except InputError:  # an annotation without any gene
            continue
        table = pyarrow.parquet.read_table(out).to_pylist()
        lines = [line.split("\t") for line in (folder / "in.vcf").read_text().splitlines() if line[0] != "#"]
        variants = [f"{line[0]}-{line[1]}-{line[3]}-{alt}" for line in lines for alt in line[4].split(",")]
        with Scorer(["motif", "toy"], reference=folder / "g.fa", **options) as scorer:
            rows = scorer.consequences(variants)
        assert _sorted(rows, variants, True) == _sorted(table, variants, False)


def _sorted(rows: list[dict[str, Any]], variants: list[str], python: bool) -> list[str]:
    """As text: both tables have a row per variant, transcript and predictor, in another order."""

    def text(row: dict[str, Any]) -> str:
        name = row["VARIANT"] if python else "-".join(str(row[key]) for key in ("CHROM", "POS", "REF", "ALT"))
        told = {key: row[key] for key in COLUMN_TYPES}
        told |= {key: round(value, 4) for key, value in told.items() if isinstance(value, float)}
        return repr((name, row["TRANSCRIPT"], row["PREDICTOR"], row["STATUS"], told))

    return sorted(map(text, rows))
