"""`genoscore evaluate` of sequences, and of rows that depend on each other, against plain Python and `predict`."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from genoscore.core.bootstrap import draw
from genoscore.core.config import PredictConfig, RunConfig
from genoscore.core.errors import ConfigError, GenoscoreError, InputError
from genoscore.evaluation.config import EvaluateConfig, EvaluateRun
from genoscore.evaluation.evaluating import Evaluation, evaluate_table
from genoscore.evaluation.measures import estimate, obstacle
from genoscore.evaluation.observations import SEQUENCES, VARIANTS, Use, read_observations
from genoscore.predictors import registry
from genoscore.scoring.sequences import predict_sequences
from tests.conftest import Invoke
from tests.evaluate.plain_statistics import PLAIN
from tests.small import SmallGenome

pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
LENGTH = 20
# Of one base, by track, base and place: no symmetry that would hide a wrong strand.
WEIGHTS = np.random.default_rng(3).normal(0, 1, (2, 4, LENGTH)).round(2)
HEAD = ("cell", "element", "sequence", "activity", "class")


class Net(torch.nn.Module):
    """(B, 4, 20) to (B, 2): one output of two tracks for the whole window; unknown bases do nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("weights", torch.tensor(WEIGHTS, dtype=torch.float32))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.einsum("bcl,tcl->bt", x, self.weights)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Custom models: `mine` of one bin, `bins` of two."""
    folder = tmp_path_factory.mktemp("home")
    torch.jit.save(torch.jit.trace(Net(), torch.zeros(1, 4, LENGTH), check_trace=False), str(folder / "net.pt"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GENOSCORE_HOME", str(folder))
        for name, shape in (("mine", 'output_layout = "tracks"'), ("bins", "bin_size = 10\nn_bins = 2")):
            text = f'name = "{name}"\nfile = "net.pt"\ntracks = ["liver", "heart"]\ninput_length = {LENGTH}\n{shape}\n'
            (folder / f"{name}.toml").write_text(text)
            registry.add_custom(folder / f"{name}.toml")
    return folder


@pytest.fixture(autouse=True)
def _its_models(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENOSCORE_HOME", str(home))


def _turned(bases: str) -> str:
    return bases.translate(str.maketrans("ACGT", "TGCA"))[::-1]


def _by_hand(bases: str, track: str) -> float:
    weights = WEIGHTS[("liver", "heart").index(track)]
    return sum(weights["ACGT".index(base), place] for place, base in enumerate(bases))


def _rows(count: int = 24) -> list[list[str]]:
    """Elements of a track, each in both orientations, a row each."""
    rng, rows = random.Random(4), []
    for number in range(count):
        bases, track = "".join(rng.choices("ACGT", k=LENGTH)), rng.choice(["liver", "heart"])
        for one in (bases, _turned(bases)):
            value = _by_hand(one, track) + rng.gauss(0, 2)
            rows.append([track, f"e{number}", one, f"{value:.3f}", "high" if value > 0 else "low"])
    return rows


def _write(folder: Path, rows: Sequence[Sequence[str]], head: Sequence[str] = HEAD) -> Path:
    path = folder / "t.tsv"
    path.write_text("".join("\t".join(row) + "\n" for row in [head, *rows]))
    return path


def _evaluate(table: Path, run: dict[str, object] | None = None, **options: object) -> Evaluation:
    config = EvaluateRun(str(table), **{"reference": "-", "predictor": "mine", **(run or {})})  # type: ignore[arg-type]
    given = {"value": "activity", "track_column": "cell", "resamples": 100} | options
    return evaluate_table(EvaluateConfig(config, **given))  # type: ignore[arg-type]


def test_every_row_has_its_tracks_value(tmp_path: Path) -> None:
    """Other tracks, missing values and repeats are accounted for; results of all and of every track."""
    rows = _rows()
    odd = [
        ["lung", "x", "A" * LENGTH, "1", "low"], ["liver", "x", "A" * LENGTH, "NA", "low"], rows[3],
        ["liver", "x", "C" * LENGTH, "1", "low"], ["liver", "x", "c" * LENGTH, "2", "low"],
        ["heart", "x", "C" * LENGTH, "1", "low"],
    ]  # fmt: skip
    found = _evaluate(_write(tmp_path, [*rows, *odd], ("Cell", "element", "SEQUENCE", "Activity", "class")))
    given = Use.GIVEN
    assert [one.use for one in found.observations.rows[len(rows) :]] == [
        given, Use.MISSING, Use.DUPLICATE, Use.CONTRADICTORY, Use.CONTRADICTORY, given,
    ]  # fmt: skip
    (scored,) = found.scored
    assert scored.counts == {"SCORED": len(rows) + 1, "NO_TRACK": 1}
    kept = [*rows, odd[-1]]
    by_hand = [_by_hand(row[2], row[0]) for row in kept]
    assert [value for value in scored.values if not math.isnan(value)] == pytest.approx(by_hand, abs=1e-5)
    groups = [None, *dict.fromkeys(row[0] for row in [*rows, odd[0]])]
    assert [one.group for one in found.results] == groups
    assert found.results[-1].note == "0 measured, and three are needed"
    for one in found.results[:-1]:
        chosen = [i for i, row in enumerate(kept) if one.group in (None, row[0])]
        assert one.count == len(chosen)
        for name in ("pearson", "spearman"):
            plain = PLAIN[name]([float(kept[i][3]) for i in chosen], [by_hand[i] for i in chosen])
            assert one.estimates[name].value == pytest.approx(plain, abs=1e-6)


@pytest.mark.parametrize("strand", ["spec", "reverse"])
def test_the_numbers_are_those_of_predict(strand: str, tmp_path: Path) -> None:
    """Also of sequences that are shorter than the window, and of letters that are no base."""
    rng, letters = random.Random(6), "ACGTNRacgtu"
    bases = ["".join(rng.choices(letters, k=rng.randint(1, LENGTH))) + "ACG"[i % 3] for i in range(9)]
    bases = [one[:LENGTH] for one in bases]
    table = _write(tmp_path, [["heart", "x", one, str(i), ""] for i, one in enumerate(bases)])
    found = _evaluate(table, {"strand": strand, "tracks": "heart", "batch_size": 2}, track_column=None)
    fasta, target = tmp_path / "s.fa", tmp_path / "s.tsv"
    fasta.write_text("".join(f">{i}\n{one}\n" for i, one in enumerate(bases)))
    predict_sequences(PredictConfig(str(target), str(fasta), predictor="mine", strand=strand, tracks="heart"))
    lines = [line for line in target.read_text().splitlines() if not line.startswith("#")]
    assert [float(line.split("\t")[-1]) for line in lines[-9:]] == pytest.approx(found.scored[0].values.tolist())
    assert [one.group for one in found.results] == [None]


def test_labels_are_compared_with_the_sign(tmp_path: Path) -> None:
    rows = _rows()
    found = _evaluate(_write(tmp_path, rows), value=None, label="class", positive="high", negative="low")
    targets, by_hand = [float(row[4] == "high") for row in rows], [_by_hand(row[2], row[0]) for row in rows]
    assert min(by_hand) < 0
    assert found.results[0].estimates["auroc"].value == pytest.approx(PLAIN["auroc"](targets, by_hand))


def test_folder_and_report(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program, without a reference; results by another column than that of the tracks."""
    rows = _rows()
    table, folder = _write(tmp_path, rows), tmp_path / "o"
    words = f"{table} --sequence Sequence --track-column cell --group class --cluster element --value activity -p mine"
    done = invoke("evaluate", *words.split(), "--resamples", "100", "-o", str(folder), "-q")
    assert done.exit_code == 0, done.output
    heading, head, first, *rest = done.stdout.splitlines()
    assert heading.split() == ["GS_MINE_PREDICTED"]
    assert head.split()[:4] == ["by", "class", "sequences", "clusters"]
    assert first.split()[:3] == ["all", "48", "24"]
    assert [line.split()[0] for line in rest[:2]] == list(dict.fromkeys(row[4] for row in rows))
    assert rest[2:4] == [
        "48 rows read, 48 given to the predictors",
        "intervals: 100 bootstrap resamples of whole clusters (element), seed 0",
    ]
    answer = json.loads((folder / "evaluation.json").read_text())
    assert (answer["of"], answer["compared"]["cluster"]) == ("sequences", "element")
    assert [answer["results"][0][key] for key in ("sequences", "clusters", "positives")] == [48, 24, None]
    assert answer["provenance"]["mine"]["Strand"] == "spec"
    lines = [line.split("\t") for line in (folder / "sequences.tsv").read_text().splitlines()]
    names = "LINE SEQUENCE TRACK USE VALUE GROUP CLUSTER GS_MINE_STATUS GS_MINE_PREDICTED"
    assert lines[0] == names.split()
    assert lines[1][:-1] == ["2", rows[0][2], rows[0][0], "given", rows[0][3], rows[0][4], "e0", "SCORED"]
    assert (folder / "scatter.png").exists()
    assert "48 sequences" in (folder / "scatter.svg").read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"run": {"reference": Path("g.fa")}}, "which do not use --reference; leave it out"),
        ({"run": {"shifts": "0,1", "distance": 9}}, "which do not use --distance, --shifts; leave it out"),
        ({"run": {"strand": "both"}}, "strand 'both' is unknown; one of spec, forward, reverse"),
        ({"score": "MAX"}, "which do not use --score"),
        ({"value": None, "label": "class", "positive": "a", "negative": "b", "signed": True}, "do not use --signed"),
        (
            {"run": {"predictor": "bins"}},
            "bins gives 2 values per track for table {}, line 2, and only one can be compared",
        ),
        ({"track_column": None}, "mine has 2 tracks: liver, heart; give --track-column COLUMN"),
        ({"track_column": "element"}, "mine has none of the tracks in element: e0, e1, e2, e3, e4, e5, e6, e7 and 16"),
        ({"track_column": "tissue"}, "table {} has no column tissue"),
        ({"sequence": "element"}, "table {}, line 2: element holds 'e', which is not a nucleotide code; write A, C"),
        ({"cluster": "batch"}, "table {} has no column batch"),
    ],
)
def test_what_cannot_work(options: dict[str, object], message: str, tmp_path: Path) -> None:
    table = _write(tmp_path, _rows())
    with pytest.raises(GenoscoreError) as caught:
        _evaluate(table, **options)  # type: ignore[arg-type]
    assert message.format(table) in caught.value.one_line()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (["liver", "e1", "", "1", "low"], "line 50: sequence is empty; fix the row"),
        (["liver", "e1", "ACG-", "1", "low"], "line 50: sequence holds '-', which is not a nucleotide code"),
        (["liver", "e1", "A" * 21, "1", "low"], "line 50 has 21 bases, but mine reads 20"),
        (["liver", ".", "ACGT", "1", "low"], "line 50: element is '.', so its cluster is unknown; fix the row"),
        (["liver", "e1", "ACGT", "1,5", "low"], "line 50: activity is '1,5', not a number"),
    ],
)
def test_rows_that_cannot_be_used(row: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        _evaluate(_write(tmp_path, [*_rows(), row]), cluster="element")
    assert message in caught.value.one_line()


@pytest.mark.parametrize(
    ("head", "options", "kind"),
    [
        ("CHROM POS REF ALT sequence x", {}, VARIANTS),
        ("CHROM POS REF ALT sequence x", {"sequence": "SEQUENCE"}, SEQUENCES),
        ("a b c d Sequence x", {}, SEQUENCES),
        ("#a b c d SEQUENCE x", {}, SEQUENCES),
    ],
)
def test_what_a_table_is_about(head: str, options: dict[str, str], kind: object, tmp_path: Path) -> None:
    table = _write(tmp_path, [["1", str(pos), "A", "C", "AC" * pos, "1"] for pos in range(1, 5)], head.split())
    run = RunConfig(str(table), Path("-" if kind is SEQUENCES else "g.fa"))
    assert read_observations(EvaluateConfig(run, value="x", **options)).kind is kind  # type: ignore[arg-type]


def test_variants_need_a_reference_and_have_no_track(tmp_path: Path) -> None:
    table = str(_write(tmp_path, [["1", "5", "A", "C", "1"]], ("CHROM", "POS", "REF", "ALT", "x")))
    for run, options, message in (
        (RunConfig(table, "-"), {}, "has variants, and there is no reference; give -r FASTA"),
        (EvaluateRun(table, "g.fa", strand="reverse"), {}, "strand 'reverse' is for sequences"),
        (RunConfig(table, "g.fa"), {"track_column": "x"}, "--track-column is for sequences"),
    ):
        with pytest.raises(ConfigError) as caught:
            read_observations(EvaluateConfig(run, value="x", **options))  # type: ignore[arg-type]
        assert message in caught.value.one_line()


def test_the_real_table(shared: Path) -> None:
    """Both orientations of an element stand in it, mostly for each of two cell types."""
    run = RunConfig(str(shared / "data" / "lentimpra.train.tsv.gz"), Path("-"))
    config = EvaluateConfig(run, value="log2_activity", track_column="cell_type", cluster="element")
    found = read_observations(config)
    assert (found.kind, len(found.given), len(found.rows)) == (SEQUENCES, 27063, 27063)
    assert {one.group for one in found.given} == {"HepG2", "WTC11"}
    assert len({one.cluster for one in found.given}) == 13462


# Clusters.


@pytest.mark.parametrize("labelled", [True, False])
def test_whole_clusters_are_drawn(labelled: bool) -> None:
    """Against plain Python: as many clusters as there are, with replacement, each with all that it holds."""
    rng = random.Random(7)
    clusters = np.array([rng.choice([3, 5, 8, 9, 11]) for _ in range(24)])
    scores = np.array([round(rng.gauss(0, 1), 1) for _ in clusters])
    targets = np.array([round(float(one) + rng.gauss(0, 1), 1) for one in scores])
    targets = (targets > 0).astype(float) if labelled else targets
    found = estimate(targets, scores, labelled, 100, 2, clusters)
    members = np.unique(clusters, return_inverse=True)[1]
    (counts,) = draw(members, 100, 2)
    for one in counts:
        times = [set(one[members == cluster]) for cluster in range(5)]
        assert all(len(each) == 1 for each in times)
        assert sum(map(sum, times)) == 5
    for name, one in found.items():
        drawn = [np.repeat(np.arange(24), each) for each in counts]
        plain = [PLAIN[name](targets[rows].tolist(), scores[rows].tolist()) for rows in drawn]
        assert (one.low, one.high) == pytest.approx(np.percentile(plain, [2.5, 97.5]), abs=1e-12)
        assert one.value == pytest.approx(PLAIN[name](targets.tolist(), scores.tolist()))


@pytest.mark.usefixtures("toy")
def test_variants_in_clusters(small: SmallGenome, tmp_path: Path) -> None:
    rows = []
    for pos in range(110, 790, 23):
        ref = small.sequences["chr1"][pos - 1]
        rows.append(["chr1", str(pos), ref, "A" if ref != "A" else "C", str(pos % 7), f"part{pos // 100}"])
    table = _write(tmp_path, rows, ("CHROM", "POS", "REF", "ALT", "effect", "part"))
    run = RunConfig(str(table), small.fasta, predictor="toy", annotation=str(small.genes))
    found = evaluate_table(EvaluateConfig(run, value="effect", cluster="part", resamples=100))
    (one,), (scored,) = found.results, found.scored
    kept = np.isfinite(scored.values)
    parts = np.array([row[5] for row in rows])[kept]
    numbers = np.unique(parts, return_inverse=True)[1]
    targets = np.array([float(row[4]) for row in rows])[kept]
    assert (one.count, one.clusters) == (kept.sum(), len(set(parts)))
    assert one.estimates == estimate(targets, scored.values[kept], False, 100, 0, numbers)
    assert one.estimates != estimate(targets, scored.values[kept], False, 100, 0)


def test_copies_of_a_row_tell_no_more_than_the_row() -> None:
    rng = np.random.default_rng(1)
    scores = rng.normal(size=60)
    targets = scores + rng.normal(size=60)
    once = estimate(targets, scores, False, 400, 0)["pearson"]
    twice = [np.repeat(one, 4) for one in (targets, scores, np.arange(60))]
    kept = estimate(twice[0], twice[1], False, 400, 0, twice[2])["pearson"]
    assert (kept.low, kept.high) == pytest.approx((once.low, once.high), abs=1e-12)
    naive = estimate(twice[0], twice[1], False, 400, 0)["pearson"]
    assert naive.high - naive.low < 0.7 * (once.high - once.low)


def test_one_cluster_has_no_interval() -> None:
    numbers = np.array([1.0, 2.0, 4.0])
    assert obstacle(numbers, numbers, False, np.array([2, 2, 2])) == "all belong to one cluster, and two are needed"
    assert obstacle(numbers, numbers, False, np.array([2, 2, 1])) == ""
