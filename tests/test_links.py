"""Every link of README and docs leads somewhere, and MkDocs builds the site without a warning."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.markdown import PAGES, anchors, links

_EXTERNAL = re.compile(r"https?://[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?(/[^\s<>\"]*)?", re.IGNORECASE)
_CONFIG = Path(".ci") / "mkdocs.yml"


def broken_links(page: Path) -> list[str]:
    """Targets that are not there: files, and anchors of pages. Of addresses only the form is looked at."""
    broken = []
    for target in links(page.read_text(encoding="utf-8")):
        if ":" in target.split("/")[0]:
            fine = _EXTERNAL.fullmatch(target) is not None
        else:
            path, _, anchor = target.partition("#")
            linked = (page.parent / path).resolve() if path else page
            fine = bool(target) and linked.exists() and linked.is_relative_to(ROOT)
            if fine and anchor:
                fine = linked.suffix == ".md" and anchor in anchors(linked.read_text(encoding="utf-8"))
        if not fine:
            broken.append(target)
    return broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert broken_links(page) == []


def test_broken_links_are_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text("# A b\n```text\n# no heading\n```\n[1](#a-b) [2](page.md#a-b) [3](https://a.org/b)\n")
    assert broken_links(page) == []
    bad = ["#no-heading", "page.md#c", "gone.md", "https:/a.org", "https://a", "mailto:x", "../", ""]
    page.write_text("# A b\n" + "\n".join(f"[x]({target})" for target in bad) + "\n[y]: other.md\n")
    assert broken_links(page) == [*bad, "other.md"]


@pytest.fixture
def site_sources(tmp_path: Path) -> Path:
    """A copy of what the site is built from."""
    if importlib.util.find_spec("mkdocs") is None:
        pytest.skip("mkdocs is not installed: pip install '.[dev]'")
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    (tmp_path / ".ci").mkdir()
    for name in (_CONFIG, "README.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_site_is_built(site_sources: Path) -> None:
    """Without a warning; nothing that a page shows is loaded from the network; README is the front page."""
    # Not --quiet, which keeps warnings from --strict.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(site_sources / _CONFIG)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    pages = {path.name: path.read_text(encoding="utf-8") for path in (site_sources / "build" / "site").glob("*.html")}
    assert pages.keys() >= {"index.html", *(f"{page.stem}.html" for page in (ROOT / "docs").glob("*.md"))}
    loaded = r"<(?:script|img|iframe|link[^>]*rel=\"?(?:stylesheet|preload|preconnect)\"?)[^>]*(?:src|href)=\"?https?:"
    for name, text in pages.items():
        assert not re.search(loaded, text), name
    assert 'href="weights.html"' in pages["index.html"]
    assert (site_sources / "build" / "site" / "search" / "search_index.json").stat().st_size > 100_000
