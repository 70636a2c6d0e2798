"""Two tiny regulatory networks, and what their file says."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import torch

from genoscore.networks.regulatory import RegulatoryEnsemble
from genoscore.networks.regulatory_config import RegulatoryConfig

LENGTH, SHIFTS = 40, (-9, 0, 7)
TRACKS = ("liver", "stem cell")
LEFT, RIGHT = "ACGTT", "GGA"
SHAPE = RegulatoryConfig(
    LENGTH, filters=6, filter_width=5, pool=2, token_size=4, channels=4, width=3, blocks=1, layers=1, heads=2,
    queries=2, hidden=6, motifs=4, motif_width=7, directions=3, centres=5,
)  # fmt: skip
HEADER = {
    "format": "genoscore-regulatory-2",
    "config": json.dumps(asdict(SHAPE)),
    "networks": "2",
    "tracks": json.dumps(TRACKS),
    "adaptors": json.dumps([LEFT, RIGHT]),
    "units": "log2 RNA/DNA",
    "trained": json.dumps({"table": "made.tsv", "rows": 12, "pearson": {"liver": 0.5}}),
}


def toy_ensemble() -> RegulatoryEnsemble:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(11)
        ensemble = RegulatoryEnsemble(SHAPE, 2)
        for name, value in ensemble.state_dict().items():
            if name.endswith("filters"):
                value.normal_(0, 0.7)
            elif name.startswith("kernel.") and value.ndim > 1:
                value.normal_()
            elif name.endswith(("rate", "share")):
                value.fill_(0.4)
            elif value.ndim > 1:
                value.mul_(2.5)
            elif name.endswith("running_mean"):
                value.normal_(0, 0.3)
            elif name.endswith(("running_var", "deviation")):
                value.uniform_(0.5, 1.5)
    return ensemble.eval()


def write_fasta(path: Path, **sequences: str) -> Path:
    path.write_text("".join(f">{name}\n{bases}\n" for name, bases in sequences.items()))
    return path
