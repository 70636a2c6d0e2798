"""Cases with damaged TOML files of options."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from typing import Any

from tests.fuzz.case import Case
from tests.fuzz.mutations import damaged
from tests.fuzz.seeds import small_genome, vcfs
from tests.fuzz.texts import changed_text

_OPTIONS = b"""\
# options of a run
predictor = ["toy"]
distance = 50
mask = "none"
min-score = 0.2
min_band = "moderate"
compat = false
batch-size = 8
precision = "fp32"
output = ["o.vcf", "o.tsv"]
summary = "o.json"
region = "chr1:1-1,000"

[score]
transcripts = "canonical"

[explain]
distance = 50
"""
_TRAINING = b"""\
[data]
table = "nowhere.tsv"
motifs = "nowhere.jaspar.gz"
sequence = "sequence"
adaptors = ["ACGT", "TTGA"]
folds = 10

[network]
length = 40
dropout = 0.15

[training]
epochs = 1
learning_rate = 2e-3
"""


def toml_case(rng: random.Random) -> Case:
    """Options of `check` and `score`, or a file of `train` whose table does not exist."""
    command = rng.choice(("check", "score", "score", "config", "train"))
    data = _TRAINING if command == "train" else _OPTIONS
    data = changed_text(rng, data) if rng.random() < 0.85 else damaged(rng, data)
    files = {**small_genome()[0], "in.vcf": vcfs()[0], "c.toml": data}
    if command == "train":
        return Case(files, ["train", "c.toml", "-o", "fitted"])
    if command == "config":
        return Case(files, ["config", "show", "--config", "c.toml"])
    values, texts = _parsed(data), frozenset(_texts(data))
    arguments = [command, "in.vcf", "-r", "g.fa", "-a", "genes.tsv", "--config", "c.toml"]
    if command == "score":
        arguments += ["--threads", "1"]
    if "predictor" not in values:  # SpliceAI takes long
        arguments += ["-p", "toy"]
    made = texts | {text + suffix for text in texts for suffix in (".tbi", ".csi")}
    return Case(files, arguments, frozenset({"-"}), optional=made)


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode())
    except (ValueError, RecursionError):
        return {}


def _texts(data: bytes) -> Iterator[str]:
    """Every text in the file: it may be the name of an output."""
    pending: list[Any] = [_parsed(data)]
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            yield value
            yield from (part.strip() for part in value.split(","))
        elif isinstance(value, list | dict):
            pending += value.values() if isinstance(value, dict) else value
