"""Tables of variants with labels and effects, and their evaluation."""

from __future__ import annotations

import gzip
import random
from collections.abc import Sequence
from pathlib import Path

from genoscore.core.config import RunConfig
from genoscore.evaluation.config import EvaluateConfig
from genoscore.evaluation.evaluating import Evaluation, evaluate_table
from tests.small import SmallGenome

LABELS = {"label": "class", "positive": "LOF", "negative": "FUNC"}


def write_table(folder: Path, text: str, name: str = "t.tsv") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def random_rows(small: SmallGenome, seed: int = 1, count: int = 30) -> list[tuple[str, int, str, str, str, str, str]]:
    """SNVs in and around the genes of chr1, in no order."""
    rng = random.Random(seed)
    found = []
    for pos in rng.sample(range(90, 840), count):
        ref = small.sequences["chr1"][pos - 1]
        alt = rng.choice([base for base in "ACGT" if base != ref])
        label = rng.choice(["LOF", "FUNC", "FUNC"])
        found.append(("chr1", pos, ref, alt, label, f"{rng.gauss(0, 1):.3f}", "left" if pos < 450 else "right"))
    return found


def write_rows(folder: Path, rows: Sequence[Sequence[object]], name: str = "t.tsv") -> Path:
    head = ("CHROM", "POS", "REF", "ALT", "class", "effect", "part")
    return write_table(folder, "".join("\t".join(map(str, row)) + "\n" for row in [head, *rows]), name)


def evaluate_small(small: SmallGenome, table: Path, names: Sequence[str], **options: object) -> Evaluation:
    run = RunConfig(str(table), small.fasta, predictor=tuple(names), annotation=str(small.genes))
    return evaluate_table(EvaluateConfig(run, **{"resamples": 100, **options}))  # type: ignore[arg-type]
