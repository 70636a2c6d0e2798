"""What OpenSpliceAI and Pangolin add: scores per tissue, masks that add up, the spread, several predictors in a run."""

from __future__ import annotations

import csv
import random
import statistics
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from genoscore.core.config import RunConfig
from genoscore.core.edits import Edit
from genoscore.core.errors import ConfigError, WeightsError
from genoscore.core.variants import Variant
from genoscore.inputs.gene import Gene
from genoscore.planning.jobs import Job
from genoscore.predictors import registry
from genoscore.predictors.base import PredictorSpec
from genoscore.scores.splicing import SplicingScorer
from genoscore.scores.tissue_splicing import PangolinString, TissueSplicingScorer
from genoscore.scoring.loading import load_predictor
from genoscore.scoring.run import score_vcf
from tests.small import SmallGenome, info, records, vcf_text
from tests.toy import TISSUE_TOY, TISSUES, TOY, ToyEntry

POS = 1000  # 1-based
GENES = (
    Gene("A", "A", "c", "+", 900, 1100, (900, 994, 1004), (950, 1000, 1100)),
    Gene("B", "B", "c", "+", 980, 1200, (980, 1001), (999, 1200)),
)


def _oracle(
    ref: torch.Tensor, alt: torch.Tensor, edit: Edit, genes: list[Gene], mask: str, peer: bool, distance: int
) -> list[float]:
    """Gain, loss and their places, written from the definition, for the last of the genes."""
    r, a = edit.shape
    width = ref.shape[-1]
    per_tissue = []
    for tissue in range(ref.shape[1]):
        line = []
        for at in range(width):
            deltas = []
            for replicate in range(ref.shape[0]):
                after = [float(value) for value in alt[replicate, tissue]]
                place = at - distance  # from REF's first base
                if place < 0:
                    value = after[at]
                elif place >= r:
                    value = after[at - r + a]
                elif a <= r:
                    value = after[at] if place < a else 0.0
                else:
                    value = after[at] if place < r - 1 else max(after[distance + r - 1 : distance + a])
                deltas.append(value - float(ref[replicate, tissue, at]))
            line.append(statistics.fmean(deltas))
        per_tissue.append(line)
    gains = [max(column) for column in zip(*per_tissue, strict=True)]
    losses = [min(column) for column in zip(*per_tissue, strict=True)]
    for gene in genes if peer else genes[-1:]:
        if mask != "site":
            continue
        edges = {*gene.exon_starts, *(end - 1 for end in gene.exon_ends)}
        sites = edges if peer else edges - {gene.exon_starts[0], gene.exon_ends[-1] - 1}
        for at in range(width):
            if edit.start - distance + at in sites:
                gains[at] = min(gains[at], 0.0)
            else:
                losses[at] = max(losses[at], 0.0)
    return [max(gains), min(losses), gains.index(max(gains)) - distance, losses.index(min(losses)) - distance]


@pytest.mark.parametrize("mask", ["none", "site"])
@pytest.mark.parametrize("compat", [False, True])
@pytest.mark.parametrize(("ref_length", "alt_length"), [(1, 1), (1, 4), (6, 1), (3, 3), (2, 5)])
def test_tissue_scores_against_an_oracle(mask: str, compat: bool, ref_length: int, alt_length: int) -> None:
    distance = 10
    config = RunConfig("-", Path("-"), predictor=("tissue_toy",), distance=distance, mask=mask, compat=compat)
    spec = TISSUE_TOY.spec(config)
    scorer = TissueSplicingScorer.for_run(spec, config)
    torch.manual_seed(ref_length * 10 + alt_length)
    edit = Edit(POS - 1, POS - 1 + ref_length, "A" * alt_length)
    right = distance + (ref_length - 1 if compat else 0)
    ref = torch.rand(2, 3, 2, distance + 1 + right)
    alt = torch.rand(2, 3, 2, distance + alt_length + right + 1 - ref_length)
    variant = Variant("c", POS, "N" * ref_length, edit.alt)
    before = GENES[:1] if compat else ()
    jobs = [Job(variant, gene, "+", POS, 0, 0, edit, here) for gene, here in ((GENES[0], ()), (GENES[1], before))]
    found = scorer.score(ref, alt, jobs)
    assert found.shape == (2, len(scorer.fields))
    for row, genes in enumerate(([GENES[0]], list(GENES))):
        wanted = _oracle(ref[row], alt[row], edit, genes, mask, compat, distance)
        assert found[row, :4].tolist() == pytest.approx(wanted, abs=1e-6)
    per_tissue = dict(zip([field.id for field in scorer.fields], found[0].tolist(), strict=True))
    assert per_tissue["GAIN"] == max(per_tissue[f"GAIN_{name.upper()}"] for name in TISSUES)
    assert per_tissue["LOSS"] == min(per_tissue[f"LOSS_{name.upper()}"] for name in TISSUES)


