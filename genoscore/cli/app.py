"""The program `genoscore` and its commands."""

from __future__ import annotations

from typing import Annotated

import typer

from genoscore._version import __version__
from genoscore.cli import background, check, evaluate, explain, predict, score, train
from genoscore.cli.config import config
from genoscore.cli.errors import guarded_start
from genoscore.cli.help import PanelCommand, WholeGroup
from genoscore.cli.models import models
from genoscore.cli.terminal import hold_standard_streams

app = typer.Typer(
    cls=WholeGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(show: bool) -> None:
    if show:
        print(f"genoscore {__version__}")
        raise typer.Exit


@app.callback()
def genoscore(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Score variants for their effects on splicing, gene expression and chromatin: every ALT of a VCF.

    For research use, and for clinical professionals who validate it themselves.
    """


for command, examples in (
    (score.score, score.EXAMPLES), (check.check, check.EXAMPLES), (predict.predict, predict.EXAMPLES),
    (background.background, background.EXAMPLES), (evaluate.evaluate, evaluate.EXAMPLES),
    (explain.explain, explain.EXAMPLES), (train.train, train.EXAMPLES),
):  # fmt: skip
    app.command(cls=PanelCommand, epilog=examples)(command)
app.add_typer(models, name="models")
app.add_typer(config, name="config")


def main() -> None:
    """Entry point of the command `genoscore`."""
    hold_standard_streams()
    guarded_start(app)
