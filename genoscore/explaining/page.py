"""A self-contained HTML page for every subject (images are inlined, nothing is loaded from elsewhere), and an index."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape as html_escape

from genoscore.core.printable import printable

_STYLE = """
body{font:15px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;color:#222;max-width:1200px;margin:0 auto;
padding:1.2rem 1.5rem}
h1{font-size:1.5rem;margin:.2rem 0;overflow-wrap:anywhere}h2{font-size:1.15rem;margin:2rem 0 .4rem;
border-bottom:1px solid #ddd}h3{font-size:1rem;margin:1.4rem 0 .3rem}
table{border-collapse:collapse;margin:.5rem 0;font-size:.92rem}th,td{text-align:left;padding:.2rem .7rem .2rem 0;
border-bottom:1px solid #eee;vertical-align:top}td{overflow-wrap:anywhere}th{font-weight:600}.wide{overflow-x:auto}
.wide th,.wide td{white-space:nowrap}
figure{margin:.4rem 0 1rem}figure img{display:block;max-width:100%;height:auto}
figcaption,.note{color:#555;font-size:.9rem;max-width:75ch}.warn{background:#fdecea;border-left:4px solid #d1495b;
padding:.5rem .8rem;margin:.8rem 0}footer{margin-top:2.5rem;color:#666;font-size:.85rem;border-top:1px solid #ddd}
@media print{figure{break-inside:avoid}}
"""
_FOOT = (
    "For research, and for use by professionals who validate it. A score is not a finding, and what drives a network's "
    "output need not be what happens in a cell."
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure on a page. `group` is a heading that consecutive pictures share."""

    group: str
    title: str
    caption: str
    png: bytes


@dataclass(slots=True)
class Page:
    """The content of one subject's page.

    Attributes:
        slug: its folder. status, meaning: the outcome, in a word and in a phrase.
        facts: about the variant. scores: header and rows. summary: gene or track, score and band for the index.
        beyond: splice sites that change beyond the distance of the scores: header and rows. warning: '' or what to know
            first of this subject.
        notes: what is missing, and why. files: names of those in its folder.
    """

    title: str
    slug: str
    status: str
    meaning: str
    facts: dict[str, str] = field(default_factory=dict)
    scores: list[Sequence[str]] = field(default_factory=list)
    scores_note: str = ""
    pictures: list[Picture] = field(default_factory=list)
    beyond: list[Sequence[str]] = field(default_factory=list)
    warning: str = ""
    notes: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    summary: tuple[str, str, str] = ("", "", "")


def render_page(page: Page, provenance: Mapping[str, str], warning: str) -> str:
    """A subject's page.

    Args:
        provenance: how it was made, for the table at the end.
        warning: '' or what a reader must know first.
    """
    parts = [f"<h1>{escape(page.title)}</h1>"]
    parts += [f'<p class="warn">{escape(text)}</p>' for text in (warning, page.warning) if text]
    parts.append(_pairs({**page.facts, "Status": f"{page.status}: {page.meaning}"}))
    if page.scores:
        parts.append("<h2>Scores</h2>" + _table(page.scores[0], page.scores[1:]))
        if page.scores_note:
            parts.append(f'<p class="note">{escape(page.scores_note)}</p>')
    if page.beyond:
        parts.append("<h2>Sites beyond the distance</h2>" + _table(page.beyond[0], page.beyond[1:]))
    group = ""
    for picture in page.pictures:
        if picture.group != group:
            group = picture.group
            parts.append(f"<h2>{escape(group)}</h2>")
        data = base64.b64encode(picture.png).decode()
        parts.append(
            f'<h3>{escape(picture.title)}</h3><figure class="wide"><img alt="{escape(picture.title)}" '
            f'src="data:image/png;base64,{data}"><figcaption>{escape(picture.caption)}</figcaption></figure>'
        )
    if page.notes:
        items = "".join(f"<li>{escape(note)}</li>" for note in page.notes)
        parts.append(f"<h2>What is missing</h2><ul>{items}</ul>")
    parts.append("<h2>How it was made</h2>" + _pairs(provenance))
    if page.files:
        parts.append(f'<p class="note">Files next to this page: {escape(", ".join(page.files))}.</p>')
    return _document(page.title, parts)


def render_index(pages: Iterable[Page], provenance: Mapping[str, str], warning: str, title: str) -> str:
    """All subjects in input order, with links to their pages."""
    parts = [f"<h1>{escape(title)}</h1>"]
    if warning:
        parts.append(f'<p class="warn">{escape(warning)}</p>')
    rows = []
    for page in pages:
        link = f'<a href="{escape(page.slug)}/index.html">{escape(page.title)}</a>'
        cells = (page.status, *page.summary, page.meaning if not page.pictures else "")
        rows.append("<tr><td>" + link + "".join(f"</td><td>{escape(cell)}" for cell in cells) + "</td></tr>")
    header = "".join(f"<th>{name}</th>" for name in ("Subject", "Status", "Gene or track", "Score", "Band", ""))
    parts.append(f'<div class="wide"><table><tr>{header}</tr>{"".join(rows)}</table></div>')
    parts.append("<h2>How it was made</h2>" + _pairs(provenance))
    return _document(title, parts)


def escape(text: str) -> str:
    """Text for HTML; unprintable characters are shown escaped, so that they cannot reverse or hide what is beside."""
    return html_escape(printable(text))


def _pairs(pairs: Mapping[str, str]) -> str:
    rows = "".join(f"<tr><th>{escape(key)}</th><td>{escape(value)}</td></tr>" for key, value in pairs.items() if value)
    return f"<table>{rows}</table>"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'


def _document(title: str, parts: Sequence[str]) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>"
        + "\n".join(parts)
        + f"\n<footer><p>{escape(_FOOT)}</p></footer></body></html>\n"
    )
