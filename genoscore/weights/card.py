"""What users should know about a model, and where its weights come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

GB = 1_000_000_000
LARGEST = 10 * GB  # default limit of `models fetch`, in bytes, for a file whose size the card does not give


@dataclass(frozen=True, slots=True)
class ByHand:
    """How to install weights that no command can install.

    Attributes:
        why: what is special about them, as the end of the sentence "the weights of NAME ...".
        steps: what to do, as an instruction.
    """

    why: str
    steps: str


@dataclass(frozen=True, slots=True)
class Speed:
    """The measured time per variant; see docs/performance.md.

    Attributes:
        seconds: per variant (and per gene, if scores are per gene).
        measured: on which variants and which hardware.
    """

    seconds: float
    measured: str


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What `genoscore models` says about a predictor.

    Attributes:
        licence: name of the weights' licence.
        weights_source: where the weights are published, in words.
        install: a command that installs them; '' if there is none.
        sha256: weight file -> digest of the published one, '' if none is pinned; names may contain `/`.
        sizes: weight file -> bytes of the published one, where known; `models fetch` refuses a file of another size.
        licence_url, licence_terms: the address of its text, and what matters in it, in one line.
        commercial: whether the licence allows commercial use; False also if that is not stated.
        fetch_from: where `models fetch` finds the files by default: an https address under which they have these
            names, or `hf:owner/repository@revision`; '' for nowhere.
        shipped: the weights are part of genoscore, so there is nothing to fetch.
        scores: what is scored, in a few words (at most 30 characters), for `models list`; if '', the summary is used.
        speed: None if nothing was measured.
        by_hand: why no command can install them, and what to do instead.
        about: topic -> what else users should know: data, accuracy, what the model is not for.
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
    sizes: Mapping[str, int] = field(default_factory=dict)

    @property
    def remedy(self) -> str:
        """What to do about weights that are missing or wrong."""
        if self.install:
            return f"run: {self.install}"
        return self.by_hand.steps if self.by_hand else f"see where they are published: {self.weights_source}"
