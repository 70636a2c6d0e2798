"""What is said of a model and of where its weights come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What `genoscore models` says of a predictor.

    Attributes:
        licence: name of the weights' licence.
        weights_source: in words, where the weights are published.
        install: a command that installs them.
        sha256: weight file -> digest of the published one, '' where none is pinned; names may hold a `/`.
        licence_url, licence_terms: where its text is, and what matters of it in one line.
        commercial: whether the licence allows commercial use; False also where nobody has said so.
        fetch_from: where `models fetch` finds the files unless told otherwise: an https address under which they lie
            by these names, or `hf:owner/repository@revision`; '' for nowhere.
        shipped: the weights are part of genoscore, so that there is nothing to fetch.
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
    about: Mapping[str, str] = field(default_factory=dict)
