"""`genoscore models add | remove`: custom models."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from genoscore.cli import options
from genoscore.cli.errors import guarded
from genoscore.predictors import registry
from genoscore.predictors.custom.folder import remove_model
from genoscore.weights.files import combined_sha256


@guarded
def add(
    manifest: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL.toml", help="The model's manifest, or the folder that contains it.", show_default=False
        ),
    ],
    force: Annotated[bool, typer.Option("--force", help="Replace a custom model of the same name.")] = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Add a TorchScript or torch.export file with a manifest as a predictor.

    Both files are copied into genoscore's folder. Such a file can run code: add only files that you trust.
    """
    added = registry.add_custom(manifest, force)
    if quiet:
        return
    print(f"added\t{combined_sha256(added.files)}\t{added.path.parent}")
    use = "allows commercial use" if added.commercial else "no commercial use"
    for line in (
        f"licence of {added.name}: {added.licence or 'none stated'} ({use})",
        f"{added.file} can run code when it is loaded: use {added.name} only if you trust its source",
    ):
        print(line, file=sys.stderr)


@guarded
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A custom model.")],
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Delete a custom model from genoscore's folder."""
    folder = remove_model(name)
    if not quiet:
        print(f"removed\t{folder}")
