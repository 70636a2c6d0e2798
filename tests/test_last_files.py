"""What is written last belongs to the outputs: summary, index, tables of every command, and the journal."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from genoscore import PredictConfig, predict_sequences
from genoscore.core.config import RunConfig
from genoscore.core.errors import InputError, OutputError
from genoscore.engine.journal import Journal
from genoscore.explaining.folder import MARK, OutputFolder
from genoscore.outputs.summary_json import SummaryJson
from genoscore.outputs.targets import FORMATS
from genoscore.predictors import registry
from genoscore.scoring.backgrounds import make_background
from genoscore.scoring.run import score_vcf
from tests.conftest import Score
from tests.small import SmallGenome, vcf_text

ROWS = ["chr1 901 A <DEL>", "chr1 902 A <DEL>"]
JOURNAL = "o.vcf.genoscore-journal"


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """From now on no file can take this name, while what is set aside can be put back."""
    replace = os.replace

    def failing(name: str) -> None:
        def refusing(source: str | Path, target: str | Path) -> None:
            if Path(target).name == name and Path(source).parent.name != "old":
                raise OSError(28, "No space left on device")
            replace(source, target)

        monkeypatch.setattr(os, "replace", refusing)

    return failing


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("toy")
def test_a_summary_that_cannot_appear_restores_outputs_of_all_formats(
    score_small: Score, tmp_path: Path, refuse: Callable[[str], None]
) -> None:
    names, summary = [f"o{suffix}" for suffix in FORMATS], tmp_path / "s.json"
    score_small(ROWS, *names, summary=summary)
    before = _contents(tmp_path)
    assert before.keys() == {"in.vcf", "s.json", *names, "o.vcf.gz.tbi", "o.vcf.bgz.tbi", "o.bcf.csi"}
    refuse("s.json")
    with pytest.raises(OutputError, match=r"s\.json cannot be written \(No space left on device\)"):
        score_small(vcf_text(ROWS[:1]), *names, summary=summary)
    assert _contents(tmp_path) | {"in.vcf": b""} == before | {"in.vcf": b""}


@pytest.mark.usefixtures("toy")
def test_a_summary_that_cannot_be_written_leaves_nothing(
    score_small: Score, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(output: SummaryJson) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(SummaryJson, "_finish", full)
    with pytest.raises(OutputError, match=r"s\.json cannot be written"):
        score_small(ROWS, "o.vcf.gz", summary=tmp_path / "s.json", resume=True)
    assert {path.name for path in tmp_path.iterdir()} == {"in.vcf", "o.vcf.gz.genoscore-journal"}


@pytest.mark.usefixtures("toy")
def test_the_summary_has_what_is_known_last(score_small: Score, tmp_path: Path) -> None:
    done = score_small(ROWS[::-1], "o.vcf.gz", summary=tmp_path / "s.json")
    summary = json.loads((tmp_path / "s.json").read_text())
    assert "o.vcf.gz has no index: its records are not sorted" in " ".join(summary["warnings"])
    assert summary["warnings"] == done.summary.warnings
    assert summary["seconds"]["total"] >= summary["seconds"]["write"] > 0


@pytest.mark.usefixtures("toy")
def test_of_predict(tmp_path: Path, refuse: Callable[[str], None]) -> None:
    source, names = tmp_path / "in.fa", ("o.npz", "o.tsv.gz", "o.tsv", "o.bedgraph", "o.bedgraph.gz", "z.bedgraph")
    outputs = tuple(str(tmp_path / name) for name in names)
    source.write_text(">s\nACGTACGTAC\n")
    predict_sequences(PredictConfig(outputs, str(source), predictor="toy"))
    before = _contents(tmp_path)
    assert {"z.donor.bedgraph", "z.neither.bedgraph", "o.acceptor.bedgraph.gz"} <= before.keys()
    source.write_text(">s\nGGGGGGG\n")
    refuse("z.donor.bedgraph")
    with pytest.raises(OutputError, match=r"z\.donor\.bedgraph cannot be written"):
        predict_sequences(PredictConfig(outputs, str(source), predictor="toy"))
    assert _contents(tmp_path) | {"in.fa": b""} == before | {"in.fa": b""}


def test_of_background(
    small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refuse: Callable[[str], None]
) -> None:
    monkeypatch.setitem(registry._BUILT_IN, "bins", "tests.toy:BINS")
    source, summary, target = tmp_path / "in.vcf", tmp_path / "s.json", tmp_path / "b.npz"
    base = small.sequences["chr1"][599]
    source.write_text(vcf_text([f"chr1 600 {base} {'A' if base != 'A' else 'C'}"]))
    target.write_text("old")
    refuse("s.json")
    config = RunConfig(str(source), small.fasta, (str(target),), ("bins",), annotation="none", summary=summary)
    with pytest.raises(OutputError, match=r"s\.json"):
        make_background(config)
    assert target.read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"in.vcf", "b.npz"}


def test_of_train_and_evaluate(tmp_path: Path, refuse: Callable[[str], None]) -> None:
    """Both add files to a folder."""
    from genoscore.training import saving

    saving.write_all(tmp_path / "out", {"a.bin": b"old", "metrics.json": "old"})
    (tmp_path / "out" / "other").write_text("stays")
    before = _contents(tmp_path)
    refuse("metrics.json")
    with pytest.raises(OutputError, match=r"metrics\.json cannot be written"):
        saving.write_all(tmp_path / "out", {"a.bin": b"new", "metrics.json": "new"})
    assert _contents(tmp_path) == before


def test_checkpoints_that_cannot_be_deleted_harm_nothing(tmp_path: Path) -> None:
    from genoscore.training.run import delete

    (tmp_path / "member-0.pt").mkdir()
    (tmp_path / "member-1.pt").write_text("x")
    said: list[str] = []
    delete([tmp_path / name for name in ("member-0.pt", "member-1.pt", "member-2.pt")], said.append)
    assert [path.name for path in tmp_path.iterdir()] == ["member-0.pt"]
    assert len(said) == 1
    assert said[0].startswith(f"{tmp_path / 'member-0.pt'} is no longer needed but cannot be deleted (")


def test_of_explain(tmp_path: Path, refuse: Callable[[str], None]) -> None:
    """It replaces the folder of an earlier run."""
    for name, ends in (("first", True), ("second", False)):
        folder = OutputFolder(str(tmp_path / "out"), force=True, inputs=[])
        with folder:
            folder.write(f"{name}/index.html", name)
            if ends:
                folder.finish({})
            else:
                refuse("out")
                with pytest.raises(OutputError, match=r"out cannot be written"):
                    folder.finish({})
    assert _contents(tmp_path).keys() == {"out/first/index.html", f"out/{MARK}"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.usefixtures("toy")
def test_a_journal_that_cannot_be_deleted_harms_nothing(
    score_small: Score, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(journal: Journal) -> None:
        raise OSError(30, "Read-only file system", str(journal.path))

    monkeypatch.setattr(Journal, "delete", read_only)
    done = score_small(ROWS, "o.vcf", resume=True)
    assert f"delete {tmp_path / JOURNAL}" in done.summary.warnings[-1]
    assert len(done.infos) == 2


@pytest.mark.usefixtures("toy")
def test_a_journal_in_use_is_left_alone(score_small: Score, tmp_path: Path) -> None:
    """Two runs that write one journal would mix their scores; a run of another format begins its own."""
    journal = Journal(tmp_path / JOURNAL, {})
    with pytest.raises(InputError, match="in use by another run"):
        score_small(ROWS, "o.vcf", resume=True)
    score_small(ROWS, "o.tsv", resume=True)
    assert (tmp_path / JOURNAL).exists()
    journal.close()
    with pytest.raises(InputError, match="in the interrupted run"):
        score_small(ROWS, "o.vcf", resume=True)
    score_small(ROWS, "o.tsv", resume=True)  # another run's, so not taken for this one's
    assert (tmp_path / JOURNAL).exists()


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("content", [b"a list of samples", b"a list\nof samples", b"[1]\nx", b'{"run": 3}\nx'])
def test_a_file_that_is_not_a_journal_is_not_changed(score_small: Score, tmp_path: Path, content: bytes) -> None:
    (tmp_path / JOURNAL).write_bytes(content)
    with pytest.raises(InputError, match=r"is not a journal|is damaged"):
        score_small(ROWS, "o.vcf", resume=True)
    assert (tmp_path / JOURNAL).read_bytes() == content


@pytest.mark.usefixtures("toy")
def test_a_journal_is_not_followed(score_small: Score, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / JOURNAL).symlink_to(victim)
    with pytest.raises(OutputError, match=r"journal .* cannot be written"):
        score_small(ROWS, "o.vcf", resume=True)
    (tmp_path / JOURNAL).unlink()
    os.mkfifo(tmp_path / JOURNAL)
    with pytest.raises(InputError, match="is not a regular file"):
        score_small(ROWS, "o.vcf", resume=True)
    assert victim.read_text() == "mine"


@pytest.mark.usefixtures("toy")
def test_a_journal_where_there_are_no_locks(
    score_small: Score, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    assert len(score_small(ROWS, "o.vcf", resume=True).infos) == 2
    assert {path.name for path in tmp_path.iterdir()} == {"in.vcf", "o.vcf"}


@pytest.mark.usefixtures("toy")
def test_options_of_the_output_may_change(small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that decide a score may not."""
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text(ROWS))

    def run(*names: str, **options: object) -> None:
        outputs = tuple(str(tmp_path / name) for name in names)
        chosen = {"annotation": str(small.genes), "resume": True, "command": str(names)} | options
        score_vcf(RunConfig(str(source), small.fasta, outputs, ("toy",), **chosen))  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "delete", Journal.close)
        run("o.vcf")
        run("o.vcf", "p.tsv", min_score=0.1, keep_columns=("QUAL",), summary=tmp_path / "s.json", strict=True)
    for name, value in {"distance": 20, "mask": "site", "compat": True, "precision": "fp32", "threads": 1}.items():
        with pytest.raises(InputError, match=rf"--resume: (?i:{name})( of toy)? was"):
            run("o.vcf", **{name: value})
    run("o.bcf")
    assert not (tmp_path / JOURNAL).exists()
