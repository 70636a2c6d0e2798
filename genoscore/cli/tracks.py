"""`genoscore models tracks`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from genoscore.cli import options
from genoscore.cli.errors import guarded
from genoscore.core.errors import ConfigError
from genoscore.predictors import registry
from genoscore.predictors.track_table import search_tracks


@guarded
def tracks(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A predictor.")],
    grep: Annotated[
        str | None,
        typer.Option(
            "--grep",
            metavar="REGEX",
            help="Only those in whose description it is found; (?i) before it: upper or lower case.",
        ),
    ] = None,
    head: Annotated[
        str | None, typer.Option("--head", help="Of a predictor with several heads: human or mouse.")
    ] = None,
    weights: options.Weights = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    verbose: options.Verbose = False,
) -> None:
    """A predictor's tracks: index, identifier and description, with tabs between them.

    --tracks of score and predict takes the same expressions, the indices, and the printed list as a file.
    """
    every = registry.tracks_of(name, options.weights_of(name, weights), head)
    found = every if grep is None else search_tracks(every, grep, "--grep")
    if not found:
        raise ConfigError(
            f"--grep {grep!r} finds none of the {len(every)} tracks of {name}", "(?i) before it ignores case"
        )
    if as_json:
        print(json.dumps([asdict(track) for track in found], indent=2))
        return
    print("index\tidentifier\tdescription")
    for track in found:
        print(f"{track.index}\t{track.identifier}\t{track.description}")
