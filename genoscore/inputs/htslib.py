"""Settings of the htslib inside pysam."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pysam
from pysam.libcutils import set_encoding_error_handler


def silence_htslib() -> None:
    """Keep pysam's htslib off standard error: genoscore says what is wrong in its own line."""
    pysam.set_verbosity(0)


@contextmanager
def paths_of_any_bytes() -> Iterator[None]:
    """Let pysam's samtools and bcftools open paths that are not UTF-8. Do not read BCF inside this context."""
    before = set_encoding_error_handler("surrogateescape")
    try:
        yield
    finally:
        set_encoding_error_handler(before)
