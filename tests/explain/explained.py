"""Variants to explain, and the page of the one that was explained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from genoscore.explaining.run import ExplainSummary
from tests.small import SmallGenome

Explain = Callable[..., ExplainSummary]


def snv_at(small: SmallGenome, pos: int, contig: str = "chr1") -> str:
    ref = small.sequences[contig][pos - 1]
    return f"{contig} {pos} {ref} {'ACGT'[('ACGT'.index(ref) + 1) % 4]}"


def page_in(folder: Path) -> Path:
    (page,) = [path for path in folder.iterdir() if path.is_dir()]
    return page
