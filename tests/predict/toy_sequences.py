"""Random sequences, and the outputs of the toy predictor in one pass."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genoscore.core.config import RunConfig
from genoscore.core.encode import one_hot
from tests.toy import TOY, loaded

TRACKS = ["neither", "acceptor", "donor"]
COMPLEMENT = str.maketrans("ACGT", "TGCA")


def random_bases(length: int, seed: int = 3) -> str:
    return "".join(random.Random(seed).choices("ACGT", k=length))


def load_arrays(path: Path) -> dict[str, NDArray[np.float32]]:
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def predicted_by_hand(sequence: str, left: str = "N" * 20, right: str = "N" * 20) -> NDArray[np.float32]:
    """One pass over a whole sequence with its flanks, (T, N), replicates averaged."""
    network = loaded(TOY, RunConfig("-", Path("-"), predictor=("toy",)))
    found: NDArray[np.float32] = network.predict(one_hot([left + sequence + right])).mean(dim=1)[0].numpy()
    return found
