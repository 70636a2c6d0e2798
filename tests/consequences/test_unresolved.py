"""What cannot be told is said, in well-formed INFO, and no site within an insertion is overlooked."""

from __future__ import annotations

import random
from pathlib import Path

import pysam
import pytest
import torch

from genoscore.core.config import RunConfig
from genoscore.predictors import registry
from genoscore.scores.sites import changes_sites
from genoscore.scoring.run import score_vcf
from tests.consequences.scenes import Scene, see

_TRANSCRIPTS = {  # exons, 1-based, inclusive
    "one": [(301, 400)], "first": [(101, 150), (201, 260), (901, 1000)], "last": [(101, 150), (301, 390)],
    "inner": [(101, 150), (301, 390), (901, 1000)], "overlapping": [(101, 250), (301, 500), (451, 1000)],
}  # fmt: skip
_LOST = 299  # the acceptor's G, 1-based


@pytest.fixture
def lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, object]]:
    """INFO of a deletion of 301 to 390 by transcript, and of a substitution in an acceptor."""
    monkeypatch.setitem(registry._BUILT_IN, "motif", "tests.consequences.motif_network:MOTIF")
    genome = "".join(random.Random(8).choices("ACGT", k=1_200))
    genome = genome[:282] + "CTTCTCTTCCTTTCTCAG" + genome[300:390] + "GTAAGT" + genome[396:]
    (tmp_path / "g.fa").write_text(f">c\n{genome}\n")
    rows = [(250, genome[249:450], genome[249]), (_LOST + 1, genome[_LOST], "C")]
    text = "".join(f"c\t{pos}\t.\t{ref}\t{alt}\t.\t.\t.\n" for pos, ref, alt in rows)
    head = "##fileformat=VCFv4.2\n##contig=<ID=c>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    (tmp_path / "in.vcf").write_text(head + text)
    found: dict[str, dict[str, object]] = {}
    for name, exons in _TRANSCRIPTS.items():
        ids = f'gene_id "{name}"; transcript_id "{name}";'
        gtf = "".join(f"c\tx\texon\t{start}\t{end}\t.\t+\t.\t{ids}\n" for start, end in exons)
        (tmp_path / "g.gtf").write_text(gtf)
        output = tmp_path / f"{name}.vcf"
        options = {"predictor": ("motif",), "annotation": str(tmp_path / "g.gtf"), "distance": 700}
        score_vcf(RunConfig(str(tmp_path / "in.vcf"), tmp_path / "g.fa", (str(output),), **options))  # type: ignore[arg-type]
        with pysam.VariantFile(str(output)) as file:
            for kind, record in zip(("deletion", "substitution"), file, strict=True):
                found[f"{kind} {name}"] = dict(record.info)
    return found


def test_through_the_engine(lines: dict[str, dict[str, object]]) -> None:
    events = {name: info.get("GS_MOTIF_EVENT") for name, info in lines.items()}
    assert events["deletion last"] == ("unresolved",)
    assert events["deletion inner"] == ("exon_skipping",)
    assert events["substitution inner"] != ("none",)
    assert events["deletion one"] == ("unresolved",)
    assert events["substitution overlapping"] == events["deletion overlapping"] == ("unresolved",)
    for name, info in lines.items():
        if events[name] == ("unresolved",):
            values = {info[f"GS_MOTIF_{key}"] for key in ("EVENT_NT", "FRAME", "PTC", "NMD", "HGVS_R")}
            assert values <= {(None,), (".",)}


@pytest.mark.parametrize("kind", [0, 1])
def test_a_site_within_an_insertion_is_a_change(kind: int) -> None:
    """Beside one that REF has, too; scores take the largest of both."""
    ref = torch.zeros(1, 2, 11)
    ref[0, kind, 5] = 0.9
    for at, p, says in ((5, 0.9, False), (6, 0.2, True), (7, 0.05, False), (7, 0.9, True), (4, 0.2, True)):
        alt = torch.zeros(1, 2, 13)
        alt[0, kind, 5] = 0.9
        alt[0, kind, at] = p
        assert changes_sites(ref, alt, 5, (1, 3)).tolist() == [says]
    assert changes_sites(ref, torch.cat([ref[..., :6], ref[..., 8:]], dim=-1), 5, (3, 1)).tolist() == [False]
    assert changes_sites(ref, torch.cat([ref[..., :4], ref[..., 6:]], dim=-1), 4, (3, 1)).tolist() == [True]
    assert changes_sites(ref, ref.clone(), 5, (2, 2)).tolist() == [False]


@pytest.mark.parametrize("strand", ["+", "-"])
def test_what_a_deletion_does_even_if_no_network_sees_it(strand: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for edit, event, exon, nt in (
        ((450, 650, ""), "exon_skipping", "2", -100),
        ((450, 1_100, ""), "exon_skipping", "2-3", -250),
        ((590, 620, ""), "site_loss", "2", None),
        ((600, 900, ""), "none", "", None),
        ((300, 350, ""), "none", "", None),
    ):
        scene = Scene(edit, searched=False)
        seen = see(scene if strand == "+" else scene.mirrored(), monkeypatch)
        first = seen.told.first
        assert (first.event, first.exon, first.nt) == (event, exon, nt)
        assert (seen.told.sites, seen.told.beyond) == ((), ())
