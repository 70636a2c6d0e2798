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
            help="Only tracks whose description matches; (?i) at its beginning ignores case.",
        ),
    ] = None,
    head: Annotated[
        str | None, typer.Option("--head", help="For a predictor with several heads: human or mouse.")
    ] = None,
    weights: options.Weights = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    verbose: options.Verbose = False,
) -> None:
    """List a predictor's tracks: index, identifier and description, separated by tabs.

    --tracks of score and predict accepts the same expressions, indices, and the printed list as a file.
    """
    all_tracks = registry.tracks_of(name, options.weights_of(name, weights), head)
    matches = all_tracks if grep is None else search_tracks(all_tracks, grep, "--grep")
    if not matches:
        raise ConfigError(
            f"--grep {grep!r} matches none of the {len(all_tracks)} tracks of {name}",
            "(?i) at its beginning ignores case",
        )
    if as_json:
        print(json.dumps([asdict(track) for track in matches], indent=2))
        return
    print("index\tidentifier\tdescription")
    for track in matches:
        print(f"{track.index}\t{track.identifier}\t{track.description}")
