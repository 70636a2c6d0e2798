"""The program `genoscore` and its commands."""

from __future__ import annotations

from typing import Annotated

import typer

from genoscore._version import __version__
from genoscore.cli.background import background
from genoscore.cli.check import check
from genoscore.cli.evaluate import evaluate
from genoscore.cli.explain import explain
from genoscore.cli.models import models
from genoscore.cli.predict import predict
from genoscore.cli.score import score
from genoscore.cli.train import train

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"genoscore {__version__}")
        raise typer.Exit


@app.callback()
def genoscore(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """What variants do to splicing, gene expression and chromatin: scores for every ALT of a VCF.

    For research, and for professionals who validate it.
    """


app.command()(score)
app.command()(check)
app.command()(predict)
app.command()(background)
app.command()(evaluate)
app.command()(explain)
app.command()(train)
app.add_typer(models, name="models")


def main() -> None:
    """Entry point of the command `genoscore`."""
    app()
