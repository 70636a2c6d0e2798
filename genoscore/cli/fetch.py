"""`genoscore models fetch`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from genoscore.cli import options
from genoscore.cli.errors import EXIT_INTERRUPT, Terminated, complain, guarded
from genoscore.core.errors import ConfigError, WeightsError
from genoscore.inputs.fetched_annotation import PUBLISHED, PublishedAnnotation
from genoscore.predictors import registry
from genoscore.weights import licences
from genoscore.weights.card import GB, LARGEST, ModelCard
from genoscore.weights.files import sha256

if TYPE_CHECKING:
    from genoscore.weights.fetch import Fetched
    from genoscore.weights.sources import Source
    from genoscore.weights.transfer import Watch


@guarded
def fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A predictor, or `mane`: genes for -a mane.")],
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="URL|DIR|hf:OWNER/REPOSITORY",
            help="Where the files are: a URL, a folder, or a Hugging Face repository (hf:owner/name[@revision]). "
            "[default: where they are published]",
            show_default=False,
        ),
    ] = None,
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", help="Accept the licence of the weights; this is remembered.")
    ] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Never use the network (as with GENOSCORE_OFFLINE=1 or HF_HUB_OFFLINE=1).")
    ] = False,
    max_size: Annotated[
        int,
        typer.Option(
            "--max-size",
            metavar="GB",
            min=1,
            max=1_000_000,
            help="Refuse files larger than this, where the size of the published file is not known.",
        ),
    ] = LARGEST // GB,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Download a predictor's weights, or MANE's genes, into the cache, verify them, and show their licence.

    Prints the verdict, SHA-256 and path of every file. An interrupted download resumes where it stopped.
    """
    from genoscore.weights.sources import open_source

    if name in PUBLISHED:
        published = PUBLISHED[name]
        chosen = open_source(source or published.fetch_from)
        if not quiet:
            _say(f"{published.title}: {published.terms}")
        _report([_fetched_annotation(published, chosen, offline, quiet)], quiet)
        return
    card = registry.get(name).card
    if card.shipped or not card.sha256:
        _nothing_to_fetch(name, source)
        return
    place = source or card.fetch_from
    if not place:
        raise ConfigError(
            f"genoscore knows no source for the weights of {name}",
            "give one with --from: a folder, https://... or hf:OWNER/REPOSITORY",
        )
    chosen = open_source(place)
    _settle_licence(card, accept_licence, quiet)
    _report(_fetched(card, chosen, offline, max_size * GB, quiet), quiet)


def _report(files: list[Fetched], quiet: bool) -> None:
    if not quiet:
        for file in files:
            print(f"{file.verdict}\t{file.digest}\t{file.path}")


def _fetched(card: ModelCard, source: Source, offline: bool, largest: int, quiet: bool) -> list[Fetched]:
    """Fetch the files, with a progress bar unless `quiet`."""
    from genoscore.weights.fetch import fetch as fetch_weights
    from genoscore.weights.fetch import is_offline

    with _watching(quiet) as watch:
        return fetch_weights(card, source, watch, offline or is_offline(), largest)


def _fetched_annotation(published: PublishedAnnotation, source: Source, offline: bool, quiet: bool) -> Fetched:
    """The same for an annotation."""
    from genoscore.inputs.annotation_fetch import fetch_annotation
    from genoscore.weights.fetch import is_offline

    with _watching(quiet) as watch:
        return fetch_annotation(published, source, watch, offline or is_offline())


@contextlib.contextmanager
def _watching(quiet: bool) -> Iterator[Watch]:
    """Shows a transfer; an interrupted one ends the program."""
    from genoscore.cli.fetch_report import FetchReporter

    reporter = FetchReporter(quiet)
    try:
        yield reporter
    except (KeyboardInterrupt, Terminated) as ended:
        complain("interrupted; run the same command again to resume")
        raise typer.Exit(128 + ended.signum if isinstance(ended, Terminated) else EXIT_INTERRUPT) from None
    finally:
        reporter.end()


def _nothing_to_fetch(name: str, source: str | None) -> None:
    """State why, and list the files that are present.

    Raises:
        WeightsError: no files are present; states what to do.
        ConfigError: `--from` was given.
    """
    entry = registry.get(name)
    card = entry.card
    try:
        files = entry.find_weights(None)
    except WeightsError as error:
        if card.by_hand is None:
            raise
        raise WeightsError(f"the weights of {name} {card.by_hand.why}", card.by_hand.steps) from error
    if card.shipped:
        verdict, state = "shipped", f"the weights of {name} come with {registry.offered_by(name)}"
    elif files:
        verdict, state = "installed", f"the weights of {name} are installed"
    else:
        verdict, state = "", f"{name} needs no weights"
    if source is not None:
        others = f"give --weights {name}=PATH to a run to use other weights" if files else "leave it out"
        raise ConfigError(f"--from {source}: {state}", others)
    _say(f"{state}{f' ({card.licence})' if card.shipped else ''}: there is nothing to fetch")
    for path in files.values():
        print(f"{verdict}\t{sha256(path)}\t{path}")


def _settle_licence(card: ModelCard, accepted: bool, quiet: bool) -> None:
    """Show the licence, and request its acceptance unless it was accepted before.

    Raises:
        WeightsError: it was not accepted.
    """
    date = licences.accepted_on(card)
    if not quiet or date is None:
        use = "allows commercial use" if card.commercial else "no commercial use"
        _say(f"licence of the weights of {card.name}: {card.licence or 'none stated'} ({use})")
        for line in (card.licence_terms, card.licence_url):
            if line:
                _say(f"  {line}")
    if date is not None:
        if not quiet:
            _say(f"  accepted on {date}")
        return
    if not accepted and sys.stdin.isatty() and sys.stderr.isatty():
        accepted = typer.confirm("Do you accept it?", default=False, err=True)
    if not accepted:
        raise WeightsError(
            f"the licence of {card.name} ({card.licence or 'none stated'}) is not accepted; nothing was fetched",
            "read it, and give --accept-licence",
        )
    licences.accept(card)


def _say(line: str) -> None:
    print(line, file=sys.stderr)
