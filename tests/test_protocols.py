"""What every predictor, scorer and writer promises, a plug-in's too: one test body for all of a kind."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import genoscore.scoring.run
from genoscore.core.config import RunConfig
from genoscore.core.edits import Edit
from genoscore.core.encode import TABLES, one_hot
from genoscore.core.errors import WeightsError
from genoscore.core.variants import Variant
from genoscore.core.windows import own_bins
from genoscore.engine.layout import Layout, TrackBlock
from genoscore.engine.results import RecordResult
from genoscore.inputs.gene import Gene
from genoscore.inputs.sequences import FastaSequence
from genoscore.outputs.base import Output, WriterContext
from genoscore.outputs.targets import FORMATS, find_writer
from genoscore.outputs.tracks import TRACK_FORMATS, TrackContext, track_files, track_writer
from genoscore.planning.jobs import Job
from genoscore.predictors import registry
from genoscore.predictors.base import Predictor, PredictorSpec, Screening
from genoscore.scores.base import Scorer
from genoscore.scores.registry import SCORERS, make_scorer
from genoscore.scoring.run import score_vcf
from tests.small import SmallGenome, vcf_text
from tests.toy import loaded

OWN = sorted(registry._BUILT_IN)
TOYS = {
    "toy": "tests.toy:TOY",
    "tissue_toy": "tests.toy:TISSUE_TOY",
    "bins": "tests.toy:BINS",
    "signed_bins": "tests.toy:SIGNED_BINS",
}
PLUGINS, PLUGIN_FAMILY, PLUGIN_SUFFIX = ("cpg", "donors"), "sites", ".jsonl"
REACH = 20
SHARED_WEIGHTS = {"openspliceai": "openspliceai-mane/10000nt", "pangolin": "pangolin"}
# Networks of 10,000 bases that come in no other size take minutes; every other predictor of the registry is called.
LARGE = ("pangolin", "spliceai")
SHORT_CONTEXT = {"openspliceai": "openspliceai-mane/80nt"}
# Where weights cannot be had: shapes of small networks, for random ones.
SHAPES: dict[str, dict[str, Any]] = {
    "enformer": {
        "dim": 48, "depth": 1, "heads": 2, "output_heads": {"human": 3}, "target_length": 8, "dim_divisible_by": 8,
        "attn_dim_key": 8, "use_tf_gamma": False, "input_length": 2048,
    },
    "sei": {"n_genomic_features": 5, "sequence_length": 64},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _plugged_in(plugin_example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(plugin_example))
    for name, row in TOYS.items():
        monkeypatch.setitem(registry._BUILT_IN, name, row)


def _config(name: str, **options: object) -> RunConfig:
    return RunConfig("-", Path("-"), predictor=(name,), distance=REACH, device="cpu", **options)


@pytest.mark.parametrize("name", [*OWN, *TOYS, *PLUGINS])
def test_a_spec_is_whole(name: str) -> None:
    entry = registry.get(name)
    spec = entry.spec(_config(name))
    assert name in registry.names()
    assert {entry.card.name, spec.name} == {name}
    assert spec.tracks
    assert len(set(spec.tracks)) == len(spec.tracks)
    assert min(spec.bin_size, spec.n_bins, spec.replicates, spec.max_allele_length) >= 1
    assert spec.context_length >= 0
    assert spec.context_length % 2 == 0
    assert spec.strand in ("gene", "forward", "both")
    assert spec.iupac in TABLES
    assert spec.genes.bound or not spec.genes.masked
    if spec.fixed is not None:
        assert spec.fixed.length == spec.context_length + spec.n_bins * spec.bin_size
        assert 0 <= spec.fixed.anchor_index < spec.fixed.length
    files = entry.card.sha256
    assert all(len(digest) in (0, 64) for digest in files.values())


@pytest.mark.parametrize("name", [*TOYS, *PLUGINS, *(name for name in OWN if name not in LARGE)])
def test_a_predictor_predicts(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Every predictor of the registry, small where it comes in several sizes; a new one is called by this."""
    options: dict[str, Any] = {}
    if name in SHAPES:
        (tmp_path / "config.json").write_text(json.dumps(SHAPES[name]))
        options = {"weights": {name: tmp_path}, "untrained": True}
    elif name in SHORT_CONTEXT:
        options = {"weights": {name: request.getfixturevalue("shared") / "models" / SHORT_CONTEXT[name]}}
    _check_predict(loaded(registry.get(name), _config(name, precision="fp32", **options)))


@pytest.mark.slow
@pytest.mark.parametrize("name", OWN)
def test_a_predictor_of_full_size_predicts(name: str, request: pytest.FixtureRequest) -> None:
    try:
        predictor = loaded(registry.get(name), _config(name, precision="fp32"))
    except WeightsError:
        options: dict[str, Any] = {"untrained": True}
        if name in SHARED_WEIGHTS:
            options = {"weights": {name: request.getfixturevalue("shared") / "models" / SHARED_WEIGHTS[name]}}
        predictor = loaded(registry.get(name), _config(name, precision="fp32", **options))
    _check_predict(predictor)


