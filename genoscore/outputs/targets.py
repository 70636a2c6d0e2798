"""Which format an output's suffix asks for, and whether the path can be written at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from genoscore.errors import ConfigError, OutputError
from genoscore.outputs.base import STDOUT

FORMATS = {
    ".vcf": "vcf", ".vcf.gz": "vcf", ".vcf.bgz": "vcf", ".bcf": "bcf", ".tsv": "tsv", ".tsv.gz": "tsv",
    ".parquet": "parquet",
}  # fmt: skip


def output_format(target: str) -> str:
    """`vcf`, `bcf`, `tsv` or `parquet`.

    Raises:
        ConfigError: unknown suffix.

    >>> output_format("a.b.vcf.gz"), output_format("-")
    ('vcf', 'vcf')
    """
    if target == STDOUT:
        return "vcf"
    for suffix, name in FORMATS.items():
        if target.endswith(suffix) and Path(target).name != suffix:
            return name
    raise ConfigError(f"output {target}: its suffix names no format", "known: " + " ".join(FORMATS))


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
