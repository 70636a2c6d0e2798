"""What is said of a model and of where its weights come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ByHand:
    """How weights get there that no command can install.

    Attributes:
        why: what is special about them, as the end of "the weights of NAME ...".
        steps: what to do, as an instruction.
    """

    why: str
    steps: str


@dataclass(frozen=True, slots=True)
class Speed:
    """What a variant takes, as docs/performance.md has it measured.

    Attributes:
        seconds: per variant (and gene, where scores are of genes).
        measured: of which variants, and on what.
    """

    seconds: float
    measured: str


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What `genoscore models` says of a predictor.

    Attributes:
        licence: name of the weights' licence.
        weights_source: in words, where the weights are published.
        install: a command that installs them; '' where there is none.
        sha256: weight file -> digest of the published one, '' where none is pinned; names may hold a `/`.
        licence_url, licence_terms: where its text is, and what matters of it in one line.
        commercial: whether the licence allows commercial use; False also where nobody has said so.
        fetch_from: where `models fetch` finds the files unless told otherwise: an https address under which they lie
            by these names, or `hf:owner/repository@revision`; '' for nowhere.
        shipped: the weights are part of genoscore, so that there is nothing to fetch.
        scores: what is scored, in a few words (30 characters), for `models list`; '' is the summary.
        speed: None where nothing was measured.
        by_hand: why no command can install them, and what to do instead.
        about: what else is to be known of the model, by what it is called: data, accuracy, what it is not for.
    """

    name: str
    summary: str
    paper: str
    licence: str
    weights_source: str
    install: str
    sha256: dict[str, str]
    licence_url: str = ""
    licence_terms: str = ""
    commercial: bool = False
    fetch_from: str = ""
    shipped: bool = False
    by_hand: ByHand | None = None
    scores: str = ""
    speed: Speed | None = None
    about: Mapping[str, str] = field(default_factory=dict)

    @property
    def remedy(self) -> str:
        """What to do about weights that are missing or wrong."""
        if self.install:
            return f"run: {self.install}"
        return self.by_hand.steps if self.by_hand else f"see where they are published: {self.weights_source}"