def _check_predict(predictor: Predictor) -> None:
    """(B, 4, L) to (B, R, T, N), the same in any batch, and in fp32 on the CPU."""
    spec = predictor.spec
    length = spec.input_length or spec.context_length + 3 * spec.bin_size
    generator = torch.Generator().manual_seed(1)
    codes = torch.randint(0, 5, (3, length), generator=generator)  # N among them
    x = one_hot(["".join("ACGTN"[code] for code in row) for row in codes.tolist()], spec.n_fill, TABLES[spec.iupac])
    y = predictor.predict(x)
    n_bins = (length - spec.context_length) // spec.bin_size
    assert y.shape == (3, spec.replicates, len(spec.tracks), n_bins)
    assert torch.isfinite(y).all()
    assert not y.requires_grad
    alone = torch.cat([predictor.predict(x[row : row + 1]) for row in range(3)])
    torch.testing.assert_close(alone, y, atol=1e-6, rtol=1e-6)
    again = predictor.to_fallback()
    assert again.spec == spec
    assert again.device.type == "cpu"
    torch.testing.assert_close(again.predict(x).cpu(), y.cpu(), atol=1e-5, rtol=1e-5)


def _spec_of(family: str) -> PredictorSpec:
    for name in (*TOYS, *PLUGINS, *OWN):
        spec = registry.get(name).spec(_config(name))
        if spec.family == family:
            return spec
    raise AssertionError(f"no predictor of family {family}")


def _jobs(ref: str, alt: str, count: int, one_edit: bool) -> list[Job]:
    """Jobs of several places; or of one, the first without a gene and the others with genes that start there."""
    gene = Gene("G", "G", "1", "+", 0, 5_000, (100, 1_000), (500, 5_000))
    jobs = []
    for number in range(count):
        start = 1_000 + (0 if one_edit else number)
        if one_edit:
            gene = Gene("G", "G", "1", "-", 0, 1_000 + 5 * number, (100,), (500,))
        edit = Edit(start, start + len(ref), alt)
        owner = None if one_edit and number == 0 else gene
        jobs.append(Job(Variant("1", start + 1, ref, alt), owner, "+", start + 1, 0, 5_000, edit))
    return jobs


def _outputs(spec: PredictorSpec, edit: Edit) -> tuple[torch.Tensor, torch.Tensor]:
    """Of three jobs: random, between 0 and 1; of windows of one length, the same for all."""
    generator = torch.Generator().manual_seed(2)
    n_ref, n_alt = own_bins(edit, spec)
    rows = 3 if spec.input_length is None else 1
    shape = rows, spec.replicates, len(spec.tracks)
    before, after = (torch.rand(*shape, n_bins, generator=generator) for n_bins in (n_ref, n_alt))
    return before.expand(3, -1, -1, -1), after.expand(3, -1, -1, -1)


@pytest.mark.parametrize("family", [*SCORERS, PLUGIN_FAMILY])
@pytest.mark.parametrize(("ref", "alt"), [("A", "C"), ("A", "ACG"), ("ACG", "A"), ("AC", "GTT")])
def test_a_scorer_scores(family: str, ref: str, alt: str) -> None:
    """A number per declared field, the same in any batch; nothing where nothing changes."""
    spec = _spec_of(family)
    scorer: Scorer = make_scorer(spec, _config(spec.name))
    ids = [one.id for one in scorer.fields]
    assert ids
    assert len(set(ids)) == len(ids)
    assert any(one.in_maximum for one in scorer.fields)
    for one in scorer.fields:
        assert one.id.isidentifier()
        assert one.type in ("Float", "Integer")
        assert '"' not in one.description
        assert "\n" not in one.description
    jobs = _jobs(ref, alt, 3, one_edit=spec.input_length is not None)
    before, after = _outputs(spec, jobs[0].edit)
    scores = scorer.score(before, after, jobs)
    rows = [len(scorer.tracks)] if scorer.tracks else []
    assert scores.shape == (3, *rows, len(ids))
    for job, of_job in zip(jobs, scores, strict=True):
        given = [one.is_given(job.gene is not None) for one in scorer.fields]
        assert torch.isfinite(of_job).reshape(-1, len(ids)).all(dim=0).tolist() == given
        assert any(one.counts(job.gene is not None) for one in scorer.fields)
    alone = torch.cat(
        [scorer.score(before[row : row + 1], after[row : row + 1], jobs[row : row + 1]) for row in range(3)]
    )
    torch.testing.assert_close(alone, scores, equal_nan=True)
    screening = Screening(sensitive=0.5, floor=0.1, slope=1.0)
    unsettled = scorer.unsettled(before, after, jobs, screening)
    assert (unsettled.dtype, unsettled.shape) == (torch.bool, (3,))
    if len(ref) == len(alt):
        same = scorer.score(before, before.clone(), jobs)
        for one, column in zip(scorer.fields, same.unbind(-1), strict=True):
            if one.in_maximum:
                assert {float(one.text(value)) for value in column.flatten().tolist() if value == value} == {0.0}


