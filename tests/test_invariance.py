"""What must not matter does not: batch size, order of records, spelling, letter case, how ALTs are packed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from genoscore.core.config import RunConfig
from genoscore.planning.chunks import make_chunks
from genoscore.scoring.run import score_vcf
from tests.conftest import TEST_DATA, Score
from tests.small import SmallGenome, info, records

pytestmark = pytest.mark.usefixtures("toy")


def _rows(small: SmallGenome, count: int = 60, seed: int = 3) -> list[str]:
    rng = random.Random(seed)
    rows = []
    for _ in range(count):
        contig = rng.choice(["chr1", "chr2"])
        start, length = rng.randrange(80, 1150), rng.choice([1, 1, 1, 2, 6])
        ref = small.sequences[contig][start : start + length]
        alt = rng.choice([base for base in "ACGT" if base != ref[0]]) + rng.choice(["", "", "GT", "ACGTAG"])
        rows.append(f"{contig} {start + 1} {ref} {alt}")
    return rows


def test_batch_size_and_threads(score_small: Score, small: SmallGenome) -> None:
    rows = _rows(small)
    first = score_small(rows, "out.vcf", batch_size=1).infos
    assert first == score_small(rows, "out.vcf", batch_size=3).infos
    assert first == score_small(rows, "out.vcf", batch_size=64, threads=1).infos
    assert len({one["GS_TOY_MAX"] for one in first}) > 5, "the toy network must move for this test to mean anything"


@pytest.mark.slow
def test_however_a_real_run_is_cut(tmp_path: Path, spliceai_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other batches, threads, chunks and order, with SpliceAI's weights and a screening in between."""
    lines = (TEST_DATA / "spliceai" / "demo.vcf").read_text().splitlines(keepends=True)
    header = [line for line in lines if line.startswith("#")]
    rows = [line for line in lines[len(header) :: 13] if len(line.split("\t")[3]) == 1]

    def strings(order: list[int], chunk: int, **options: object) -> list[str]:
        source, target = tmp_path / "in.vcf", tmp_path / "out.vcf"
        source.write_text("".join(header + [rows[i] for i in order]))
        monkeypatch.setattr(
            "genoscore.scoring.opening.make_chunks", lambda records, _: make_chunks(records, max_records=chunk)
        )
        genes = str(TEST_DATA / "genes.tsv")
        score_vcf(RunConfig(str(source), TEST_DATA / "genome.fa", output=(str(target),), annotation=genes, **options))
        found = [info(columns) for columns in records(target)]
        printed = [
            " ".join(value for key, value in one.items() if not (key[:-2].endswith("DP_") and _is_zero(one, key)))
            for one in found
        ]
        return [printed[order.index(i)] for i in range(len(rows))]

    first = strings(list(range(len(rows))), 512)
    shuffled = random.Random(1).sample(range(len(rows)), len(rows))
    assert first == strings(shuffled, 7, batch_size=1)
    assert first == strings(list(range(len(rows)))[::-1], 3, threads=1)
    assert len(set(first)) > 5


def _is_zero(entry: dict[str, str], key: str) -> bool:
    return set(entry[key.replace("DP_", "DS_")].split(",")) <= {"0.00", "."}


def test_order_of_records(score_small: Score, small: SmallGenome) -> None:
    rows = _rows(small)
    shuffled = random.Random(1).sample(range(len(rows)), len(rows))
    first = score_small(rows, "out.vcf").infos
    again = score_small([rows[i] for i in shuffled], "out.vcf").infos
    assert [first[i] for i in shuffled] == again


def test_untrimmed_alleles_get_one_answer(score_small: Score, small: SmallGenome) -> None:
    sequence = small.sequences["chr1"]
    rows = []
    for start in range(110, 480, 13):
        ref = sequence[start]
        alt = "A" if ref != "A" else "G"
        rows.append(f"chr1 {start + 1} {ref} {alt}")
        before, after = sequence[start - 1], sequence[start + 1 : start + 3]
        rows.append(f"chr1 {start} {before}{ref}{after} {before}{alt}{after}")
    scores = score_small(rows, "out.vcf").infos
    for short, long in zip(scores[::2], scores[1::2], strict=True):
        for kind in ("AG", "AL", "DG", "DL"):
            assert short[f"GS_TOY_DS_{kind}"] == long[f"GS_TOY_DS_{kind}"]
            assert int(short[f"GS_TOY_DP_{kind}"]) + 1 == int(long[f"GS_TOY_DP_{kind}"])


def test_lower_case_equals_upper_case(score_small: Score, small: SmallGenome) -> None:
    rows = _rows(small)
    first = score_small(rows, "out.vcf").infos
    lower = [" ".join([*row.split()[:2], *(allele.lower() for allele in row.split()[2:])]) for row in rows]
    for upper, other in zip(first, score_small(lower, "out.vcf").infos, strict=True):
        assert {k: v for k, v in upper.items() if k != "SpliceAI"} == {
            k: v for k, v in other.items() if k != "SpliceAI"
        }


def test_multi_allelic_equals_split(score_small: Score, small: SmallGenome) -> None:
    sequence = small.sequences["chr1"]
    joined, split = [], []
    for start in range(105, 790, 31):
        alts = [base for base in "ACGT" if base != sequence[start]] + [sequence[start] + "GTAAG", "*"]
        joined.append(f"chr1 {start + 1} {sequence[start]} {','.join(alts)}")
        split += [f"chr1 {start + 1} {sequence[start]} {alt}" for alt in alts]
    one, many = score_small(joined, "out.vcf").infos, score_small(split, "out.vcf").infos
    for number, record in enumerate(one):
        parts = many[5 * number : 5 * number + 5]
        assert record["SpliceAI"] == ",".join(part["SpliceAI"] for part in parts if "SpliceAI" in part)
        for key in ("GS_TOY_MAX", "GS_TOY_BAND", "GS_TOY_GENE", "GS_TOY_STATUS", "GS_TOY_DP_DL"):
            assert record[key] == ",".join(part[key] for part in parts)


def test_contig_spelling(score_small: Score, small: SmallGenome) -> None:
    rows = _rows(small)
    assert score_small(rows, "out.vcf").infos == score_small([row.removeprefix("chr") for row in rows], "out.vcf").infos


def test_bf16_is_near_fp32(score_small: Score, small: SmallGenome) -> None:
    rows = _rows(small)
    exact, rough = (score_small(rows, "out.vcf", precision=precision).infos for precision in ("fp32", "bf16"))
    assert exact == score_small(rows, "out.vcf", precision="auto").infos
    assert exact != rough, "bf16 leaves a trace even at two decimals, in a position at least"
    for one, other in zip(exact, rough, strict=True):
        assert one["GS_TOY_STATUS"] == other["GS_TOY_STATUS"]
        if one["GS_TOY_MAX"] != ".":
            assert float(other["GS_TOY_MAX"]) == pytest.approx(float(one["GS_TOY_MAX"]), abs=0.05)
