"""Predictors with windows of one length: windows, scores, tracks, genes, shifts, strands, grid; against an oracle."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pysam
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError, InputError, WeightsError
from genoscore.core.variants import Variant
from genoscore.core.windows import Edit, Stretch, WindowSpec, alt_sequence, read_span, ref_window
from genoscore.engine.full_windows import FullWindows
from genoscore.engine.journal import _row, _words
from genoscore.networks.enformer_config import EnformerConfig
from genoscore.planning.jobs import Job
from genoscore.predictors import registry
from genoscore.predictors.base import PredictorSpec
from genoscore.predictors.enformer.predictor import EnformerPredictor
from genoscore.predictors.enformer.weights import untrained
from genoscore.scores.background import ALT_CLASSES, classes, load_background, smaller
from genoscore.scoring.run import make_background
from tests.conftest import Run, Score
from tests.small import GENES, SmallGenome, info, read_table, records, trimmed, vcf_text
from tests.toy import WeighedEntry

BIN, BINS, CONTEXT, LENGTH, POS_AT = 8, 6, 8, 64, 30
Tracks = list[list[float]]


@pytest.fixture(autouse=True)
def _weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._BUILT_IN, "weighed", "tests.toy:WEIGHED")
    monkeypatch.setitem(registry._BUILT_IN, "weighed_signal", "tests.toy:WEIGHED_SIGNAL")


@pytest.fixture
def score_options() -> dict[str, object]:
    """See tests/conftest.py."""
    return {"predictor": "weighed"}


# ---- the oracle: strings and lists, nothing of genoscore ----


def _network(window: str) -> Tracks:
    assert len(window) == LENGTH
    found = []
    for weights in WeighedEntry.weights:
        of = dict(zip("ACGTN", (*weights, 0.0), strict=True))
        bases = window[CONTEXT:-CONTEXT]
        found.append([sum((p + 1) * of[bases[n * BIN + p]] for p in range(BIN)) for n in range(BINS)])
    return found


def _turned(window: str) -> str:
    return "".join({"A": "T", "C": "G", "G": "C", "T": "A", "N": "N"}[base] for base in reversed(window))


def _tracks(window: str, both: bool) -> Tracks:
    forward = _network(window)
    if not both:
        return forward
    back = [row[::-1] for row in _network(_turned(window))]
    return [[(a + b) / 2 for a, b in zip(*pair, strict=True)] for pair in zip(forward, back, strict=True)]


def _mean(many: list[Tracks]) -> Tracks:
    return [[sum(values) / len(many) for values in zip(*rows, strict=True)] for rows in zip(*many, strict=True)]


def _oracle(
    contig: str, name: str, pos: int, ref: str, alt: str, both: bool, shifts: tuple[int, ...], grid: bool
) -> dict[tuple[str, str], dict[str, float]]:
    """(gene, track) -> score -> value, for alleles that are trimmed already."""
    start = pos - 1
    anchor = start - start % BIN if grid else start

    def base(place: int) -> str:
        return contig[place] if 0 <= place < len(contig) else "N"

    refs, alts = [], []
    for shift in shifts:
        first = anchor - POS_AT + shift
        haplotype = [base(place) for place in range(first, start)] + list(alt)
        place = start + len(ref)
        while len(haplotype) < LENGTH:
            haplotype.append(base(place))
            place += 1
        refs.append(_tracks("".join(base(place) for place in range(first, first + LENGTH)), both))
        alts.append(_tracks("".join(haplotype[:LENGTH]), both))
    before, after = _mean(refs), _mean(alts)
    outputs_from = anchor - POS_AT + CONTEXT
    here = (start - outputs_from) // BIN
    change = len(alt) - len(ref)
    moved = int(abs(change) / BIN + 0.5) * (1 if change > 0 else -1)
    found = {}
    for t, track in enumerate(("purine", "other")):
        pairs = []
        for n in range(BINS):
            if n <= here or moved == 0:
                source = n
            elif moved > 0:
                source = n + moved if n + moved < BINS else -1
            else:
                source = n + moved if n + moved > here else -1
            pairs.append((before[t][n], after[t][source] if source >= 0 else before[t][n]))
        local = {
            "SAD": sum(b - a for a, b in pairs),
            "MAX_ABS": max(abs(b - a) for a, b in pairs),
            "LOG2FC": _fold(pairs, here),
        }
        found["", track] = local
        for symbol, of, strand, tx_start, tx_end, _, _ in GENES:
            tss = tx_start if strand == "+" else tx_end - 1
            where = (tss - outputs_from) // BIN
            if f"chr{of}" == name and 0 <= where < BINS:
                at_start = pairs
                if moved < 0 and where > here:  # what the deletion leaves where the start was
                    there = max(where + moved, here)
                    at_start = [(0.0, 0.0)] * BINS
                    for step in (-1, 0, 1):
                        if there + step >= 0 and where + step < BINS:
                            at_start[where + step] = before[t][where + step], after[t][there + step]
                found[symbol, track] = local | {"TSS_LOG2FC": _fold(at_start, where), "TSS_DISTANCE": tss - (pos - 1)}
    return found


def _fold(pairs: list[tuple[float, float]], at: int) -> float:
    near = pairs[max(at - 1, 0) : at + 2]
    return math.log2((sum(b for _, b in near) + 1) / (sum(a for a, _ in near) + 1))


def _variants(small: SmallGenome) -> Iterator[tuple[str, int, str, str]]:
    rng = random.Random(3)
    for name in ("chr1", "chr2"):
        sequence = small.sequences[name]
        places = [1, 2, 12, 97, 98, 105, 340, 445, 495, 790, 799, 812, 1195, 1200]
        for pos in [*places, *rng.sample(range(210, 1180), 6)]:
            ref = sequence[pos - 1]
            if ref == "N":
                continue
            others = [base for base in "ACGT" if base != ref]
            yield name, pos, ref, rng.choice(others)
            yield name, pos, ref, ref + "".join(rng.choice("ACGT") for _ in range(rng.randint(1, 19)))
            longer = sequence[pos - 1 : pos - 1 + rng.randint(2, 20)]
            if len(longer) > 1 and "N" not in longer:
                yield name, pos, longer, longer[0]
                yield name, pos, longer[:4], others[0] + longer[1:3] + ("A" if longer[-1:] != "A" else "C")


@pytest.mark.parametrize(
    ("both", "shifts", "grid"),
    [(False, (0,), False), (True, (0, -3, 5), False), (False, (0,), True), (True, (2,), True)],
)
def test_windows_and_scores(
    score_small: Score, small: SmallGenome, both: bool, shifts: tuple[int, ...], grid: bool
) -> None:
    rows = [" ".join(map(str, row)) for row in _variants(small)]
    assert len(rows) > 120
    options = {"strand": "both" if both else "spec", "shifts": shifts, "centre": "grid" if grid else "variant"}
    (tsv,) = score_small(rows, "o.tsv", **options).outputs
    found: dict[tuple[str, ...], dict[tuple[str, str], dict[str, str]]] = {}
    for row in read_table(tsv):
        assert row["STATUS"] == "SCORED", row
        key = row["CHROM"], row["POS"], row["REF"], row["ALT"]
        found.setdefault(key, {})[row["GENE"].replace(".", ""), row["TRACK"]] = row
    starts = 0
    for name, pos, ref, alt in _variants(small):
        first, *alleles = trimmed(pos, ref, alt)
        wanted = _oracle(small.sequences[name], name, first, *alleles, both, shifts, grid)
        made = found[name, str(pos), ref, alt]
        assert made.keys() == wanted.keys(), (name, pos)
        for key, scores in wanted.items():
            if "TSS_DISTANCE" in scores:
                scores["TSS_DISTANCE"] += first - pos
            for column in ("SAD", "MAX_ABS", "LOG2FC", "TSS_LOG2FC", "TSS_DISTANCE"):
                text = made[key][column]
                assert (text == ".") == (column not in scores)
                if text != ".":
                    assert float(text) == pytest.approx(scores[column], abs=2e-5), (name, pos, ref, alt, key, column)
            starts += "TSS_LOG2FC" in scores
            largest = scores["TSS_LOG2FC" if key[0] else "LOG2FC"]
            assert abs(float(made[key]["MAX"])) == pytest.approx(abs(largest), abs=2e-5)
    assert starts > 40


def test_the_best_of_an_alt(score_small: Score, small: SmallGenome) -> None:
    """MAX, TRACK and GENE of the VCF are those of the largest row of the table; Parquet has the same rows."""
    rows = [" ".join(map(str, row)) for row in _variants(small)]
    vcf, tsv, parquet = score_small(rows, "o.vcf", "o.tsv", "o.parquet").outputs
    by_alt: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for row in read_table(tsv):
        by_alt.setdefault((row["CHROM"], row["POS"], row["REF"], row["ALT"]), []).append(row)
    genes = 0
    for columns in records(vcf):
        largest = max(by_alt[columns[0], columns[1], columns[3], columns[4]], key=lambda row: abs(float(row["MAX"])))
        said = info(columns)
        assert abs(float(said["GS_WEIGHED_MAX"])) == abs(float(largest["MAX"]))
        if said["GS_WEIGHED_TRACK"] == largest["TRACK"]:
            assert said["GS_WEIGHED_GENE"] == largest["GENE"]
            assert said["GS_WEIGHED_SAD"] == largest["SAD"]
        genes += said["GS_WEIGHED_GENE"] != "."
        assert "GS_WEIGHED_BAND" not in said
    assert genes > 2
    with pysam.VariantFile(str(vcf)) as file:
        assert file.header.info["GS_WEIGHED_TRACK"].type == "String"
        assert len(list(file)) == len(rows)
    table = pyarrow.parquet.read_table(parquet)
    assert table.num_rows == sum(map(len, by_alt.values()))
    assert table.column("TRACK").to_pylist()[:2] == ["purine", "other"]
    assert table.column("TSS_LOG2FC").null_count > 0
    assert str(table.schema.field("LOG2FC").type) == "float"


def test_signal_may_be_negative(score_small: Score, small: SmallGenome) -> None:
    (tsv,) = score_small(
        [f"chr1 300 {small.sequences['chr1'][299]} N"[:-1] + "T"], "o.tsv", predictor="weighed_signal"
    ).outputs
    assert {"DELTA", "TSS_DELTA"} <= read_table(tsv)[0].keys()


def test_genes_can_be_left_out(score_small: Score, small: SmallGenome) -> None:
    rows = [f"chr1 101 {small.sequences['chr1'][100]} {'A' if small.sequences['chr1'][100] != 'A' else 'C'}"]
    (tsv,) = score_small(rows, "o.tsv", annotation="none").outputs
    assert {row["GENE"] for row in read_table(tsv)} == {"."}
    with pytest.raises(ConfigError, match="-a none"):
        score_small(rows, "p.tsv", annotation="none", predictor="spliceai")


def test_sites_share_their_reference(small: SmallGenome) -> None:
    """Three ALTs of a site: four windows; on a grid neighbours of one bin share it."""
    from genoscore.inputs.fasta import ReferenceGenome
    from genoscore.planning.jobs import read_stretch

    sequence = small.sequences["chr1"]
    with_genome = ReferenceGenome(small.fasta)
    for grid, windows in ((False, 9), (True, 7)):
        config = RunConfig("-", Path("-"), predictor=("weighed",), centre="grid" if grid else "variant", device="cpu")
        predictor = registry.get("weighed").load(config)
        jobs = []
        for start in (304, 305, 306):
            for alt in [base for base in "ACGT" if base != sequence[start]][:2]:
                edit = Edit(start, start + 1, alt)
                variant = Variant("chr1", start + 1, sequence[start], alt)
                jobs.append(Job(variant, None, "+", start + 1, *read_span(edit, predictor.spec), (edit,)))
        stretch = read_stretch(jobs, with_genome, predictor.spec)
        FullWindows(predictor, 4).predict([(stretch, job) for job in jobs])
        assert predictor.windows == windows  # type: ignore[attr-defined]
    with_genome.close()


# ---- Enformer's edits ----

SHAPE = EnformerConfig(
    dim=48, depth=2, heads=2, output_heads={"human": 5}, target_length=8, dim_divisible_by=8, attn_dim_key=8,
    use_tf_gamma=False, input_length=2_048,
)  # fmt: skip


def _enformer(chosen: tuple[int, ...] = (0, 1, 2, 3, 4), **options: object) -> EnformerPredictor:
    asked = {"strand": "forward", **options}
    spec = PredictorSpec(
        context_length=1_024, bin_size=128, n_bins=8, gene_bound=False, gene_masked=False,
        max_allele_length=300, peer=None, input_length=2_048, tracks=tuple(map(str, chosen)), **asked,
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
    jobs = [Job(Variant("c", e.start + 1, "", e.alt), None, "+", e.start + 1, *read_span(e, spec), (e,)) for e in edits]
    begin, end = min(job.start for job in jobs), max(job.end for job in jobs)
    stretch = Stretch("c", begin, end, "+", sequence[begin:end], tuple(edits))
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


# ---- backgrounds ----


def test_background_gives_percentiles(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    rows = [" ".join(map(str, row)) for row in _variants(small)]
    (tmp_path / "in.vcf").write_text(vcf_text(rows))
    path = tmp_path / "b.npz"
    config = {"predictor": "weighed", "annotation": str(small.genes)}
    done = make_background(RunConfig(str(tmp_path / "in.vcf"), small.fasta, (str(path),), **config))  # type: ignore[arg-type]
    assert any("ALTs only" in warning for warning in done.warnings)
    vcf, tsv = score_small(rows, "o.vcf", "o.tsv", background=str(path)).outputs
    found = [info(columns) for columns in records(vcf)]
    sizes = np.array([abs(float(one["GS_WEIGHED_MAX"])) for one in found])
    for one, size in zip(found, sizes, strict=True):
        below, percent = 100 * np.mean(sizes < size), float(one["GS_WEIGHED_PCT"])
        assert abs(percent - below) <= 100 * np.mean(np.abs(sizes - size) < 0.01 * size + 1e-9) + 0.01
        band = "low" if percent < 90 else "moderate" if percent < 99 else "high" if percent < 99.9 else "very_high"
        assert one["GS_WEIGHED_BAND"] == band
    assert {one["GS_WEIGHED_BAND"] for one in found} >= {"low", "moderate"}
    table = [row for row in read_table(tsv) if row["TRACK"] == "other" and row["GENE"] == "."]
    sizes = np.array([abs(float(row["LOG2FC"])) for row in table])
    for row, size in zip(table, sizes, strict=True):
        near = 100 * np.mean(np.abs(sizes - size) < 0.05 * size + 1e-9) + 0.01
        assert abs(float(row["PCT"]) - 100 * np.mean(sizes < size)) <= near
    few = score_small(rows, "few.vcf", background=str(path), min_band="moderate").outputs[0]
    assert 0 < len(records(few)) < len(rows)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strand": "both"}, "was made with Strand=forward"),
        ({"shifts": "0,1"}, "was made with Shifts=0"),
        ({"predictor": "weighed_signal"}, "is of weighed, not of weighed_signal"),
    ],
)
def test_backgrounds_of_other_runs_are_refused(
    score_small: Score, small: SmallGenome, tmp_path: Path, options: dict[str, object], message: str
) -> None:
    rows = [" ".join(map(str, row)) for row in list(_variants(small))[:5]]
    (tmp_path / "in.vcf").write_text(vcf_text(rows))
    path = tmp_path / "b.npz"
    config = RunConfig(str(tmp_path / "in.vcf"), small.fasta, (str(path),), ("weighed",), annotation=str(small.genes))
    make_background(config)
    with pytest.raises(InputError, match=message):
        score_small(rows, "o.vcf", background=str(path), **options)
    assert not (tmp_path / "o.vcf").exists()


def test_what_is_no_background(score_small: Score, tmp_path: Path) -> None:
    for name, data in (("text.npz", b"hello"), ("cut.npz", b"PK\x03\x04abc")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(InputError, match="is none"):
            load_background(tmp_path / name)
    with pytest.raises(InputError, match="cannot be read"):
        load_background(tmp_path / "missing.npz")
    with pytest.raises(ConfigError, match="--min-band"):
        score_small(["chr1 300 A C"], "o.vcf", min_band="high")


def test_percentiles_of_classes() -> None:
    """Against sorting, within the width of a class."""
    rng = np.random.default_rng(5)
    values = np.concatenate([np.zeros(50), np.exp(rng.normal(-4, 2, 3_000))])
    counts = np.bincount(classes(values, ALT_CLASSES), minlength=ALT_CLASSES)
    for value in (0.0, 1e-4, 0.01, 0.3, 5.0, 1e9):
        assert smaller(counts, value) == pytest.approx(100 * np.mean(values < value), abs=0.1)


# ---- options, journal, untrained ----


def test_tables_outlast_a_crash() -> None:
    table = np.random.default_rng(1).normal(size=(7, 3)).astype(np.float32)
    table[2, 1] = np.nan
    again = _row(_words(table))
    assert isinstance(again, np.ndarray)
    np.testing.assert_array_equal(again, table)


@pytest.mark.parametrize(
    "options",
    [
        {"shifts": (0, 3)},
        {"strand": "both"},
        {"centre": "grid"},
        {"tracks": "x"},
        {"head": "mouse"},
        {"untrained": True},
    ],
)
def test_options_that_mean_nothing_are_refused(score_small: Score, options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="means nothing to spliceai"):
        score_small(["chr1 300 A C"], "o.vcf", predictor="spliceai", **options)


@pytest.mark.parametrize("shifts", ["", "a", "65", "0,0", "1.5"])
def test_bad_shifts(shifts: str) -> None:
    with pytest.raises(ConfigError, match="shifts"):
        RunConfig("x", Path("y"), shifts=shifts)  # type: ignore[arg-type]


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


# ---- windows of one length ----


@settings(max_examples=200, deadline=None)
@given(
    start=st.integers(60, 200),
    ref_length=st.integers(1, 20),
    alt=st.text("ACGT", min_size=1, max_size=20),
    shift=st.integers(-8, 8),
    anchor=st.sampled_from(["start", "middle"]),
)
def test_windows_keep_their_length_and_the_haplotype(
    start: int, ref_length: int, alt: str, shift: int, anchor: str
) -> None:
    spec = WindowSpec(
        16, 8, 6, "forward", False, False, 20, None, input_length=64, centre=30, anchor=anchor, shifts=(shift,)
    )
    contig = "".join(random.Random(1).choices("ACGT", k=400))
    edit = Edit(start, start + ref_length, alt)
    begin, end = read_span(edit, spec)
    stretch = Stretch("c", begin, end, "+", contig[begin:end], (edit,))
    first, last = ref_window(edit, spec, shift)
    assert last - first == 64
    at = start + (ref_length // 2 if anchor == "middle" else 0)
    assert at - first == 30 - shift
    window = alt_sequence(stretch, edit, spec, shift)
    assert len(window) == 64
    haplotype = contig[:start] + alt + contig[start + ref_length :]
    found = haplotype.index(window)
    moved = found - first  # where the ALT window begins, against REF's
    grown = len(alt) - ref_length
    if anchor == "start":
        assert moved == 0
    else:  # as Selene centres them
        assert moved == (grown // 2 if grown > 0 else len(alt) // 2 - ref_length // 2)
