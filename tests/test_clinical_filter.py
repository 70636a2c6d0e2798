"""The example configuration for a short list keeps the variants that were seen to change splicing in BRCA2's RNA."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

from genoscore.core.config import RunConfig
from genoscore.core.settings import read_toml
from genoscore.scoring.run import score_vcf
from tests.conftest import ROOT
from tests.small import records

FIRST, LAST = 32_326_140, 32_326_510  # exons 5 to 7 of BRCA2, with flanks
# Of the band `moderate`, 0.2 to 0.5, and seen to change splicing in RNA.
MODERATE = {(32_326_148, "T"), (32_326_239, "A"), (32_326_286, "T"), (32_326_499, "T"), (32_326_502, "T")}


def test_moderate_scores_are_kept(shared: Path, tmp_path: Path, spliceai_genes: None) -> None:
    with open(shared / "data" / "splice_effects.BRCA2.grch38.tsv", encoding="utf-8") as table:
        rows = [row for row in csv.DictReader(table, delimiter="\t") if FIRST <= int(row["pos"]) <= LAST]
    rows.sort(key=lambda row: int(row["pos"]))
    affecting = {(int(row["pos"]), row["alt"]) for row in rows if row["splice_affecting"] == "1"}
    assert affecting > MODERATE
    source, target = tmp_path / "in.vcf", tmp_path / "out.vcf"
    lines = [f"{row['chrom']}\t{row['pos']}\t.\t{row['ref']}\t{row['alt']}\t.\t.\t.\n" for row in rows]
    source.write_text("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n" + "".join(lines))
    config = RunConfig(**read_toml(ROOT / "configs" / "spliceai_clinical_filter.toml"))
    summary = score_vcf(
        replace(
            config,
            input=str(source),
            reference=shared / "data" / "grch38.slices.fa.gz",
            output=(str(target),),
            summary=None,
        )
    )
    kept = {(int(columns[1]), columns[4]) for columns in records(target)}
    assert affecting <= kept
    assert summary.left_out == len(rows) - len(kept) > 0
