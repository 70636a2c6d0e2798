"""ADD A KIND OF INPUT HERE: its name and what makes a case of it."""

from __future__ import annotations

from tests.fuzz.case import MakeCase
from tests.fuzz.variants import bcf_case, vcf_case

KINDS: dict[str, MakeCase] = {
    "vcf": vcf_case,
    "bcf": bcf_case,
}
