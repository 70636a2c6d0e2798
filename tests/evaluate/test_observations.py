"""Which rows of a table are evaluated, and what becomes of the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import InputError
from genoscore.evaluation.config import EvaluateConfig
from genoscore.evaluation.observations import Observations, Use, read_observations
from tests.evaluate.variant_tables import LABELS, write_table


def _read(folder: Path, rows: Sequence[str], **options: object) -> Observations:
    lines = ["CHROM POS REF ALT class effect part", *rows]
    path = write_table(folder, "".join(line.replace(" ", "\t") + "\n" for line in lines))
    return read_observations(EvaluateConfig(RunConfig(str(path), Path("g.fa")), **options))  # type: ignore[arg-type]


def test_every_row_is_accounted_for(tmp_path: Path) -> None:
    rows = [
        "1 5 A C LOF 1 x", "1 6 A C FUNC 1 x", "1 7 A C INT 1 x", "1 8 A C NA 1 x", "1 9 A C . 1 x",
        "chr1 5 a c LOF 1 y",  # the first again
        "1 20 GA GT LOF 1 x", "1 21 A T LOF 1 x",  # one variant, written in two ways
        "1 30 A C LOF 1 x", "1 30 A C FUNC 1 x", "1 30 A C INT 1 x",  # two say different things
        "1 40 A C FUNC 1 .",
    ]  # fmt: skip
    found = _read(tmp_path, rows, group="part", **LABELS)
    given, other, missing = Use.GIVEN, Use.OTHER_LABEL, Use.MISSING
    assert [one.use for one in found.rows] == [
        given, given, other, missing, missing, Use.DUPLICATE, given, Use.DUPLICATE,
        Use.CONTRADICTORY, Use.CONTRADICTORY, other, given,
    ]  # fmt: skip
    assert found.other_labels == Counter(INT=2)
    assert [(one.row.pos, one.target, one.group) for one in found.given] == [
        (5, 1, "x"), (6, 0, "x"), (20, 1, "x"), (40, 0, "."),
    ]  # fmt: skip


def test_measured_effects(tmp_path: Path) -> None:
    rows = ["1 5 A C x -0.5 x", "1 6 A C x 1e-3 x", "1 7 A C x NaN x", "1 8 A C x NA x", "1 9 A C x 3 x"]
    found = _read(tmp_path, rows, value="effect")
    assert [one.target for one in found.given] == [-0.5, 0.001, 3]
    assert found.uses[Use.MISSING] == 2
    with pytest.raises(InputError, match=r"line 7: effect is '1,5', not a number"):
        _read(tmp_path, [*rows, "1 10 A C x 1,5 x"], value="effect")
    with pytest.raises(InputError, match=r"line 7: effect is 'inf', not a number"):
        _read(tmp_path, [*rows, "1 10 A C x inf x"], value="effect")
    with pytest.raises(InputError, match="has 2 variants with a value in effect"):
        _read(tmp_path, rows[:3], value="effect")


def test_real_tables(shared: Path) -> None:
    """Comments, lower case and other columns as their authors publish them."""
    run = RunConfig(str(shared / "data" / "brca1_sge.grch37.tsv.gz"), Path("g.fa"))
    config = EvaluateConfig(run, label="function_class", positive="LOF", negative="FUNC", group="consequence")
    found = read_observations(config)
    assert found.uses == Counter({Use.GIVEN: 3644, Use.OTHER_LABEL: 249})
    assert found.other_labels == Counter(INT=249)
    assert sum(one.target for one in found.given) == 823
    run = RunConfig(str(shared / "data" / "satmut.LDLR.HepG2.grch38.tsv.gz"), Path("g.fa"))
    found = read_observations(EvaluateConfig(run, value="Coefficient"))
    assert found.uses == Counter({Use.GIVEN: 954})
    assert (found.rows[0].row.pos, found.rows[0].target) == (11089231, -0.133801335236928)


def test_too_many_groups(tmp_path: Path) -> None:
    rows = [f"1 {pos} A C {'LOF' if pos % 2 else 'FUNC'} 1 {pos}" for pos in range(1, 103)]
    with pytest.raises(InputError, match="has 102 values in part"):
        _read(tmp_path, rows, group="part", **LABELS)
