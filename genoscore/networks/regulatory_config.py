"""The shape of the regulatory predictor's network. Torch is not imported here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RegulatoryConfig:
    """Shape of one network.

    Attributes:
        length: bases read, a multiple of the product of `pools`.
        filters, filter_width: of the first convolution.
        channels, width, blocks: of the residual convolutions, `blocks` before and as many after the second pooling.
        pools: bases per position after the first and factor of the second pooling.
        layers, heads: of the transformer.
        queries: of the readout.
        hidden: units of the last hidden layer.
        dropout: in the transformer and before the last layer; half of it in the convolutions. Has no part in inference.
        tracks: outputs.
    """

    length: int = 200
    filters: int = 128
    filter_width: int = 13
    channels: int = 64
    width: int = 5
    blocks: int = 2
    pools: tuple[int, int] = (2, 4)
    layers: int = 2
    heads: int = 4
    queries: int = 4
    hidden: int = 256
    dropout: float = 0.2
    tracks: int = 2

    @property
    def token_size(self) -> int:
        """Bases of a token."""
        return self.pools[0] * self.pools[1]

    def problem(self) -> str | None:
        """What is wrong with the shape, in words; None for nothing."""
        numbers = {name: value for name, value in asdict(self).items() if name not in ("pools", "dropout")}
        for name, value in numbers.items():
            if value < 1:
                return f"{name} must be at least 1"
        if min(self.pools) < 1 or self.length % self.token_size:
            return f"length {self.length} is no multiple of {self.token_size}, the product of pools"
        if self.channels % self.heads:
            return f"channels {self.channels} are no multiple of {self.heads}, the heads"
        if not (self.width % 2 and self.filter_width % 2):
            return "width and filter_width must be odd"
        if not 0 <= self.dropout < 1:
            return "dropout must be from 0 to below 1"
        return None

    @classmethod
    def read(cls, values: dict[str, Any]) -> RegulatoryConfig:
        """From the names and values of a JSON or TOML table.

        Raises:
            ValueError: an unknown name, a value of another type, or a shape that cannot be.
        """
        defaults = asdict(cls())
        read: dict[str, Any] = {}
        for name, value in values.items():
            if name not in defaults:
                raise ValueError(f"{name} is unknown")
            if name == "pools":
                if not (isinstance(value, list | tuple) and len(value) == 2 and all(type(one) is int for one in value)):
                    raise ValueError("pools must be two whole numbers")
                value = tuple(value)
            elif name == "dropout":
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
