"""`genoscore explain` on the command line, its options and its errors."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from genoscore.core.errors import ConfigError, GenoscoreError
from genoscore.core.settings import read_toml
from genoscore.explaining.config import ExplainConfig
from genoscore.explaining.run import explain
from tests.conftest import ROOT, TEST_DATA, Invoke
from tests.explain.explained import Explain, page_in, snv_at
from tests.markdown import fences
from tests.small import SmallGenome, read_table, vcf_text

pytestmark = pytest.mark.usefixtures("toy")


@pytest.mark.parametrize(
    ("given", "options", "words"),
    [
        (["chr1 470 A T", "chr1 471 A T,C"], {"most": 2}, "contains more than 2 ALTs"),
        ("no.vcf", {}, "does not exist"),
        ("chr1:1-1100", {"most": 2000, "window": 11, "reference": "-"}, "a region needs a reference"),
        ("chr1:5000-5100", {}, "ends beyond contig"),
        (["chr1 470 A T"], {"show": "SAD"}, "--show 'SAD': there is no such score; give one of DS_AG"),
        (["chr1 470 A T"], {"strand": "reverse"}, "for sequences of a FASTA"),
        ("chr1:1-9", {"region": "chr1:5"}, "--region and --regions-file are for variants"),
        (["chr1 470 A T"], {"output": "no/folder/out"}, "folder does not exist"),
        ([], {}, "contains no record"),
    ],
)
def test_errors_are_one_line(run: Explain, given: list[str] | str, options: dict[str, object], words: str) -> None:
    with pytest.raises(GenoscoreError) as caught:
        run(given, **options)
    assert words in caught.value.one_line()
    assert caught.value.hint


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"window": 0}, "window is 0"), ({"steps": 1}, "steps is 1"), ({"figures": "heat"}, "figures 'heat'"),
        ({"predictor": ("toy", "bins")}, "2 predictors"), ({"output": "-"}, "writes a folder"),
        ({"strict": True}, "has no option strict"), ({"strand": "up"}, "strand 'up'"),
    ],
)  # fmt: skip
def test_options_that_cannot_work(options: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ExplainConfig("x.vcf", **({"reference": "g.fa", "output": "o"} | options))  # type: ignore[arg-type]
    assert words in caught.value.one_line()


def test_missing_libraries(run: Explain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError) as caught:
        run(["chr1 470 A T"])
    assert "pip install matplotlib logomaker" in caught.value.one_line()


@pytest.mark.usefixtures("undrawn")
def test_the_program(invoke: Invoke, small: SmallGenome, tmp_path: Path) -> None:
    """Options from a file and from flags; usage; an error in one line."""
    (tmp_path / "in.vcf").write_text(vcf_text([snv_at(small, 470)]))
    config = tmp_path / "c.toml"
    config.write_text(f'predictor = "toy"\nannotation = "{small.genes}"\nfigures = "profiles"\nflank = 8\n')
    assert read_toml(config, "explain")["flank"] == 8
    arguments = ["explain", str(tmp_path / "in.vcf"), "-r", str(small.fasta), "--config", str(config)]
    done = invoke(*arguments, "-o", str(tmp_path / "o"))
    assert (done.exit_code, done.stderr) == (0, f"1 explained, 0 without figures: {tmp_path}/o/index.html\n")
    assert len(read_table(page_in(tmp_path / "o") / "profile.PLUS.tsv")) == 17
    assert invoke(*arguments).exit_code == 2
    again = invoke(*arguments, "-o", str(tmp_path / "o"))
    assert again.exit_code == 1
    assert again.stderr.count("\n") == 1
    assert "--force" in again.stderr
    config.write_text("strict = true\n")
    assert read_toml(config, "explain") == {}, "of another command"
    config.write_text("stricct = true\n")
    with pytest.raises(ConfigError, match="unknown key 'stricct'"):
        read_toml(config, "explain")


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_example_of_the_page(spliceai_weights: Path, tmp_path: Path) -> None:
    """docs/explain.md, to six digits: the last ones depend on the machine."""
    page = (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")
    (example,) = [fence.text for fence in fences(page) if fence.text.startswith("CHROM")]
    genome, genes = TEST_DATA / "genome.fa", str(TEST_DATA / "genes.tsv")
    target = tmp_path / "o"
    explain(ExplainConfig("chrA:8926-8926", genome, (str(target),), annotation=genes, figures=("mutagenesis",)))
    made = (page_in(target) / "mutagenesis.tsv").read_text()
    found, wanted = ([line.split("\t") for line in text.splitlines()] for text in (made, example))
    assert [row[:10] for row in found] == [row[:10] for row in wanted]
    values = ([float(row[10]) for row in rows[1:]] for rows in (found, wanted))
    np.testing.assert_allclose(*values, atol=1e-6)
