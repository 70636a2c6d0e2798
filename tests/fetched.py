"""What `models fetch` brings in the tests: a predictor whose weights are two small files, made here."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from pathlib import Path

from genoscore.core.config import RunConfig
from genoscore.predictors.base import PredictorSpec
from genoscore.weights.card import ModelCard
from genoscore.weights.files import fetched_folder, require_files

CONTENTS = {
    "small/first.bin": random.Random(1).randbytes(1_000),
    "small/second.bin": random.Random(2).randbytes(300_000),
}


class FetchedEntry:
    """Registry row of weights without a network."""

    card = ModelCard(
        name="fetched",
        summary="",
        paper="",
        licence="Test Licence 1.0",
        weights_source="made here",
        install="",
        sha256={name: hashlib.sha256(content).hexdigest() for name, content in CONTENTS.items()},
        licence_url="https://example.org/licence",
        licence_terms="for tests",
        commercial=True,
    )

    def spec(self, config: RunConfig) -> PredictorSpec:
        """As the toy's."""
        from tests.toy import TOY

        return replace(TOY.spec(config), name="fetched")

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        """Under `given`, or where they were fetched."""
        return require_files(given or fetched_folder("fetched"), CONTENTS, "fetched", "fetch them")


FETCHED = FetchedEntry()