def test_mask_after_the_maximum_of_tissues() -> None:
    config = RunConfig("-", Path("-"), predictor=("tissue_toy",), distance=10, mask="spliceai")
    scorer = TissueSplicingScorer.for_run(TISSUE_TOY.spec(config), config)
    ref = torch.zeros(2, 2, 2, 21)
    ref[..., 5] = 0.5
    alt = torch.zeros(2, 2, 2, 21)
    alt[..., 10] = 0.7  # at the nearest exon edge of the first gene; not of the second
    edit = Edit(993, 994, "A")
    genes = (Gene("A", "A", "c", "+", 900, 1100, (900, 993), (950, 1100)), GENES[1])
    jobs = [Job(Variant("c", 994, "N", "A"), gene, "+", 994, 0, 0, edit) for gene in genes]
    values = scorer.score(ref, alt, jobs)
    assert values[:, :2].flatten().tolist() == pytest.approx([0, 0, 0.7, 0])
    assert values[0, 4:8].abs().max() == 0, "the tissues are masked as their largest is"


def test_spread_is_that_of_the_winning_score() -> None:
    config = RunConfig("-", Path("-"), predictor=("toy",), distance=5)
    scorer = SplicingScorer.for_run(TOY.spec(config), config)
    torch.manual_seed(3)
    ref, alt = torch.rand(4, 2, 3, 11), torch.rand(4, 2, 3, 13)
    jobs = [Job(Variant("c", POS, "N", "ACG"), GENES[0], "+", POS, 0, 0, Edit(POS - 1, POS, "ACG"))] * 4
    found = scorer.score(ref, alt, jobs)
    for row in range(4):
        values, places = found[row, :4].tolist(), found[row, 4:8].tolist()
        kind = max(range(4), key=lambda kind: abs(values[kind]))
        track, at, each = 1 + kind // 2, int(places[kind]) + 5, []
        for replicate in range(2):
            line = alt[row, replicate, track].tolist()
            aligned = [*line[:5], max(line[5:8]), *line[8:]]
            each.append(aligned[at] - float(ref[row, replicate, track, at]))
        assert float(found[row, 8]) == pytest.approx(statistics.pstdev(each), abs=1e-6)


def test_spread_is_of_the_score_that_is_printed() -> None:
    """GAIN 0.301 and LOSS -0.3045 both print 0.30; the gain is shown, so its spread is."""
    config = RunConfig("-", Path("-"), predictor=("tissue_toy",), distance=3)
    scorer = TissueSplicingScorer.for_run(TISSUE_TOY.spec(config), config)
    ref, alt = torch.zeros(1, 2, 2, 7), torch.zeros(1, 2, 2, 7)
    alt[..., 2] = 0.301
    ref[0, 0, :, 4], ref[0, 1, :, 4] = 0.6, 0.009
    job = Job(Variant("c", POS, "N", "A"), GENES[0], "+", POS, 0, 0, Edit(POS - 1, POS, "A"))
    values = scorer.score(ref, alt, [job])[0].tolist()
    assert values[:2] == pytest.approx([0.301, -0.3045])
    assert values[-1] == pytest.approx(0, abs=1e-6)


