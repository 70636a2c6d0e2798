"""Random records on the small genome: substitutions, insertions, deletions and delins, some with several ALTs."""

from __future__ import annotations

import random

from tests.small import SmallGenome


def random_records(small: SmallGenome, count: int, seed: int) -> list[str]:
    """`CHROM POS REF ALT[,ALT]` by place; most in genes, of either strand, many where two genes overlap."""
    rng = random.Random(seed)
    rows = []
    for _ in range(count):
        contig, first, last = rng.choice(
            [("chr1", 1, 790), ("chr1", 440, 510), ("chr2", 300, 340), ("chr2", 990, 1190)]
        )
        pos = rng.randint(first, last)
        ref = small.sequences[contig][pos - 1 : pos - 1 + rng.choice([1, 1, 1, 2, 7])]
        alts = {rng.choice("ACGT") + rng.choice(["", "", "G", "TTAC"]) for _ in range(rng.choice([1, 1, 3]))} - {ref}
        if alts:
            rows.append((contig, pos, ref, ",".join(sorted(alts))))
    return [f"{contig} {pos} {ref} {alts}" for contig, pos, ref, alts in sorted(rows)]
