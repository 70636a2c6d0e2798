"""Consequences do not depend on where a run was interrupted, on the size of its chunks or on other records."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import InputError
from genoscore.engine import run as engine_run
from genoscore.engine import site_search
from genoscore.inputs.gene import Gene
from genoscore.planning.chunks import make_chunks
from genoscore.predictors import registry
from genoscore.scoring import effects, opening
from tests.conftest import Score
from tests.consequences.told import gtf_of_small
from tests.small import SmallGenome, read_table, vcf_text

OUTPUTS = ("o.vcf", "o.tsv", "o.bcf")


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._BUILT_IN, "wide", "tests.consequences.wide_toy:WIDE_TOY")


@pytest.fixture
def score_options(tmp_path: Path) -> dict[str, object]:
    """All runs of this file."""
    return {"annotation": str(gtf_of_small(tmp_path)), "predictor": "wide", "distance": 60, "reach": 200}


@pytest.fixture
def in_chunks(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets how many records a chunk has."""
    return lambda size: monkeypatch.setattr(
        opening, "make_chunks", lambda records, _: make_chunks(records, max_records=size)
    )


def _rows(small: SmallGenome) -> list[str]:
    rng = random.Random(11)
    rows = []
    for pos in sorted(rng.sample(range(105, 790), 15)):
        ref = small.sequences["chr1"][pos - 1 : pos - 1 + rng.choice([1, 1, 4])]
        alts = rng.sample(["A", "C", "GTG", "TTAGGTAAGT"], rng.choice([1, 2]))
        rows.append(f"chr1 {pos} {ref} {','.join(alt for alt in alts if alt != ref) or 'GG'}")
    return rows


def _interrupt(count: int, run: Callable[[], object]) -> None:
    """Run until so many chunks are done."""
    calls, compute = [], engine_run.compute_chunk

    def computed(*given: Any, **more: Any) -> Any:
        calls.append(1)
        if len(calls) > count:
            raise KeyboardInterrupt
        return compute(*given, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_run, "compute_chunk", computed)
        with pytest.raises(KeyboardInterrupt):
            run()


def _bytes(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in OUTPUTS]


def test_a_resumed_run_writes_the_same_bytes(
    score_small: Score, small: SmallGenome, tmp_path: Path, in_chunks: Callable[[int], None]
) -> None:
    in_chunks(3)
    rows = _rows(small)
    score_small(rows, *OUTPUTS, resume=True)
    whole = _bytes(tmp_path)
    events = {row["EVENT"] for row in read_table(tmp_path / "o.tsv")}
    assert events - {"none", "."}
    for name in OUTPUTS:
        (tmp_path / name).unlink()
    for count in (1, 2):
        _interrupt(count, lambda: score_small(rows, *OUTPUTS, resume=True))
        assert not any((tmp_path / name).exists() for name in OUTPUTS)
    journal = tmp_path / "o.vcf.genoscore-journal"
    kept = journal.read_bytes()
    assert 2 <= kept.count(b"\n") <= 4
    score_small(rows, *OUTPUTS, resume=True)
    assert _bytes(tmp_path) == whole
    for spoil in (
        lambda sites: {"wide": sites["wide"][1:]},
        lambda sites: {"wide": [[5]] * len(sites["wide"])},
        lambda sites: {"wide": [[1, 2, [[3, "x"]], []]] * len(sites["wide"])},
        lambda sites: {"other": []},
        lambda sites: [],
    ):
        journal.write_bytes(_spoilt(kept, spoil))
        with pytest.raises(InputError, match="is damaged") as caught:
            score_small(rows, *OUTPUTS, resume=True)
        assert "\n" not in caught.value.one_line()


def _spoilt(journal: bytes, spoil: Callable[[Any], Any]) -> bytes:
    """With other sites in the second line, and a checksum that is right."""
    head, first, *rest = journal.splitlines(keepends=True)
    item = json.loads(first.rpartition(b"\t")[0])
    item["sites"] = spoil(item["sites"])
    text = json.dumps(item).encode()
    return b"".join([head, b"%b\t%08x\n" % (text, zlib.crc32(text)), *rest])


def test_another_reach_is_another_run(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    """As are consequences where there were none."""
    rows = _rows(small)[:3]
    for before, after in (({}, {"reach": 150}), ({"consequences": False}, {}), ({}, {"consequences": False})):
        _interrupt(0, partial(score_small, rows, *OUTPUTS, resume=True, **before))
        with pytest.raises(InputError, match=r"--resume: .* in the interrupted run"):
            score_small(rows, *OUTPUTS, resume=True, **after)
        (tmp_path / "o.vcf.genoscore-journal").unlink()


def test_the_size_of_chunks_does_not_matter(
    score_small: Score, small: SmallGenome, tmp_path: Path, in_chunks: Callable[[int], None]
) -> None:
    written = []
    for size in (1, 512):
        in_chunks(size)
        score_small(vcf_text(_rows(small)), "o.tsv")
        written.append(read_table(tmp_path / "o.tsv"))
    assert written[0] == written[1]


@pytest.mark.usefixtures("toy")
def test_an_event_that_is_not_known_has_its_reason(
    score_small: Score, small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scores from a file say nothing of sites; and no site is known where the search gives no numbers."""
    rows = _rows(small)
    made = score_small(rows[:4], "made.vcf.gz", predictor="toy").outputs[0]
    score_small(rows, "a.tsv", "a.vcf", predictor="toy", precomputed=str(made))
    table = read_table(tmp_path / "a.tsv")
    assert {row["SOURCE"] for row in table} == {"precomputed", "computed"}
    for row in table:
        unknown = row["SOURCE"] == "precomputed"
        assert (row["EVENT"] == ".") == (row["EVENT_REASON"] == "precomputed") == unknown
    assert "GS_TOY_EVENT=." in (tmp_path / "a.vcf").read_text()
    monkeypatch.setattr(site_search.SiteFinder, "search", lambda *_: {})
    score_small(rows[:4], "b.tsv")
    assert {(row["EVENT"], row["EVENT_REASON"]) for row in read_table(tmp_path / "b.tsv")} == {(".", "not_finite")}


def test_models_of_transcripts_are_bounded_and_never_of_another_gene(small: SmallGenome) -> None:
    """Genes come and go, and Python gives new ones the identity of old ones."""
    from genoscore.inputs.fasta import ReferenceGenome

    told = effects.Effects(["wide"], ReferenceGenome(small.fasta), None, RunConfig("-", small.fasta))
    identities, bases = set(), small.sequences["chr1"]
    for number in range(3 * effects._MODELS):
        gene = Gene("G", "G", "1", "+", number, number + 60, (number, number + 40), (number + 20, number + 60))
        identities.add(id(gene))
        model = told._model(gene, "chr1")
        assert model.gene is gene
        assert model.mrna == bases[number : number + 20] + bases[number + 40 : number + 60]
        assert told._model(gene, "chr1") is model
        assert len(told._models) <= effects._MODELS
    assert len(identities) < 3 * effects._MODELS
