"""Opens the outputs of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from genoscore._version import __version__
from genoscore.core.config import RunConfig
from genoscore.outputs.annotated import VcfText
from genoscore.outputs.base import Writer, WriterContext, WriterGroup
from genoscore.outputs.vcf_header import annotated_header, missing_contigs
from genoscore.scoring.assembling import Assembled
from genoscore.scoring.opening import OpenRun

OpenWriter = Callable[[str, WriterContext], Writer]


def open_writers(
    config: RunConfig, openers: Mapping[str, OpenWriter], run: OpenRun, assembled: Assembled, writers: WriterGroup
) -> VcfText:
    """Open every output under a temporary name, and add it to the group.

    Args:
        openers: name of the output -> function that opens its writer.

    Returns:
        The VCF lines that all of them share.
    """
    header, lengths = run.inputs.records.header, run.inputs.genome.lengths
    contigs = missing_contigs(header, run.first_contig, lengths)
    text = VcfText(
        annotated_header(header, assembled.fields, run.provenance, contigs, __version__, config.keep_existing),
        assembled.fields,
        config.keep_existing,
    )
    context = WriterContext(
        text,
        assembled.scorers,
        run.provenance,
        lengths,
        bool(config.precomputed),
        run.inputs.kept,
        assembled.consequences,
    )
    for target, opener in openers.items():
        writers.add(opener(target, context))
    return text
