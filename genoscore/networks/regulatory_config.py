"""The shape of the regulatory predictor. Torch is not imported here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RegulatoryConfig:
    """Shape of the networks, and of the kernel regression beside them.

    Attributes:
        length: bases read, a multiple of `token_size`.
        filters, filter_width, pool: of the first layer: learned filters, their bases, and the bases from which the best
            match is taken.
        token_size: bases of a token, a multiple of `pool`.
        channels, width, blocks: of the convolutions; `blocks` is of those with a residual path, at tokens.
        layers, heads: of the transformer.
        queries: of the attention pooling.
        hidden: units of the hidden layer.
        dropout: in the convolutions and the transformer; twice as much in the hidden layer. Not used for inference.
        tracks: outputs.
        motifs, motif_width: filters of the kernel regression's bank, and their bases.
        directions: those in which the kernel regression sees differences.
        centres: of the kernel regression; 0 for none.
    """

    length: int = 200
    filters: int = 160
    filter_width: int = 15
    pool: int = 4
    token_size: int = 8
    channels: int = 128
    width: int = 5
    blocks: int = 2
    layers: int = 1
    heads: int = 4
    queries: int = 4
    hidden: int = 128
    dropout: float = 0.15
    tracks: int = 2
    motifs: int = 872
    motif_width: int = 21
    directions: int = 128
    centres: int = 0

    def problem(self) -> str | None:
        """What is wrong with the shape, in words; None for nothing."""
        for name, value in asdict(self).items():
            least = 0 if name in ("dropout", "centres") else 1
            if value < least:
                return f"{name} must be at least {least}"
        if self.length % self.token_size:
            return f"length {self.length} is not a multiple of token_size {self.token_size}"
        if self.token_size % self.pool:
            return f"token_size {self.token_size} is not a multiple of pool {self.pool}"
        if self.length % 4:
            return f"length {self.length} is not a multiple of 4"
        if self.channels % self.heads:
            return f"channels {self.channels} is not a multiple of heads {self.heads}"
        if not (self.width % 2 and self.filter_width % 2 and self.motif_width % 2):
            return "width, filter_width and motif_width must be odd"
        if self.dropout >= 1:
            return "dropout must be below 1"
        return None

    @classmethod
    def read(cls, values: dict[str, Any]) -> RegulatoryConfig:
        """From the names and values of a JSON or TOML table.

        Raises:
            ValueError: an unknown name, a value of another type, or an inconsistent shape.
        """
        defaults = asdict(cls())
        read: dict[str, Any] = {}
        for name, value in values.items():
            if name not in defaults:
                raise ValueError(f"{name} is unknown")
            if name == "dropout":
                if type(value) not in (int, float):
                    raise ValueError("dropout must be a number")
                value = float(value)
            elif type(value) is not int:
                raise ValueError(f"{name} must be a whole number")
            read[name] = value
        config = cls(**read)
        if (problem := config.problem()) is not None:
            raise ValueError(problem)
        return config
