"""The scripts of docs/, as modules."""

from __future__ import annotations

import importlib.util
from types import ModuleType

from tests.conftest import ROOT


def script(name: str) -> ModuleType:
    """`docs/NAME.py`."""
    specification = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module
