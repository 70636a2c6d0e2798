"""The shape of the regulatory predictor's networks. Torch is not imported here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RegulatoryConfig:
    """Shape of one network.

    Attributes:
        length: bases read, a multiple of `token_size`.
        filters, filter_width: of the bank.
        token_size: bases of a token.
        channels, width, blocks: of the residual convolutions.
        layers, heads: of the transformer.
        queries: of the attention pooling.
        hidden: units of the hidden layer of the deep way.
        wide: units of the hidden layer of the wide way; 0: there is none.
        dropout: of filters, in the transformer and of the hidden layers; half of it in the convolutions. Has no part in
            inference.
        tracks: outputs.
        centres: of the kernel regression beside the networks; 0: there is none.
    """

    length: int = 200
    filters: int = 872
    filter_width: int = 21
    token_size: int = 4
    channels: int = 64
    width: int = 5
    blocks: int = 2
    layers: int = 2
    heads: int = 4
    queries: int = 4
    hidden: int = 256
    wide: int = 128
    dropout: float = 0.2
    tracks: int = 2
    centres: int = 0

    def problem(self) -> str | None:
        """What is wrong with the shape, in words; None for nothing."""
        for name, value in asdict(self).items():
            least = 0 if name in ("wide", "dropout", "centres") else 1
            if value < least:
                return f"{name} must be at least {least}"
        if self.length % self.token_size:
            return f"length {self.length} is no multiple of token_size {self.token_size}"
        if self.channels % self.heads:
            return f"channels {self.channels} are no multiple of {self.heads}, the heads"
        if not (self.width % 2 and self.filter_width % 2):
            return "width and filter_width must be odd"
        if self.dropout >= 1:
            return "dropout must be below 1"
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
