"""`genoscore models list | show | fetch | verify`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from genoscore.cli import options
from genoscore.cli.errors import EXIT_ERROR, complain, guarded
from genoscore.cli.fetch import fetch
from genoscore.config import RunConfig
from genoscore.errors import ConfigError, WeightsError
from genoscore.predictors import registry
from genoscore.predictors.weights import sha256

models = typer.Typer(help="Predictors: licence, context, tracks, weights.", no_args_is_help=True, rich_markup_mode=None)
Name = Annotated[str, typer.Argument(metavar="NAME", help="A predictor.")]
Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


def _facts(name: str, given: Path | None = None) -> dict[str, object]:
    entry = registry.get(name)
    spec = entry.spec(RunConfig("-", Path("-"), predictor=(name,)))
    try:
        folder = str(next(iter(entry.find_weights(given).values())).parent)
    except WeightsError:
        folder = ""
    card = entry.card
    return {
        "name": name,
        "summary": card.summary,
        "licence": card.licence,
        "licence_url": card.licence_url,
        "licence_terms": card.licence_terms,
        "commercial_use": card.commercial,
        "context_length": spec.context_length,
        "tracks": list(spec.tracks),
        "weights_source": card.weights_source,
        "fetch_from": card.fetch_from,
        "installed": bool(folder),
        "weights_folder": folder,
        "install": card.install,
        "paper": card.paper,
        "sha256": card.sha256,
    }


@models.command("list")
@guarded
def list_models(
    as_json: Json = False,
    commercial: Annotated[bool, typer.Option("--commercial", help="Only those that allow commercial use.")] = False,
    verbose: options.Verbose = False,
) -> None:
    """Every predictor: licence and source of its weights, and whether they are installed."""
    rows = [row for row in map(_facts, registry.names()) if row["commercial_use"] or not commercial]
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for column in ("name", "context", "tracks", "licence of weights", "source of weights", "installed"):
        table.add_column(column, overflow="fold")
    for row in rows:
        tracks = row["tracks"]
        assert isinstance(tracks, list)
        table.add_row(
            str(row["name"]),
            f"{row['context_length']:,}",
            ", ".join(tracks),
            f"{row['licence']}{'' if row['commercial_use'] else ', no commercial use'}",
            str(row["weights_source"]),
            "yes" if row["installed"] else f"no: {row['install']}",
        )
    Console().print(table)


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
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list) else value
            print(f"{key}: {text}")


@models.command()
@guarded
def verify(name: Name, weights: options.Weights = None, verbose: options.Verbose = False) -> None:
    """Compare the SHA-256 of the weights with the published ones; exit 1 where they differ."""
    folders = options.parse_weights(weights) or {}
    if folders.keys() - {name}:
        raise ConfigError(f"--weights names {', '.join(folders.keys() - {name})}, not {name}", f"give {name}=PATH")
    given = folders.get(name)
    entry = registry.get(name)
    wrong = 0
    for file, path in entry.find_weights(given).items():
        digest = sha256(path)
        known = entry.card.sha256.get(file)
        verdict = "ok" if digest == known else "not the published file" if known else "no published digest"
        wrong += digest != known
        print(f"{verdict}\t{digest}\t{path}")
    if wrong:
        complain(f"{wrong} of the weight files of {name} differ from the published ones; run: {entry.card.install}")
        raise typer.Exit(EXIT_ERROR)


models.command("fetch")(fetch)
