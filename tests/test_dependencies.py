"""docs/dependencies.md names what pyproject.toml asks for."""

from __future__ import annotations

import re
import tomllib

from tests.conftest import ROOT


def test_every_dependency_is_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(row for rows in project["optional-dependencies"].values() for row in rows)]
    names = {re.split(r"[<>=~!;\[ ]", row)[0] for row in wanted}
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    missing = {name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", page)}
    assert not missing, "add what each does here, and why it and not another"
