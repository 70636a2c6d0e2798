"""ADD A KIND OF INPUT HERE: its name, what makes a case of it, and how many cases there are."""

from __future__ import annotations

from typing import NamedTuple

from tests.fuzz.case import MakeCase
from tests.fuzz.consequences import consequences_case
from tests.fuzz.genes import annotation_case, panel_case
from tests.fuzz.precomputed import precomputed_case
from tests.fuzz.reference import fasta_case
from tests.fuzz.settings import toml_case
from tests.fuzz.tables import bed_case, table_case
from tests.fuzz.variants import bcf_case, vcf_case
from tests.fuzz.weights import checkpoint_case, exported_case, keras_case, manifest_case


class Kind(NamedTuple):
    """A kind of input.

    Attributes:
        share: of the cases of `make fuzz`, relative to the others.
        tested: number of cases that `make test` runs; 0 for slow ones.
    """

    make: MakeCase
    share: float
    tested: int


KINDS: dict[str, Kind] = {
    "vcf": Kind(vcf_case, 4, 40),
    "bcf": Kind(bcf_case, 2, 25),
    "fasta": Kind(fasta_case, 2, 25),
    "annotation": Kind(annotation_case, 2, 25),
    "precomputed": Kind(precomputed_case, 1, 12),
    "toml": Kind(toml_case, 1, 15),
    "manifest": Kind(manifest_case, 1, 12),
    "checkpoint": Kind(checkpoint_case, 1, 10),
    "table": Kind(table_case, 1, 12),
    "bed": Kind(bed_case, 0.5, 8),
    "panel": Kind(panel_case, 0.5, 8),
    "consequences": Kind(consequences_case, 2, 25),
    "exported": Kind(exported_case, 0.1, 0),
    "keras": Kind(keras_case, 0.1, 0),
}
