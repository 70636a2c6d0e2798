"""What is read before anything is prepared or fitted: the table's rows, motifs, and the resulting network shape."""

from __future__ import annotations

from dataclasses import dataclass, replace

from genoscore.networks.regulatory_config import RegulatoryConfig
from genoscore.networks.regulatory_kernel import POWERS
from genoscore.training.config import TrainConfig
from genoscore.training.motifs import Motifs, read_motifs
from genoscore.training.rows import Rows, read_rows


@dataclass(frozen=True, slots=True)
class Material:
    """What networks and the kernel regression are fitted to.

    Attributes:
        shape: as in the config, with the tracks of the table and no more motifs than the file has.
    """

    rows: Rows
    motifs: Motifs
    shape: RegulatoryConfig


def read_material(config: TrainConfig) -> Material:
    """Read the table and the motifs.

    Raises:
        InputError: see `read_rows` and `read_motifs`.
    """
    rows, motifs = read_rows(config), read_motifs(config.data.motifs)
    count = min(config.network.motifs, len(motifs.matrices))
    shape = replace(
        config.network,
        tracks=len(rows.table.track_names),
        motifs=count,
        directions=min(config.network.directions, POWERS * count),
        centres=min(config.kernel.centres, len(rows.fitted)),
    )
    return Material(rows, motifs, shape)
