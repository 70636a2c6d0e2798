"""Write man pages of all commands, from the same table as `--help`: python docs/make_man.py FOLDER."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from genoscore._version import __version__
from genoscore.cli.defaults import plain
from genoscore.cli.reference import CommandPage, Entry, command_pages

_EXIT = (
    ("0", "Done."),
    ("1", "An input, weights or the run are at fault; one line says what, where and what to do."),
    ("2", "Wrong usage."),
    ("130", "Interrupted."),
)


def roff(text: str) -> str:
    """Text as roff prints it: no character is an instruction.

    >>> print(roff("-1 is .5\\\\n"))
    \\-1 is .5\\en
    """
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("^", "\\(ha")
    return "\\&" + escaped if escaped.startswith((".", "\\(aq")) else escaped


def man_page(page: CommandPage, names: list[str]) -> str:
    """One command's page.

    Args:
        names: of all commands that have pages, for SEE ALSO.
    """
    title = page.name.replace(" ", "-")
    lines = [f'.TH "{roff(title.upper())}" 1 "" "genoscore {roff(__version__)}" "genoscore"']
    lines += [".nh", ".ad l"]  # options and examples are not to be divided
    lines += [".SH NAME", f"{roff(title)} \\- {roff(plain(page.paragraphs[0]))}"]
    lines += [".SH SYNOPSIS", f".B {roff(page.name)}", roff(page.usage)]
    lines += [".SH DESCRIPTION", "\n.PP\n".join(roff(plain(paragraph)) for paragraph in page.paragraphs)]
    if page.commands:
        lines += [".SH COMMANDS", *_terms((f"\\fB{roff(name)}\\fR", text) for name, text in page.commands.items())]
    for heading in dict.fromkeys(entry.heading for entry in page.entries):
        rows = [(_flags(entry), entry.help) for entry in page.entries if entry.heading == heading]
        lines += [f".SH {heading.upper()}", *_terms(rows)]
    if page.examples:
        lines += [".SH EXAMPLES", ".nf", *map(roff, page.examples), ".fi"]
    lines += [".SH EXIT STATUS", *_terms(_EXIT)]
    others = [name for name in names if _related(name, page.name)]
    if others:
        lines += [".SH SEE ALSO", ", ".join(f"\\fB{roff(name.replace(' ', '-'))}\\fR(1)" for name in others)]
    return "\n".join(lines) + "\n"


def _flags(entry: Entry) -> str:
    flags = ", ".join(f"\\fB{roff(flag)}\\fR" for flag in entry.flags)
    return f"{flags} \\fI{roff(entry.metavar)}\\fR" if entry.metavar else flags


def _terms(rows: Iterable[tuple[str, str]]) -> list[str]:
    lines: list[str] = []
    for term, text in rows:
        lines += [".TP", term, roff(plain(text))]
    return lines


def _related(name: str, page: str) -> bool:
    """The group that a command is of, and the commands of a group."""
    return name != page and (name.rpartition(" ")[0] == page or page.rpartition(" ")[0] == name)


def write(folder: Path) -> list[Path]:
    """Write `genoscore.1`, `genoscore-score.1` and so on; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = command_pages()
    names = [page.name for page in pages]
    files = []
    for page in pages:
        files.append(folder / f"{page.name.replace(' ', '-')}.1")
        files[-1].write_text(man_page(page, names), encoding="utf-8")
    return files


def main() -> int:
    """Write them into the folder that is given."""
    if len(sys.argv) != 2:
        print("usage: python docs/make_man.py FOLDER", file=sys.stderr)
        return 2
    for path in write(Path(sys.argv[1])):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
