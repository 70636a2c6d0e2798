"""Which format an output's suffix asks for, and whether the path can be written at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from genoscore.core.errors import ConfigError, OutputError
from genoscore.core.plugins import WRITER, import_row, load_plugin, plugin_names, plugin_troubles
from genoscore.outputs.base import Writer, WriterContext
from genoscore.outputs.files import STDOUT

FORMATS = {
    ".vcf": "genoscore.outputs.vcf:VcfWriter",
    ".vcf.gz": "genoscore.outputs.vcf:VcfWriter",
    ".vcf.bgz": "genoscore.outputs.vcf:VcfWriter",
    ".bcf": "genoscore.outputs.bcf:BcfWriter",
    ".tsv": "genoscore.outputs.tsv:TsvWriter",
    ".tsv.gz": "genoscore.outputs.tsv:TsvWriter",
    ".parquet": "genoscore.outputs.parquet:ParquetWriter",
}
_ON_STDOUT = ".vcf"
_BUILT_IN = frozenset(suffix.removeprefix(".") for suffix in FORMATS)  # as entry points are named


def find_writer(target: str) -> Callable[[str, WriterContext], Writer]:
    """What opens an output, by its suffix; entry points `genoscore.writers` are named by suffix, without the first dot.

    Raises:
        ConfigError: unknown suffix, or a plug-in that fails to import.

    >>> find_writer("a.b.vcf.gz").__name__, find_writer("-").__name__
    ('VcfWriter', 'VcfWriter')
    """
    suffix = _ON_STDOUT if target == STDOUT else match_suffix(target, FORMATS)
    if suffix is not None:
        built_in: Callable[[str, WriterContext], Writer] = import_row(FORMATS[suffix])
        return built_in
    names = plugin_names(WRITER, _BUILT_IN)
    suffix = match_suffix(target, [f".{name}" for name in sorted(names, key=len, reverse=True)])
    if suffix is None:
        known = " ".join([*FORMATS, *(f".{name}" for name in names)])
        raise ConfigError(f"output {target}: its suffix names no format", f"known: {known}")
    plugin: Callable[[str, WriterContext], Writer] = load_plugin(WRITER, suffix.removeprefix("."))
    return plugin


def writer_troubles() -> dict[str, str]:
    """Suffix -> why the writer that another distribution offers for it cannot be used."""
    return plugin_troubles(WRITER, _BUILT_IN)


def match_suffix(target: str, suffixes: Iterable[str]) -> str | None:
    """The first suffix that a path ends with; a path that is nothing but a suffix has none.

    >>> match_suffix("a.tsv.gz", [".tsv", ".tsv.gz"]), match_suffix("out/.tsv", [".tsv"])
    ('.tsv.gz', None)
    """
    name = Path(target).name
    return next((one for one in suffixes if name.endswith(one) and name != one), None)


def check_targets(targets: Iterable[str], inputs: Iterable[str | Path], what: str = "output") -> None:
    """Refuse, before any work, outputs that cannot be written or would overwrite an input or one another.

    Args:
        what: how messages call the targets.

    Raises:
        ConfigError: equal to an input or to another output.
        OutputError: its folder is missing or cannot be written.
    """
    taken = {os.path.realpath(path) for path in inputs if str(path) != "-"}
    for target in targets:
        if target == STDOUT:
            continue
        real = os.path.realpath(target)
        if real in taken:
            raise ConfigError(f"{what} {target} is also an input or another output of this run", "give another path")
        taken.add(real)
        folder = Path(target).parent
        if not folder.is_dir():
            raise OutputError(f"{what} {target}: its folder does not exist", f"run: mkdir -p {folder}")
        if os.path.exists(real) and not os.path.isfile(real):
            raise OutputError(f"{what} {target} is a directory or a device, not a file", "give a file, or - for a pipe")
        if not os.access(folder, os.W_OK):
            raise OutputError(f"{what} {target}: its folder cannot be written", "check its permissions")
