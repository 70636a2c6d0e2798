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


def mutagenesis_tsv(found: Mutagenesis) -> str:
    """A row per substitution and gene: which field and track it is the score of, and the score."""
    rows = [
        (
            found.contig, row.pos, row.ref, row.alt, row.result.status.value, *_gene(row.gene),
            *((row.shown.field, row.shown.track or ".", _number(row.shown.value)) if row.shown else "..."),
        )
        for row in found.rows
    ]  # fmt: skip
    header = ("CHROM", "POS", "REF", "ALT", "STATUS", "GENE", "GENE_ID", "TRANSCRIPT", "FIELD", "TRACK", "SCORE")
    return _tsv(header, rows)


def profile_tsv(found: Profile) -> str:
    """A row per base of the reference: each track along REF, along ALT, and the difference."""
    columns = found.columns()
    rows = (
        (found.case.contig, pos, base, *map(_number, values))
        for pos, base, *values in zip(found.positions, found.bases, *columns.values(), strict=True)
    )
    return _tsv(("CHROM", "POS", "REF", *columns), rows)


def contributions_tsv(found: Contributions) -> str:
    """A row per base that the output's network reads, on the reference."""
    header, columns = ["CHROM", "POS", "REF"], []
    for name, method in _METHODS.items():
        ref, alt = found.placed(method)
        header.append(f"{name}_REF")
        columns.append(ref)
        if alt is not None:
            header += [f"{name}_ALT", f"{name}_DELTA"]
            columns += [alt, alt - ref]
    places = enumerate(found.ref.sequence, found.start + 1)
    rows = (
        (found.case.contig, pos, base, *(_number(column[at]) for column in columns))
        for at, (pos, base) in enumerate(places)
    )
    return _tsv(header, rows)


def contributions_npz(found: Contributions) -> bytes:
    """Both alleles, each along its own sequence."""
    arrays = {"start": np.array(found.start), "alt_before": np.array(found.alt_before)}
    for allele, one in (("ref", found.ref), ("alt", found.alt)):
        if one is not None:
            arrays |= {
                f"{allele}_sequence": np.array(one.sequence),
                f"{allele}_input_x_gradient": one.input_x_gradient,
                f"{allele}_integrated": one.integrated,
                f"{allele}_output": np.array([one.value, one.baseline]),
            }
    return _npz(arrays)


def attention_npz(found: Attention) -> bytes:
    """What the variant's token takes from every token: `heads` (layers, heads, tokens) and `rollout` (tokens); what the
    outputs take from every base: `pooled` (bases), of a network that pools by attention."""
    arrays = {"start": np.array(found.start), "token_size": np.array(found.size), "token": np.array(found.token)}
    for allele, one in (("ref", found.ref), ("alt", found.alt)):
        if one is not None:
            arrays |= {f"{allele}_heads": one.heads, f"{allele}_rollout": one.rollout}
            arrays |= {} if one.pooled is None else {f"{allele}_pooled": one.pooled}
    return _npz(arrays)


def attention_bed(found: Attention, length: int) -> str:
    """The regions of which most reaches the variant's token, cut at the contig's ends; the last column is the share."""
    lines = []
    for rank, (start, end, share) in enumerate(found.top(), 1):
        start, end = max(start, 0), min(end, length)
        if start < end:
            score = min(1000, round(1000 * share / found.top(1)[0][2]))
            lines.append(f"{found.case.contig}\t{start}\t{end}\tattended_{rank}\t{score}\t.\t{share:.7g}\n")
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
