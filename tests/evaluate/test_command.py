"""`genoscore evaluate` on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from genoscore.cli.evaluate import evaluate
from genoscore.core.errors import ConfigError
from tests.conftest import ROOT, Run
from tests.evaluate.variant_tables import random_rows, write_rows, write_table
from tests.markdown import fences
from tests.small import SmallGenome


@pytest.mark.usefixtures("toy")
def test_command(
    small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Options of a file, flags that win over them, and what is printed."""
    rows, config = [row for row in random_rows(small, 4, 30) if row[6] == "right"], tmp_path / "c.toml"
    rows += [row for row in random_rows(small, 4, 30) if row[4:] > ("LOF",) and row[6] == "left"]  # one class alone
    table = write_rows(tmp_path, [*rows, ("chr1", 300, "N", "A", "INT", 1, "x")], "t.tsv.gz")
    config.write_text(
        f'reference = "{small.fasta}"\nannotation = "{small.genes}"\npredictor = "toy"\nlabel = "class"\n'
        'positive = ["LOF"]\nnegative = "NONSENSE,FUNC"\nresamples = 100\nsigned = false\nscore = "DS_AG"\n'
    )
    monkeypatch.setattr("genoscore.cli.call.set_up_logging", lambda *_: None)
    monkeypatch.setattr("genoscore.cli.report.Reporter.begin", lambda *_: None)
    command = evaluate.__wrapped__  # type: ignore[attr-defined]  # without the handlers of signals
    command(input=str(table), config=config, score=["MAX"], group="part", quiet=True)
    said, complaints = capsys.readouterr()
    assert complaints == ""
    heading, head, line, *rest = said.splitlines()
    assert heading.split() == ["GS_TOY_MAX", "average"]
    assert head.split() == "by part positive negative AUROC 95 % interval precision 95 % interval".split()
    assert line.startswith("all ")
    parts = list(dict.fromkeys(row[6] for row in rows))
    assert [one.split()[0] for one in rest[:2]] == parts
    assert rest[1].split()[-4:] == ["."] * 4
    head, *table = rest[3 : 3 + 2 + 3 * 4][1:]
    assert head.split() == "by part cutoff sensitivity (95 %) specificity (95 %) PPV (95 %)".split()
    assert [one.split()[:2] for one in table[::4]] == [[name, "0.1"] for name in ["all", *parts]]
    rest = rest[3 + 2 + 3 * 4 + 1 :]
    for part in parts:
        assert rest[0].startswith(f"no AUROC and average precision of GS_TOY_MAX, part {part}: ")
        assert rest.pop(0).endswith("two of each are needed")
    assert rest[0] == f"{len(rows) + 1} rows read, {len(rows)} given to the predictors"
    assert rest[1] == "left out: 1 row with labels that are neither positive nor negative: INT 1"
    assert rest[2].startswith("without a score of toy: ")
    assert rest[2].endswith("NO_GENE (no gene of the annotation overlaps REF)")
    assert rest[3].startswith("intervals: 100 bootstrap resamples, seed 0")
    assert rest[4] == "cutoffs: scores at or above the cutoff are called positive; intervals: exact binomial"
    config.write_text(config.read_text() + "positives = true\n")
    with pytest.raises(ConfigError, match="unknown key 'positives'"):
        command(input=str(table), config=config)


def test_command_says_what_is_missing(genoscore: Run, tmp_path: Path) -> None:
    done = genoscore("evaluate", tmp_path / "no.tsv", "-r", tmp_path / "no.fa", "--untrained")
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such option" in done.stderr


def test_example_of_the_page(genoscore: Run, spliceai_weights: Path, tmp_path: Path) -> None:
    """docs/evaluate.md: its table, its command, its answer."""
    page = (ROOT / "docs" / "evaluate.md").read_text(encoding="utf-8")
    table, command, answer = (
        one.text for one in fences(page) if one.heading == "An example" and one.language == "text"
    )
    path = write_table(tmp_path, table, "labels.tsv")
    words = command.replace("labels.tsv", str(path)).replace("\\\n", " ").split()
    done = genoscore(*words[1:], "-q", cwd=ROOT)
    assert [line for line in done.stderr.splitlines() if ".fai is older" not in line] == []  # as a checkout left it
    assert [line.rstrip() for line in done.stdout.splitlines()] == answer.splitlines()
