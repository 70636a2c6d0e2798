"""The header of an annotated VCF: the input's own lines, without those that are replaced, plus genoscore's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from genoscore.core.printable import percent_encoded
from genoscore.inputs.contigs import spelt_like
from genoscore.inputs.vcf import VcfHeader, meta_key
from genoscore.outputs.info import InfoFields


def provenance_line(name: str, values: Mapping[str, str]) -> str:
    """`##genoscore=<ID=NAME,Version=...,Command="...",...>`: what is needed to reproduce the run.

    >>> provenance_line("spliceai", {"Version": "1", "Command": 'a "b"'})
    '##genoscore=<ID=SPLICEAI,Version=1,Command="a \\\\"b\\\\"">'
    """
    parts = [f"ID={name.upper()}"]
    for key, value in values.items():
        value = percent_encoded(value)
        if key == "Command" or any(character in value for character in ' ,"<>=;'):
            value = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        parts.append(f"{key}={value}")
    return f"##genoscore=<{','.join(parts)}>"


def annotated_header(
    header: VcfHeader,
    fields: Mapping[str, InfoFields],
    provenance: Mapping[str, Mapping[str, str]],
    contig_lines: Sequence[str],
    version: str,
    keep_existing: bool,
) -> str:
    """The header's text, including the final newline.

    Args:
        fields, provenance: by predictor.
        contig_lines: lines to add (see `missing_contigs`).
    """
    own_ids = {("INFO", key) for info in fields.values() for key in info.ids}
    own_runs = {("genoscore", name.upper()) for name in fields}
    replaced = set() if keep_existing else own_ids | own_runs
    lines = [line for line in header.meta if meta_key(line) not in replaced]
    declared = {meta_key(line) for line in lines}
    lines += contig_lines
    for name, info in fields.items():
        lines += [line for line in info.header_lines(version) if meta_key(line) not in declared]
        lines.append(provenance_line(_free_id(name, declared), provenance[name]))
    return "\n".join([*lines, header.columns, ""])


def _free_id(name: str, declared: Set[tuple[str, str] | None]) -> str:
    """The predictor's name, numbered if the line of an earlier run is kept."""
    number, free = 1, name
    while ("genoscore", free.upper()) in declared:
        number, free = number + 1, f"{name}.{number + 1}"
    return free


def missing_contigs(header: VcfHeader, first_contig: str | None, lengths: Mapping[str, int]) -> list[str]:
    """`##contig` lines from the FASTA for a header that has none, in the input's spelling.

    Args:
        first_contig: CHROM of the first record.
        lengths: of the FASTA's contigs.
    """
    if header.contigs:
        return []
    names = {name: name for name in lengths}
    if first_contig is not None and first_contig not in lengths:
        names = spelt_like(first_contig, lengths)
    return [f"##contig=<ID={names[name]},length={length}>" for name, length in lengths.items()]
