"""The shape of an Enformer, as a checkpoint's `config.json` gives it. Free of torch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

BIN_SIZE = 128  # bases: seven poolings by two
TABLE_LENGTH = 1_536  # tokens for which there is a table of gamma features
TABLE_FEATURES = 192  # position features of a model that fits the table's 32 gammas: they are a sixth


def _published_heads() -> dict[str, int]:
    return {"human": 5_313, "mouse": 1_643}


@dataclass(frozen=True, slots=True)
class EnformerConfig:
    """Dimensions of the network; the defaults are the published ones.

    Attributes:
        dim: width of the transformer; the stem has half of it.
        depth: transformer blocks. heads: of each block's attention; the values of a head are dim / heads wide.
        output_heads: name -> tracks.
        target_length: bins that remain after cropping both sides equally; -1 for no cropping.
        dim_divisible_by: the tower's widths are rounded to multiples of it.
        attn_dim_key: width of a head's queries and keys.
        use_tf_gamma: whether gamma position features come from the table that the published weights were trained with.
        input_length: bases of a window.

    Raises:
        ValueError: they do not fit together; names them.
    """

    dim: int = 1_536
    depth: int = 11
    heads: int = 8
    output_heads: Mapping[str, int] = field(default_factory=_published_heads)
    target_length: int = 896
    dim_divisible_by: int = 128
    attn_dim_key: int = 64
    use_tf_gamma: bool = True
    input_length: int = 196_608

    def __post_init__(self) -> None:
        for name in ("dim", "depth", "heads", "dim_divisible_by", "attn_dim_key", "input_length"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}")
        if self.dim % 2 or self.dim % self.heads or self.dim // self.heads % 6:
            raise ValueError(
                f"dim {self.dim} with {self.heads} heads: each head's width must be a multiple of 6, and dim even"
            )
        if min(self.channels) < 1:
            raise ValueError(f"dim_divisible_by {self.dim_divisible_by} leaves no channels of dim {self.dim}")
        if self.channels[-1] != self.dim:
            raise ValueError(f"dim {self.dim} is not a multiple of dim_divisible_by {self.dim_divisible_by}")
        if self.input_length % BIN_SIZE:
            raise ValueError(f"input_length {self.input_length} is not a multiple of {BIN_SIZE}")
        surplus = self.tokens - self.bins
        if self.bins < 1 or surplus < 0 or surplus % 2:
            raise ValueError(f"target_length {self.target_length} cannot be the middle of {self.tokens} bins")
        if not self.output_heads or min(self.output_heads.values()) < 1:
            raise ValueError("output_heads names no tracks")
        if self.use_tf_gamma and self.tokens != TABLE_LENGTH:
            raise ValueError(f"use_tf_gamma needs {TABLE_LENGTH:,} bins, not {self.tokens:,}")
        if self.use_tf_gamma and self.dim // self.heads != TABLE_FEATURES:
            raise ValueError(f"use_tf_gamma needs dim / heads of {TABLE_FEATURES}, not {self.dim // self.heads}")

    @property
    def tokens(self) -> int:
        """Bins of a window before cropping."""
        return self.input_length // BIN_SIZE

    @property
    def bins(self) -> int:
        """Bins of output."""
        return self.tokens if self.target_length == -1 else self.target_length

    @property
    def crop(self) -> int:
        """Bins that are cut off on either side."""
        return (self.tokens - self.bins) // 2

    @property
    def channels(self) -> tuple[int, ...]:
        """Width of the stem's output and of each of the six tower stages' outputs.

        >>> EnformerConfig().channels
        (768, 768, 896, 1024, 1152, 1280, 1536)
        """
        half, by = self.dim // 2, self.dim_divisible_by
        growth = math.exp(math.log(self.dim / half) / 5)
        return half, *(int(round(half * growth**step / by) * by) for step in range(6))
