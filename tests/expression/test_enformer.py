"""Enformer's edits, its weights and its random weights."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch

from genoscore.core.edits import Edit
from genoscore.core.errors import WeightsError
from genoscore.core.variants import Variant
from genoscore.core.windows import FixedWindow, Stretch, read_span
from genoscore.engine.full_windows import FullWindows
from genoscore.networks.enformer_config import EnformerConfig
from genoscore.planning.jobs import Job
from genoscore.predictors.base import PredictorSpec
from genoscore.predictors.enformer.predictor import EnformerPredictor
from genoscore.predictors.enformer.weights import untrained
from tests.conftest import Run, Score
from tests.small import SmallGenome, info, read_table, records, vcf_text

SHAPE = EnformerConfig(
    dim=48, depth=2, heads=2, output_heads={"human": 5}, target_length=8, dim_divisible_by=8, attn_dim_key=8,
    use_tf_gamma=False, input_length=2_048,
)  # fmt: skip


def _enformer(chosen: tuple[int, ...] = (0, 1, 2, 3, 4), **options: object) -> EnformerPredictor:
    strand = options.pop("strand", "forward")
    spec = PredictorSpec(
        name="enformer", family="expression", context_length=1_024, bin_size=128, n_bins=8, strand=strand,
        max_allele_length=300, fixed=FixedWindow(2_048, **options), tracks=tuple(map(str, chosen)),
    )  # type: ignore[arg-type]  # fmt: skip
    network = untrained(SHAPE)
    for value in network.state_dict().values():
        if value.ndim > 1:
            value.mul_(1.5)  # so that a base makes a difference that is worth comparing
    network.forget()
    return EnformerPredictor(spec, network, "human", chosen, torch.device("cpu"))


@pytest.mark.parametrize("options", [{}, {"strand": "both", "shifts": (0, -43, 43)}, {"grid": True}])
def test_edits_equal_whole_windows(options: dict[str, object]) -> None:
    predictor = _enformer(**options)
    spec = predictor.spec
    rng = random.Random(11)
    sequence = "".join(rng.choice("ACGT") for _ in range(4_500))
    edits = []
    for start in (1_500, 1_501, 1_501, 1_640, 1_700):
        edits.append(Edit(start, start + 1, rng.choice("ACGT".replace(sequence[start], ""))))
    edits += [
        Edit(1_501, 1_504, "CAG"),
        Edit(1_600, 1_601, "ACGTA" * 50),
        Edit(1_620, 1_820, "A"),
        Edit(1_650, 1_653, "GC"),
    ]
    jobs = [Job(Variant("c", e.start + 1, "", e.alt), None, "+", e.start + 1, *read_span(e, spec), e) for e in edits]
    begin, end = min(job.start for job in jobs), max(job.end for job in jobs)
    stretch = Stretch("c", begin, end, "+", sequence[begin:end])
    done: list[float] = []
    ref, alt = predictor.predict_edits(stretch, edits, computed=done.append)
    assert sum(done) == pytest.approx(len(edits))
    whole = FullWindows(predictor, 4).predict([(stretch, job) for job in jobs])
    for row, (wanted_ref, wanted_alt) in enumerate(whole):
        torch.testing.assert_close(ref[row], wanted_ref, atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(alt[row], wanted_alt, atol=1e-5, rtol=1e-5)
        assert (wanted_alt - wanted_ref).abs().max() > 1e-4
    again, _ = predictor.predict_edits(stretch, edits[:1])  # with what was kept
    torch.testing.assert_close(again[0], ref[0])


def test_chosen_tracks_are_rows_of_all() -> None:
    few, every = _enformer((3, 1)), _enformer()
    x = torch.eye(4)[torch.randint(0, 4, (2_048,), generator=torch.Generator().manual_seed(1))].T[None]
    torch.testing.assert_close(few.predict(x), every.predict(x)[:, :, [3, 1]])


def test_enformer_is_found_by_its_parity_weights(
    shared: Path, genoscore: Run, small: SmallGenome, tmp_path: Path
) -> None:
    """From the command line: chosen tracks of a table beside the weights, both strands."""
    weights = tmp_path / "weights"
    weights.mkdir()
    for name in ("config.json", "weights.safetensors"):
        (weights / name).symlink_to(shared / "parity" / "enformer_tiny" / name)
    names = ["CAGE:liver, adult", "DNASE:K562", "CAGE:liver, foetal", "CHIP:CTCF", "a", "b", "c"]
    table = "index\tidentifier\tdescription\n" + "".join(f"{n}\tID{n}\t{name}\n" for n, name in enumerate(names))
    (weights / "targets_human.txt").write_text(table)
    source = tmp_path / "in.vcf"
    ref = small.sequences["chr1"][299]
    source.write_text(vcf_text([f"chr1 300 {ref} {'A' if ref != 'A' else 'C'}"]))
    done = genoscore(
        "score", source, "-r", small.fasta, "-a", small.genes, "-p", "enformer", "--weights", f"enformer={weights}",
        "--tracks", "CAGE:.*liver", "--strand", "both", "-o", tmp_path / "o.tsv", "-o", tmp_path / "o.vcf",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = read_table(tmp_path / "o.tsv")
    assert {row["TRACK"] for row in rows} == {"CAGE:liver, adult", "CAGE:liver, foetal"}
    assert {row["GENE"] for row in rows} == {".", "PLUS", "MINUS", "EDGE"}
    said = info(records(tmp_path / "o.vcf")[0])
    assert said["GS_ENFORMER_TRACK"].startswith("CAGE:liver%2C%20")
    header = (tmp_path / "o.vcf").read_text()
    assert "Tracks=CAGE:.*liver" in header or 'Tracks="CAGE:.*liver"' in header
    assert "Strand=both" in header


def test_enformer_without_weights(score_small: Score, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="not installed") as caught:
        score_small(["chr1 300 A C"], "o.vcf", predictor="enformer")
    assert "models fetch enformer" in caught.value.hint
    assert "CC BY 4.0" in caught.value.hint
    assert not (tmp_path / "o.vcf").exists()


def test_untrained_marks_everything(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    """Random weights, of the dimensions that a config.json says."""
    folder = tmp_path / "shape"
    folder.mkdir()
    (folder / "config.json").write_text(
        '{"dim": 48, "depth": 1, "heads": 2, "output_heads": {"human": 3}, "target_length": 8, "dim_divisible_by": 8,'
        ' "attn_dim_key": 8, "use_tf_gamma": false, "input_length": 2048}'
    )
    ref = small.sequences["chr1"][299]
    rows = [f"chr1 300 {ref} {'A' if ref != 'A' else 'C'}", f"chr1 300 {ref} <DEL>"]
    options = {"predictor": "enformer", "weights": {"enformer": folder}, "untrained": True}
    vcf, tsv = score_small(rows, "o.vcf", "o.tsv", **options).outputs
    for columns in records(vcf):
        assert "GS_ENFORMER_UNTRAINED" in columns[7].split(";")
    assert info(records(vcf)[0])["GS_ENFORMER_STATUS"] == "UNTRAINED"
    assert info(records(vcf)[0])["GS_ENFORMER_TRACK"].startswith("UNTRAINED%20")
    header = [line for line in vcf.read_text().splitlines() if line.startswith("##genoscore")]
    assert "meaningless" in header[0]
    assert "WeightsSHA256=UNTRAINED" in header[0]
    for row in read_table(tsv):
        assert row["PREDICTOR"] == "enformer:untrained"
        assert row["STATUS"] in ("UNTRAINED", "SYMBOLIC")