@pytest.mark.usefixtures("toy")
def test_two_predictors_with_one_info_key_are_refused(
    small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Other(ToyEntry):
        def spec(self, config: RunConfig) -> PredictorSpec:
            return replace(super().spec(config), name="other")

    monkeypatch.setattr("tests.toy.OTHER", Other(), raising=False)
    monkeypatch.setitem(registry._BUILT_IN, "other", "tests.toy:OTHER")
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text([f"chr1 200 {small.sequences['chr1'][199]} <DEL>"]))
    with pytest.raises(ConfigError, match="toy and other both write SpliceAI"):
        score_vcf(
            RunConfig(
                str(source), small.fasta, (str(tmp_path / "o.vcf"),), ("toy", "other"), annotation=str(small.genes)
            )
        )
    assert not (tmp_path / "o.vcf").exists()


def test_a_single_network_has_no_spread() -> None:
    spec = replace(TOY.spec(RunConfig("-", Path("-"))), replicates=1)
    assert [field.id for field in SplicingScorer(spec, "none").fields][-1] == "DP_DL"


@pytest.mark.parametrize(
    ("gain", "loss", "exact", "text"),
    [
        (0.054999, -0.8, True, "G|5:0.05|-3:-0.8|Warnings:"),
        (1e-9, -1e-9, True, "G|5:0.0|-3:-0.0|Warnings:"),
        (1e-9, -1e-9, False, "G|5:0.0|-3:0.0|Warnings:"),
        (0.025, -1.0, True, "G|5:0.02|-3:-1.0|Warnings:"),  # numpy's float32, not Python's float, is rounded
    ],
)
def test_pangolins_string(gain: float, loss: float, exact: bool, text: str) -> None:
    assert PangolinString("Pangolin").render("A", "G", (gain, loss, 5.0, -3.0), exact) == text


@pytest.mark.usefixtures("toy")
def test_several_predictors_in_one_pass(small: SmallGenome, tmp_path: Path) -> None:
    """Each gives what it gives alone, with statuses and genes of its own."""
    rng = random.Random(4)
    rows = []
    for pos in sorted(rng.sample(range(60, 1100), 40)):
        ref = small.sequences["chr1"][pos - 1 : pos + rng.choice([0, 0, 2])] or small.sequences["chr1"][pos - 1]
        rows.append(f"chr1 {pos} {ref} {rng.choice([b for b in 'ACGT' if b != ref[0]])}{rng.choice(['', 'GT'])}")
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text(rows))

    def run(*names: str) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
        stem = tmp_path / "_".join(names)
        outputs = (f"{stem}.vcf", f"{stem}.tsv")
        score_vcf(RunConfig(str(source), small.fasta, outputs, names, annotation=str(small.genes), distance=20))
        with open(outputs[1]) as table:
            return [info(one) for one in records(Path(outputs[0]))], list(csv.DictReader(table, delimiter="\t"))

    both, table = run("toy", "tissue_toy")
    (one, one_table), (two, two_table) = run("toy"), run("tissue_toy")
    assert both == [{**a, **b} for a, b in zip(one, two, strict=True)]
    assert {"GS_TOY_DS_AG", "GS_TISSUE_TOY_GAIN_BRAIN", "GS_TOY_SD", "Pangolin"} <= both[10].keys() | both[20].keys()
    for name, alone in (("toy", one_table), ("tissue_toy", two_table)):
        mine = [row for row in table if row["PREDICTOR"] == name]
        assert [{key: row[key] for key in alone[0]} for row in mine] == alone
        other = set(table[0]) - set(alone[0])
        assert other
        assert all(row[key] == "." for row in mine for key in other)