@dataclass
class _Spy:
    """A writer that keeps what it is given."""

    target: str
    context: WriterContext
    results: list[RecordResult] = field(default_factory=list)
    note = ""

    def write(self, result: RecordResult) -> None:
        self.results.append(result)

    def prepare(self) -> None: ...

    def commit(self) -> None: ...

    def discard(self) -> None: ...


@pytest.fixture(scope="module")
def spy(small: SmallGenome, tmp_path_factory: pytest.TempPathFactory) -> _Spy:
    """Results of a run, and what its writers are told: every kind of record, two predictors."""
    one = small.sequences["chr1"]
    other = {base: "ACGT"["CGTA".index(base)] for base in "ACGT"}
    rows = [
        f"chr1 480 {one[479]} {other[one[479]]},{one[479]}TT",  # two ALTs, two genes
        f"chr1 900 {one[899]} <DEL>",
        f"chr1 901 {one[900]} .",
        f"chr2 1100 {small.sequences['chr2'][1099]} {other[small.sequences['chr2'][1099]]}",
    ]
    source = tmp_path_factory.mktemp("spy") / "in.vcf"
    source.write_text(vcf_text(rows))
    spies: list[_Spy] = []

    def open_spy(target: str, context: WriterContext) -> _Spy:
        spies.append(_Spy(target, context))
        return spies[0]

    with pytest.MonkeyPatch.context() as patch:
        for name, row in TOYS.items():
            patch.setitem(registry._BUILT_IN, name, row)
        patch.setattr(genoscore.scoring.run, "find_writer", lambda _: open_spy)
        predictors = ("toy", "tissue_toy")
        score_vcf(RunConfig(str(source), small.fasta, ("o",), predictors, annotation=str(small.genes), distance=REACH))
    return spies[0]


def _check_writer(opened: Callable[[], Output[Any]], files: list[Path], may_be_empty: bool = False) -> None:
    """Nothing appears before `commit`; `discard` leaves nothing, and is harmless after it.

    Args:
        opened: opens the output anew and writes the same into it.
    """
    folder = files[0].parent
    early = opened()
    assert not any(file.exists() for file in files)
    early.discard()
    assert list(folder.iterdir()) == []
    late = opened()
    late.prepare()
    assert not any(file.exists() for file in files)
    late.discard()
    assert list(folder.iterdir()) == []
    made = []
    for _ in range(2):  # the second in the place of the first
        writer = opened()
        writer.prepare()
        writer.commit()
        writer.discard()
        assert isinstance(writer.note, str)
        beside = {path.name for path in folder.iterdir()} - {file.name for file in files}
        assert beside <= {f"{file.name}{suffix}" for file in files for suffix in (".tbi", ".csi")}
        made.append([file.read_bytes() for file in files])
    assert made[0] == made[1]
    assert all(made[0]) or may_be_empty


@pytest.mark.parametrize("suffix", [*FORMATS, PLUGIN_SUFFIX])
@pytest.mark.parametrize("count", [0, 4])
def test_a_writer_writes(spy: _Spy, tmp_path: Path, suffix: str, count: int) -> None:
    target = tmp_path / f"out{suffix}"
    assert len(spy.results) == 4

    def opened() -> Output[Any]:
        writer = find_writer(str(target))(str(target), spy.context)
        assert writer.target == str(target)
        for result in spy.results[:count]:
            writer.write(result)
        return writer

    _check_writer(opened, [target], may_be_empty=count == 0)


@pytest.mark.parametrize("suffix", [*TRACK_FORMATS])
@pytest.mark.parametrize("bin_size", [1, 4])
def test_a_track_writer_writes(tmp_path: Path, suffix: str, bin_size: int) -> None:
    """In blocks, of several tracks, with bins that lie beyond the sequence's ends."""
    target = str(tmp_path / f"out{suffix}")
    names = ("one", "the other")
    context = TrackContext(names, bin_size, {"s": 50, "t": 9}, {"Version": "0", "Predictor": "p"})
    start = 0 if bin_size == 1 else -6
    blocks = []
    for source in (FastaSequence("s", "ACGT" * 5), FastaSequence("t", "ACGTTGCAA")):
        n_bins = source.length if bin_size == 1 else 9
        layout = Layout(source, start, bin_size, n_bins)
        values = np.linspace(0, 1, 2 * n_bins, dtype=np.float32).reshape(2, n_bins)
        blocks += [TrackBlock(layout, 0, values[:, :5]), TrackBlock(layout, 5, values[:, 5:])]
    assert [block.is_last for block in blocks] == [False, True, False, True]
    assert sum(block.bases for block in blocks) == 29

    def opened() -> Output[Any]:
        writer = track_writer(target)(target, context)
        assert writer.target == target
        for block in blocks:
            writer.write(block)
        return writer

    _check_writer(opened, [Path(file) for file in track_files(target, names)])
