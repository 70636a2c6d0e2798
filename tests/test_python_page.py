"""docs/python.ipynb runs and prints what it holds; docs/python.md names what there is."""

from __future__ import annotations

import contextlib
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

import genoscore
from genoscore.interactive.consequences import VariantConsequences
from genoscore.interactive.options import OPTIONS
from tests.conftest import ROOT
from tests.markdown import fences

NOTEBOOK = ROOT / "docs" / "python.ipynb"
CONSEQUENCES = (ROOT / "docs" / "consequences.md").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")


def _code_cells() -> list[dict[str, Any]]:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def run_notebook(cells: list[dict[str, Any]]) -> list[tuple[str, object]]:
    """What every code cell prints, and the value of its last line where that is an expression."""
    names: dict[str, Any] = {}
    done = []
    for cell in cells:
        *lines, last = "".join(cell["source"]).splitlines()
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            try:
                expression = compile(last, "cell", "eval")
                exec("\n".join(lines), names)
                value = eval(expression, names)
            except SyntaxError:
                value = exec("\n".join([*lines, last]), names)  # type: ignore[func-returns-value]
        done.append((printed.getvalue(), value))
    return done


@pytest.mark.slow
def test_the_notebook_prints_what_it_holds(spliceai_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "docs")
    cells = _code_cells()
    with pytest.warns(UserWarning, match="1 of 6 rows are not variants .* row 5: alt is ''"):
        done = run_notebook(cells)
    held = ["".join(text for output in cell["outputs"] for text in output.get("text", ())) for cell in cells]
    assert [printed for printed, _ in done] == held
    assert sum(map(bool, held)) >= 6
    tables = ["".join(one["data"].get("text/html", ())) for cell in cells for one in cell["outputs"] if "data" in one]
    assert [shown for shown in tables if shown] == [
        value._repr_html_() for _, value in done if isinstance(value, VariantConsequences)
    ]
    figures = [value for _, value in done if isinstance(value, Figure)]
    assert len(figures) == 1
    assert [axes.get_ylabel() for axes in figures[0].axes[:2]] == ["acceptor", "donor"]


def test_the_worked_example_prints_what_the_notebook_does() -> None:
    """docs/consequences.md, whose figures the notebook thereby proves."""
    example = [one for one in fences(CONSEQUENCES) if one.heading == "A worked example"]
    printed = ["".join(text) for cell in _code_cells() for one in cell["outputs"] for text in [one.get("text", ())]]
    assert [one.language for one in example] == ["python", "text"]
    assert example[1].text in printed
    for site in ("acceptor", "donor"):
        base, ref, alt = re.findall(rf"^\| {site}, not annotated \| (\S+) \| (\S+) \| (\S+) \|$", CONSEQUENCES, re.M)[0]
        assert f"  {site} {base}: {ref} to {alt}\n" in example[1].text


def test_the_notebook_is_one() -> None:
    """What a reader of notebooks insists on; and nothing of the machine that made it."""
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    for cell in notebook["cells"]:
        assert set(cell) == {"cell_type", "id", "metadata", "source"} | (
            {"execution_count", "outputs"} if cell["cell_type"] == "code" else set()
        )
    assert "/home/" not in NOTEBOOK.read_text(encoding="utf-8")


def test_the_page_names_what_there_is() -> None:
    for option in re.findall(r"`(\w+)=", PAGE):
        assert option in {*OPTIONS, "genes", "strand"}, option
    for method in re.findall(r"`gs\.(\w+)", PAGE):
        assert hasattr(genoscore.Scorer, method), method
    for name in re.findall(r"`(?:genoscore\.)?(\w+)\(\w*Config\(", PAGE):
        assert name in genoscore.__all__
    for fence in fences(PAGE):
        compile(fence.text, "docs/python.md", "exec")