@pytest.mark.usefixtures("toy")
def test_pangolins_gaps_under_compat(small: SmallGenome, tmp_path: Path) -> None:
    """MNVs of one length are scored, other delins are not and are not named; genes of the forward strand come first."""
    bases = small.sequences["chr1"]
    other = {"A": "C", "C": "A", "G": "T", "T": "G"}
    at = 479  # PLUS and MINUS overlap here
    mnv = other[bases[at]] + bases[at + 1] + other[bases[at + 2]]
    rows = [
        f"chr1 {at + 1} {bases[at : at + 3]} {mnv}",
        f"chr1 {at + 1} {bases[at : at + 3]} {other[bases[at]]}{other[bases[at]]}",
        f"chr1 {at + 1} {bases[at : at + 30]} {bases[at]}",
    ]
    source, target = tmp_path / "in.vcf", tmp_path / "out.vcf"
    source.write_text(vcf_text(rows))
    run = {"annotation": str(small.genes), "distance": 10, "compat": True, "predictor": ("tissue_toy",)}
    score_vcf(RunConfig(str(source), small.fasta, (str(target),), **run))
    mnv_info, delins, long = (info(columns) for columns in records(target))
    assert [one.partition("|")[0] for one in mnv_info["Pangolin"].split(",")] == ["PLUS", "MINUS"]
    assert delins["GS_TISSUE_TOY_STATUS"] == "COMPAT_SKIPPED"
    assert "Pangolin" not in delins
    assert long["GS_TISSUE_TOY_STATUS"] == "TOO_LONG"


@pytest.mark.parametrize(("name", "mask"), [("spliceai", "site"), ("openspliceai", "site"), ("pangolin", "spliceai")])
def test_compat_has_the_peers_masks_only(name: str, mask: str) -> None:
    for masks in (mask, f"none,{mask}", f"{mask},none"):
        with pytest.raises(ConfigError, match=f"{name} does not support mask '{mask}'"):
            registry.get(name).spec(RunConfig("-", Path("-"), predictor=(name,), mask=masks, compat=True))
    other = "none,spliceai" if mask == "site" else "site,none"
    registry.get(name).spec(RunConfig("-", Path("-"), predictor=(name,), mask=other, compat=True))


def _unit_names(blocks: int) -> dict[str, torch.Tensor]:
    return {
        f"residual_units.{unit}.conv1.weight": torch.zeros(1) for unit in range(blocks + blocks // 4) if unit % 5 < 4
    }


def test_openspliceai_folders(tmp_path: Path) -> None:
    def load() -> None:
        load_predictor("openspliceai", weights=tmp_path)

    with pytest.raises(WeightsError, match="not installed"):
        load_predictor("openspliceai")
    with pytest.raises(WeightsError, match=r"no \*\.pt"):
        load()
    torch.save(_unit_names(8), tmp_path / "a.pt")
    with pytest.raises(WeightsError, match=r"a\.pt does not hold an OpenSpliceAI model \(it lacks initial_conv"):
        load()
    spec = registry.get("openspliceai").spec(
        RunConfig("-", Path("-"), predictor=("openspliceai",), weights={"openspliceai": tmp_path})
    )
    assert (spec.context_length, spec.replicates) == (400, 1)
    torch.save(_unit_names(4), tmp_path / "b.pt")
    with pytest.raises(WeightsError, match="contexts differ"):
        load()
    torch.save(_unit_names(3), tmp_path / "a.pt")
    with pytest.raises(WeightsError, match="3 residual blocks"):
        load()


def test_pangolin_folder(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="not installed"):
        load_predictor("pangolin")
    with pytest.raises(WeightsError, match=r"lacks final\.1\.0\.3\.v2"):
        load_predictor("pangolin", weights=tmp_path)
    for replicate in (1, 2, 3):
        for tissue in (0, 2, 4, 6):
            torch.save({"conv1.weight": torch.zeros(32, 4, 2)}, tmp_path / f"final.{replicate}.{tissue}.3.v2")
    with pytest.raises(WeightsError, match=r"conv1\.weight has shape \(32, 4, 2\)"):
        load_predictor("pangolin", weights=tmp_path)


def test_contexts_of_real_weights(shared: Path) -> None:
    for context in (80, 400, 2_000, 10_000):
        predictor = load_predictor("openspliceai", weights=shared / "models" / "openspliceai-mane" / f"{context}nt")
        assert predictor.spec.context_length == context
        y = predictor.predict(torch.zeros(1, 4, context + 3))
        assert y.shape == (1, 5, 3, 3)
        assert y.sum(dim=2).allclose(torch.ones(1))
