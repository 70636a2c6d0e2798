"""Write docs/options.md from the table of options and the commands. With `--check` only compare."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from genoscore.cli.defaults import default_words
from genoscore.cli.reference import CommandPage, command_pages
from genoscore.core.options.option import Option, Panel
from genoscore.core.options.table import OPTIONS, options_of
from genoscore.core.toml_file import Kind

PAGE = Path(__file__).resolve().parent / "options.md"

_HEAD = """# Options

<!-- Made by docs/make_options.py from genoscore/core/options. Do not edit: change those and run the script again. -->

`-h` or `--help` after a command says the same in short. A misspelt command, option, key or predictor is answered with
the one that was probably meant.

## score

`genoscore score INPUT -r REFERENCE [-o OUTPUT]... [options]`

"""

_AFTER_SCORE = """A record is inside a region if REF shares a base with it. `chr1` and `1` are the same contig. Records
outside the regions are not written, and counted.

## Files and environment

A value is taken from the first of these that has it:

1. the command line;
2. the TOML file of `--config`;
3. the environment:

{environment}
4. the user file: `config.toml` in the folder `genoscore` of the user's configuration folder (`~/.config` on Linux,
   `~/Library/Application Support` on macOS), or the file that `GENOSCORE_CONFIG` names. `GENOSCORE_CONFIG=`, empty:
   none is read;
5. the default.

Keys of both files are the long options, written with `-` or `_` (not one option in both ways); all but `--config`,
`--quiet`, `--verbose`, `--log-file` and `--help`. A flag is `true` or `false`, `--weights` a table, an option that
may be repeated a text or a list of texts. One file serves every command: options of other commands are passed over,
and what is not an option of any command is refused. Where commands need different values, a table that is named after
a command holds options of that command alone:

```toml
reference = "GRCh38.fa"
predictor = "spliceai"
output = "scored.vcf.gz"

[explain]
output = "pages"
window = 51
```

`score` and `background` are options as well as commands; where a file has a table of that name, such an option goes
into the table of its command (`[evaluate]` or `[score]`).

Paths are taken from the folder in which genoscore is run, also those in a file; in the user file and the environment
`~` is the home folder. The user file is for what holds for all runs (a reference, an annotation, a device, weights).
What belongs to a single run is refused there: all that `--help` lists under Input or Output, except `reference`.

A reference from the environment or the user file that a run has no use for (`predict` of sequences), or an option from
there that none of the chosen predictors heeds, is left out of account.

`genoscore config show [COMMAND] [--config FILE.toml] [--json]` prints every option of a command (`score`, unless
another is named), its value and where it comes from. Outputs record which options came from the environment or the user
file, and from which, as `OptionsFrom` beside the command line.

"""

_COMPLETION = """## Completion and man pages

`genoscore --install-completion` makes the shell in which it is run (bash, zsh, fish) complete commands, options, their
choices and names of predictors; `genoscore --show-completion` prints what it would install. `python docs/make_man.py
FOLDER` writes a man page for every command, `genoscore-score.1` and so on.

"""

# Command -> what stands before its options.
_COMMANDS = {
    "check": """`genoscore check INPUT -r REFERENCE [options]` says what `score` would do, without running a
network, and prints its report to standard output.""",
    "background": """`genoscore background INPUT -r REFERENCE -p NAME -o FILE.npz` scores the variants of INPUT as
