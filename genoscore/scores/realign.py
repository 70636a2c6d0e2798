"""Put ALT outputs on REF coordinates, so that the two can be subtracted base by base.

With r REF and a ALT bases: if a <= r, ALT's outputs fill the first a REF positions, followed by r - a zeros; if a > r,
the first r - 1 map one to one, and the last REF position takes the maximum of the rest. This is SpliceAI's rule for its
simple insertions (r = 1) and deletions (a = 1), extended to delins.
"""

from __future__ import annotations

import torch


def realign(alt: torch.Tensor, reach: int, ref_length: int, alt_length: int, width: int) -> torch.Tensor:
    """ALT outputs on REF coordinates.

    Args:
        alt: (..., N') with N' = reach + alt_length + max(0, width - reach - ref_length), genomic order; the ALT
            allele's first base is at index `reach`.
        reach: output bases left of REF's first base.
        ref_length, alt_length: r and a.
        width: N, number of REF outputs.

    Returns:
        (..., N): the bases around REF's first base, which is at index `reach`.

    >>> realign(torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), 2, 1, 2, 5).tolist()  # A>AT: the larger of 3 and 4
    [1.0, 2.0, 4.0, 5.0, 6.0]
    >>> realign(torch.tensor([1.0, 2.0, 3.0, 5.0]), 2, 2, 1, 5).tolist()  # AT>A: a zero where T was
    [1.0, 2.0, 3.0, 0.0, 5.0]
    """
    left, allele, right = torch.split(alt, [reach, alt_length, alt.shape[-1] - reach - alt_length], dim=-1)
    if alt_length <= ref_length:
        middle = torch.nn.functional.pad(allele, (0, ref_length - alt_length))
    else:
        rest = allele[..., ref_length - 1 :].amax(dim=-1, keepdim=True)
        middle = torch.cat([allele[..., : ref_length - 1], rest], dim=-1)
    return torch.cat([left, middle, right], dim=-1)[..., :width]
