"""`genoscore models list | show | verify | tracks | fetch | add | remove`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from genoscore.cli import options
from genoscore.cli.custom import add, remove
from genoscore.cli.errors import EXIT_ERROR, complain, guarded
from genoscore.cli.fetch import fetch
from genoscore.cli.help import WholeGroup
from genoscore.cli.tracks import tracks
from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError, GenoscoreError, WeightsError
from genoscore.predictors import registry
from genoscore.predictors.base import PredictorSpec
from genoscore.weights.files import sha256

models = typer.Typer(
    help="Predictors: licence, context, tracks, weights.", no_args_is_help=True, rich_markup_mode=None, cls=WholeGroup
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="A predictor.")]
Json = Annotated[bool, typer.Option("--json", help="As JSON.")]
_MOST_NAMES = 12


def _spec(name: str) -> PredictorSpec:
    return registry.get(name).spec(RunConfig("-", Path("-"), predictor=(name,)))


def _facts(name: str) -> dict[str, object]:
    """What `--json` says of a predictor; `models tracks` has the tracks."""
    entry = registry.get(name)
    spec = _spec(name)
    if {entry.card.name, spec.name} != {name}:
        raise ConfigError(f"predictor {name}: card and spec call it {entry.card.name} and {spec.name}", "use one name")
    try:
        installed, files = True, list(entry.find_weights(None).values())
    except WeightsError:
        installed, files = False, []
    card = entry.card
    return {
        "name": name,
        "summary": card.summary,
        "scores": card.scores or card.summary,
        "licence": card.licence,
        "licence_url": card.licence_url,
        "licence_terms": card.licence_terms,
        "commercial_use": card.commercial,
        "context_length": spec.context_length,
        "input_length": spec.input_length,
        "n_tracks": len(spec.tracks),
        "seconds_per_variant": card.speed.seconds if card.speed else None,
        "seconds_measured": card.speed.measured if card.speed else "",
        "weights_source": card.weights_source,
        "fetch_from": card.fetch_from,
        "installed": installed,
        "weights_folder": str(files[0].parent) if files else "",
        "install": card.install,
        "by_hand": card.by_hand.steps if card.by_hand else "",
        "paper": card.paper,
        "sha256": card.sha256,
        **card.about,
    }


def _all_facts() -> list[dict[str, object]]:
    """Facts of every predictor that can be used; a warning for every one that cannot."""
    from genoscore.inputs.gene_formats import gene_model_troubles
    from genoscore.outputs.targets import writer_troubles
    from genoscore.scores.registry import scorer_troubles

    troubles = registry.troubles()
    rows = []
    for name in registry.names():
        if name in troubles and not registry.is_built_in(name):
            continue
        try:
            rows.append(_facts(name))
        except Exception as error:
            if registry.is_built_in(name) and not isinstance(error, GenoscoreError):
                raise
            why = error.one_line() if isinstance(error, GenoscoreError) else f"{type(error).__name__}: {error}"
            troubles[name] = f"predictor {name} cannot be used ({why})"
    others = (*scorer_troubles().values(), *writer_troubles().values(), *gene_model_troubles().values())
    for message in (*troubles.values(), *others):
        print(f"genoscore: warning: {message}", file=sys.stderr)
    return rows


def _short_list(names: Sequence[str]) -> str:
    """All of a few names; of many, the first, the last and their number."""
    return ", ".join(names) if len(names) <= _MOST_NAMES else f"{names[0]}, ..., {names[-1]} ({len(names):,})"


@models.command("list")
@guarded
def list_models(
    as_json: Json = False,
    commercial: Annotated[bool, typer.Option("--commercial", help="Only those that allow commercial use.")] = False,
    verbose: options.Verbose = False,
) -> None:
    """Every predictor: what it scores, whether it may be used commercially and is installed, and how fast it is.

    `models show NAME` has the rest: licence, context, tracks, weights and how to get them, and what was timed.
    """
    rows = [row for row in _all_facts() if row["commercial_use"] or not commercial]
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from genoscore.cli.console import TerminalConsole, say

    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for column in ("name", "scores", "commercial", "installed", "s/variant"):
        right = column == "s/variant"
        table.add_column(column, justify="right" if right else "left", overflow="fold")
    for row in rows:
        seconds = row["seconds_per_variant"]
        table.add_row(
            str(row["name"]),
            str(row["scores"]),
            "yes" if row["commercial_use"] else "no",
            "yes" if row["installed"] else "no",
            "" if seconds is None else f"{seconds:.2g}",
        )
    console = TerminalConsole()
    console.print(table)
    say(console, "genoscore models show NAME: licence, context, tracks, weights, what was timed")


@models.command()
@guarded
def show(name: Name, as_json: Json = False, verbose: options.Verbose = False) -> None:
    """All that is known of one predictor."""
    facts = _facts(name)
    if as_json:
        print(json.dumps(facts, indent=2))
        return
    for key, value in facts.items():
        if isinstance(value, dict):
            print(f"{key}:")
            for file, digest in value.items():
                print(f"  {file}: {digest or 'not pinned'}")
        elif key == "n_tracks":
            print(f"tracks: {_short_list(_spec(name).tracks)}")
        else:
            print(f"{key}: {'' if value is None else value}")


@models.command()
@guarded
def verify(name: Name, weights: options.Weights = None, verbose: options.Verbose = False) -> None:
    """Compare the SHA-256 of the weights with the published ones; exit 1 where they differ."""
    given = options.weights_of(name, weights)
    entry = registry.get(name)
    wrong = unknown = 0
    for file, path in entry.find_weights(given).items():
        digest = sha256(path)
        known = entry.card.sha256.get(file)
        verdict = "ok" if digest == known else "not the published file" if known else "no published digest"
        wrong += bool(known) and digest != known
        unknown += not known
        print(f"{verdict}\t{digest}\t{path}")
    if wrong:
        complain(f"{wrong} of the weight files of {name} differ from the published ones; {entry.card.remedy}")
    elif unknown:
        complain(f"no digest is published for {unknown} of the weight files of {name}; compare them by hand")
    if wrong or unknown:
        raise typer.Exit(EXIT_ERROR)


for command in (tracks, fetch, add, remove):
    models.command(command.__name__)(command)
