"""Which format an annotation is in, and what reads it; entry points `genoscore.gene_models`.

A row is a module with a class; a file's beginning decides which one reads it, never its name.
"""

from __future__ import annotations

from typing import Protocol

from genoscore.core.plugins import GENE_MODELS, import_row, load_plugin, plugin_names, plugin_troubles
from genoscore.inputs.gene import Gene
from genoscore.inputs.lines import LineReader
from genoscore.inputs.transcripts import Transcripts

# In the order in which they are tried; the last also reads unknown formats, and names the wrong line.
FORMATS = {
    "spliceai": "genoscore.inputs.gene_table:SpliceAITable",
    "gff3": "genoscore.inputs.gff3:Gff3",
    "gtf": "genoscore.inputs.gtf:Gtf",
}
HEAD = 1 << 16  # decompressed bytes from which a format is recognised


class GeneFormat(Protocol):
    """A format of gene models. The coordinates that it returns are 0-based, half-open.

    Attributes:
        kept: whether the contents of a large file may be kept for the next run (see `gene_cache`): only if `read`
            returns `Transcripts`, and always the same for the same bytes within a version of genoscore.
    """

    kept: bool

    def matches(self, head: bytes) -> bool:
        """Whether a file that begins with these decompressed bytes, at most HEAD of them, is of this format."""
        ...

    def read(self, reader: LineReader) -> Transcripts | list[Gene]:
        """Everything in the file: `Transcripts` if genes have several, from which `--transcripts` chooses.

        Raises:
            InputError: a malformed line, as `reader.malformed` makes it.
        """
        ...


def find_format(reader: LineReader) -> GeneFormat:
    """The format of an annotation; the reader stays at its beginning.

    Raises:
        ConfigError: genoscore itself does not know the format, and a plug-in that might fails to import.
    """
    head = reader.peek(HEAD)
    own: list[GeneFormat] = [import_row(row)() for row in FORMATS.values()]
    for gene_format in own:
        if gene_format.matches(head):
            return gene_format
    for name in plugin_names(GENE_MODELS, FORMATS):
        plugin: GeneFormat = load_plugin(GENE_MODELS, name)()
        if plugin.matches(head):
            return plugin
    return own[-1]


def gene_model_troubles() -> dict[str, str]:
    """Name -> why the gene-model reader of that name, offered by another distribution, cannot be used."""
    return plugin_troubles(GENE_MODELS, FORMATS)
