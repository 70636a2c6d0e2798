"""The numbers behind the figures, as TSV, BED and NPZ. Values are not rounded beyond seven digits."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genoscore.explaining.attention import Attention
from genoscore.explaining.contributions import Contributions
from genoscore.explaining.mutagenesis import Mutagenesis
from genoscore.explaining.profiles import Profile
from genoscore.inputs.gene import Gene

_METHODS = {"INPUT_X_GRADIENT": "input_x_gradient", "INTEGRATED": "integrated"}


def mutagenesis_tsv(mutagenesis: Mutagenesis) -> str:
    """A row per substitution and gene: the score, and its field and track."""
    rows = [
        (
            mutagenesis.contig, row.pos, row.ref, row.alt, row.result.status.value, *_gene(row.gene),
            *((row.shown.field, row.shown.track or ".", _number(row.shown.value)) if row.shown else "..."),
        )
        for row in mutagenesis.rows
    ]  # fmt: skip
    header = ("CHROM", "POS", "REF", "ALT", "STATUS", "GENE", "GENE_ID", "TRANSCRIPT", "FIELD", "TRACK", "SCORE")
    return _tsv(header, rows)


def profile_tsv(profile: Profile) -> str:
    """A row per base of the reference: each track along REF, along ALT, and the difference."""
    columns = profile.columns()
    rows = (
        (profile.case.contig, pos, base, *map(_number, values))
        for pos, base, *values in zip(profile.positions, profile.bases, *columns.values(), strict=True)
    )
    return _tsv(("CHROM", "POS", "REF", *columns), rows)


def contributions_tsv(contributions: Contributions) -> str:
    """A row per base of the reference that the network reads for the output."""
    header, columns = ["CHROM", "POS", "REF"], []
    for name, method in _METHODS.items():
        ref, alt = contributions.placed(method)
        header.append(f"{name}_REF")
        columns.append(ref)
        if alt is not None:
            header += [f"{name}_ALT", f"{name}_DELTA"]
            columns += [alt, alt - ref]
    places = enumerate(contributions.ref.sequence, contributions.start + 1)
    rows = (
        (contributions.case.contig, pos, base, *(_number(column[at]) for column in columns))
        for at, (pos, base) in enumerate(places)
    )
    return _tsv(header, rows)


def contributions_npz(contributions: Contributions) -> bytes:
    """Both alleles, each along its own sequence."""
    arrays = {"start": np.array(contributions.start), "alt_before": np.array(contributions.alt_before)}
    for allele, gradients in (("ref", contributions.ref), ("alt", contributions.alt)):
        if gradients is not None:
            arrays |= {
                f"{allele}_sequence": np.array(gradients.sequence),
                f"{allele}_input_x_gradient": gradients.input_x_gradient,
                f"{allele}_integrated": gradients.integrated,
                f"{allele}_output": np.array([gradients.value, gradients.baseline]),
            }
    return _npz(arrays)


def attention_npz(attention: Attention) -> bytes:
    """How the variant's token attends to every token: `heads` (layers, heads, tokens) and `rollout` (tokens); and every
    base's share in the outputs, for a network that pools by attention: `pooled` (bases)."""
    arrays = {
        "start": np.array(attention.start),
        "token_size": np.array(attention.size),
        "token": np.array(attention.token),
    }
    for allele, seen in (("ref", attention.ref), ("alt", attention.alt)):
        if seen is not None:
            arrays |= {f"{allele}_heads": seen.heads, f"{allele}_rollout": seen.rollout}
            arrays |= {} if seen.pooled is None else {f"{allele}_pooled": seen.pooled}
    return _npz(arrays)


def attention_bed(attention: Attention, length: int) -> str:
    """The regions that contribute most to the variant's token, cut at the contig's ends, with their share."""
    lines = []
    for rank, (start, end, share) in enumerate(attention.top(), 1):
        start, end = max(start, 0), min(end, length)
        if start < end:
            score = min(1000, round(1000 * share / attention.top(1)[0][2]))
            lines.append(f"{attention.case.contig}\t{start}\t{end}\tattended_{rank}\t{score}\t.\t{share:.7g}\n")
    return "".join(lines)


def _npz(arrays: dict[str, NDArray[Any]]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _tsv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    return "".join("\t".join(map(str, cells)) + "\n" for cells in (header, *rows))


def _gene(gene: Gene | None) -> tuple[str, str, str]:
    return (gene.symbol, gene.gene_id or ".", gene.transcript_id or ".") if gene else (".", ".", ".")


def _number(value: float) -> str:
    return f"{value:.7g}"
