"""Called by MkDocs while it builds the site: README.md becomes its index, links out of docs/ become text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

_README = Path(__file__).resolve().parent.parent / "README.md"
_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add README.md as the page `index.md`, with its links seen from docs/."""
    text = _LINK.sub(_from_docs, _README.read_text(encoding="utf-8"))
    files.append(File.generated(config, "index.md", content=text))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Unlink what the site does not hold: `../configs`, for example."""
    markdown = markdown.replace("](../README.md", "](index.md")
    return _LINK.sub(lambda match: match[1] if match[2].startswith("../") else match[0], markdown)


def _from_docs(match: re.Match[str]) -> str:
    text, target = match.groups()
    if target.startswith(("https://", "#")):
        return match[0]
    return f"[{text}]({target.removeprefix('docs/') if target.startswith('docs/') else f'../{target}'})"
