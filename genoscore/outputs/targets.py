"""Which format an output's suffix selects, and whether the path can be written."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from genoscore.core.errors import ConfigError, OutputError
from genoscore.core.pending import STDOUT, resolved
from genoscore.core.plugins import WRITER, import_row, load_plugin, plugin_names, plugin_troubles
from genoscore.outputs.base import Writer, WriterContext

FORMATS = {
    ".vcf": "genoscore.outputs.vcf:VcfWriter",
    ".vcf.gz": "genoscore.outputs.vcf:VcfWriter",
    ".vcf.bgz": "genoscore.outputs.vcf:VcfWriter",
    ".bcf": "genoscore.outputs.bcf:BcfWriter",
    ".wide.tsv": "genoscore.outputs.tsv:WideTsvWriter",
    ".wide.tsv.gz": "genoscore.outputs.tsv:WideTsvWriter",
    ".wide.parquet": "genoscore.outputs.parquet:WideParquetWriter",
    ".tsv": "genoscore.outputs.tsv:TsvWriter",
    ".tsv.gz": "genoscore.outputs.tsv:TsvWriter",
    ".parquet": "genoscore.outputs.parquet:ParquetWriter",
}
_INDEXED = (".vcf.gz", ".vcf.bgz", ".bcf")
_INDEX_SUFFIXES = (".tbi", ".csi")
_ON_STDOUT = ".vcf"
_BUILT_IN = frozenset(suffix.removeprefix(".") for suffix in FORMATS)  # as entry points are named


def find_writer(target: str) -> Callable[[str, WriterContext], Writer]:
    """The writer that opens an output, by its suffix; entry points `genoscore.writers` are named by suffix without dot.

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
        raise ConfigError(f"output {target}: its suffix is not a known format", f"known: {known}")
    plugin: Callable[[str, WriterContext], Writer] = load_plugin(WRITER, suffix.removeprefix("."))
    return plugin


def writer_troubles() -> dict[str, str]:
    """Suffix -> why the writer that a plug-in offers for it cannot be used."""
    return plugin_troubles(WRITER, _BUILT_IN)


def match_suffix(target: str, suffixes: Iterable[str]) -> str | None:
    """The longest suffix that a path ends with; a path that is nothing but a suffix has none.

    >>> match_suffix("a.wide.tsv", [".tsv", ".wide.tsv"]), match_suffix("out/.wide.tsv", [".tsv", ".wide.tsv"])
    ('.wide.tsv', None)
    """
    name = Path(target).name
    suffix = max((suffix for suffix in suffixes if name.endswith(suffix)), key=len, default=None)
    return None if suffix == name else suffix


def check_targets(targets: Iterable[str], inputs: Iterable[str | Path], what: str = "output") -> None:
    """Refuse, before any work, outputs that cannot be written or would overwrite an input or one another.

    Args:
        what: the word for the targets in messages.

    Raises:
        ConfigError: a target is an input or another output.
        OutputError: its folder is missing or cannot be written.
    """
    targets = [target for target in targets if target != STDOUT]
    taken = {os.path.realpath(path) for path in inputs if str(path) != "-"}
    for target in targets:
        real = str(resolved(target))
        if real in taken:
            raise ConfigError(f"{what} {target} is also an input or another output of this run", "give another path")
        taken.add(real)
        folders = Path(target).parent, Path(real).parent  # of a symbolic link, and of the file that it points to
        for folder in folders:
            if not folder.is_dir():
                raise OutputError(f"{what} {target}: its folder does not exist", f"run: mkdir -p {folder}")
        if os.path.exists(real) and not os.path.isfile(real):
            raise OutputError(f"{what} {target} is a directory or a device, not a file", "give a file, or - for a pipe")
        for folder in folders:
            if not os.access(folder, os.W_OK):
                raise OutputError(f"{what} {target}: its folder {folder} cannot be written", "check its permissions")
    for target in targets:
        indexes = index_paths(target) if match_suffix(target, _INDEXED) else []
        _check_length([os.path.realpath(target), *indexes], f"{what} {target}")
        for index in indexes:
            if index in taken:
                raise ConfigError(
                    f"the index of {what} {target} is also an input or another output of this run", "give another path"
                )


def _check_length(paths: Iterable[str], title: str) -> None:
    """Raise if a name is too long for its file system."""
    for path in paths:
        try:
            os.lstat(path)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise OutputError(f"{title}: its name, or its index's, is too long", "give a shorter name") from None


def index_paths(target: str) -> list[str]:
    """Where an output's index may be put, and where one of an earlier file is removed.

    Beside the file itself, and beside the symbolic link to it if the target is one.
    """
    beside = dict.fromkeys([resolved(target), resolved(target, through=False)])
    return [f"{path}{suffix}" for path in beside for suffix in _INDEX_SUFFIXES]


def check_folder(folder: Path, names: Iterable[str], inputs: Iterable[str | Path]) -> list[str]:
    """Refuse, before any work, a folder that cannot be made or written, or would overwrite an input.

    Args:
        names: names of the files that will be in it.

    Returns:
        Their paths.

    Raises:
        ConfigError: one of them is an input.
        OutputError: it cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"output {folder} is a file", "give a folder")
    if not folder.exists() and not folder.absolute().parent.is_dir():
        raise OutputError(f"output {folder}: its parent folder does not exist", f"run: mkdir -p {folder.parent}")
    if not os.access(folder if folder.exists() else folder.absolute().parent, os.W_OK):
        raise OutputError(f"output {folder} cannot be written", "check the permissions")
    files = [str(folder / name) for name in names]
    if folder.exists():
        check_targets(files, inputs)
    return files