`score` does and writes how large their scores are, for `--background`; see [percentiles](expression.md#percentiles).
One predictor, of those whose scores have no bands of their own.""",
    "evaluate": """`genoscore evaluate TABLE -r REFERENCE --label COLUMN --positive LABEL,... --negative LABEL,...
[options]`, or `--value COLUMN`: how well scores of variants, or predictions of sequences, agree with labels or measured
values; see [evaluate.md](evaluate.md). With `-q` there is no progress. In a file, `positive` and `negative` may be
lists, for labels that hold a comma.""",
    "predict": """`genoscore predict SEQUENCES -o OUTPUT... [options]`, or `genoscore predict -r REFERENCE --region
REGION -o OUTPUT...`: tracks of sequences without variants; see [predict.md](predict.md).""",
    "explain": """`genoscore explain INPUT -o FOLDER -p NAME [-r REFERENCE] [options]`: a page with figures for every
variant; see [explain.md](explain.md).""",
    "train": """`genoscore train CONFIG.toml -o FOLDER [options]`: fits networks of the predictor `regulatory` to
a table; see [train.md](train.md), which has the keys of CONFIG.toml. With `-q` there is no progress and no table.""",
}  # fmt: skip

_REPORT = """### The report as JSON

What `genoscore check --json` prints is one object. Its keys stay the same within one `schema_version`:

| key | value |
| --- | --- |
| `schema_version`, `genoscore_version` | 1, and the version |
| `records`, `outside_regions` | records read, and those outside `--region` and `--regions-file` |
| `status` | by predictor, the number of ALTs by status; `SCORED` are those that would be scored |
| `variant_gene_pairs` | by predictor, what would be computed |
| `error_alts` | ALTs with an error status, over all predictors |
| `contig_aliases` | contigs that the FASTA spells otherwise: the VCF's name, the FASTA's |
| `unknown_contigs` | contigs that the FASTA lacks, and the number of records on them |
| `ref_mismatches` | the first five, as text |
| `warnings` | in plain words, what should be known before the run; different builds, for example |

"""

_TARGETS = """### Targets tables

A targets table is tab-separated, with the columns that its authors publish; of these `index`, `identifier` and
`description` are read, by name. It is called `targets_human.txt` (`targets_mouse.txt`) or `targets.txt`; `.tsv` will
do. Indices count from the table's first, since the published mouse table continues from 5,313. Where a description
stands several times, the track's name in outputs ends with its index: `DNASE:mixed WW6 [12]`. Tracks without a table
are called `human_0`, `human_1` and so on.
"""


def page() -> str:
    """The text of docs/options.md."""
    parts = [_HEAD]
    score = options_of("score")
    for panel in Panel:
        rows = [row for row in score.values() if row.panel is panel]
        parts += [f"**{panel.value}**\n\n", _table("score", rows), "\n"]
    parts += [_AFTER_SCORE.format(environment=_environment()), _COMPLETION]
    for command, text in _COMMANDS.items():
        parts += [f"## {command}\n\n{text}\n\n", _others(command), "\n", _REPORT if command == "check" else ""]
    pages = [found for found in command_pages() if re.match(r"genoscore (models|config) ", found.name)]
    parts += ["## models\n\n", "".join(_small(found) for found in pages if " models " in found.name), _TARGETS]
    parts += ["\n## config\n\n", *(_small(found) for found in pages if " config " in found.name)]
    return "".join(parts).rstrip("\n") + "\n"


def _others(command: str) -> str:
    """The options that `score` has too, by name, and a table of the others."""
    score = [*options_of("score").values()]
    rows = options_of(command).values()
    shared = [f"`{row.short or row.flag}`" for row in rows if row in score and not row.positional]
    own = [row for row in rows if row not in score]
    text = f"It takes {', '.join(shared[:-1])} and {shared[-1]} as `score` does.\n"
    return text + (f"\n{_table(command, own)}" if own else "")


def _environment() -> str:
    rows = {row.environment: f"`{row.flag}`" for row in OPTIONS if row.environment}
    lines = [f"   - `{variable}` for {flag}" for variable, flag in rows.items()]
    return "".join(f"{line}{' (1 or 0)' if 'COMMERCIAL' in line else ''};\n" for line in lines)


def _table(command: str, rows: Iterable[Option]) -> str:
    return _markdown(("option", "meaning", "default"), [_row(command, option) for option in rows])


def _row(command: str, option: Option) -> tuple[str, str, str]:
    flags = [f"`{flag}`" for flag in (option.short, option.flag, option.off) if flag]
    name = f"`{option.metavar}`" if option.positional else ", ".join(flags)
    choices = [f"`{choice}`" for choice in option.choices]
    offered = f"{', '.join(choices[:-1])} or {choices[-1]}. " if choices else ""
    form = f"`{option.metavar}`. " if "=" in option.metavar else ""
    repeated = " May be repeated." if option.repeatable else ""
    meaning = f"{form}{offered}{option.help}{repeated}{f' {option.more}' if option.more else ''}"
    unset = "off" if option.kind is Kind.FLAG else "none"
    return name, meaning, "required" if option.required else default_words(command, option) or unset


def _small(found: CommandPage) -> str:
    """A command that the table does not have."""
    rows = [
        (", ".join(f"`{flag}`" for flag in entry.flags), entry.help)
        for entry in found.entries
        if "--help" not in entry.flags and entry.flags[0].startswith("-")
    ]
    heading = f"**`{found.name} {found.usage.replace('[OPTIONS] ', '').replace('[OPTIONS]', '')}".rstrip() + "`**"
    text = "\n\n".join(found.paragraphs)
    return f"{heading}\n\n{text}\n\n" + (f"{_markdown(('option', 'meaning'), rows)}\n" if rows else "")


def _markdown(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(columns)
    lines = [names, ["---"] * len(names), *([_escape(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _escape(cell: str) -> str:
    """Markdown would read `|` as a column."""
    return cell.replace("|", "\\|")


def main() -> int:
    """Write the page, or compare it."""
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    same = PAGE.exists() and PAGE.read_text(encoding="utf-8") == page()
    print("docs/options.md is up to date" if same else "docs/options.md is old: run python docs/make_options.py")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
