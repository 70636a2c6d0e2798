"""GTF: nine columns, the last of which is `key "value";`."""

from __future__ import annotations

from genoscore.inputs.gene_annotation import first_feature, read_annotation
from genoscore.inputs.lines import LineReader
from genoscore.inputs.transcripts import Transcripts


class Gtf:
    """See GeneFormat."""

    kept = True

    def matches(self, head: bytes) -> bool:
        """See GeneFormat.

        >>> row = b'#!comment\\nchr1\\tHAVANA\\tgene\\t1\\t9\\t.\\t+\\t.\\tgene_id "g";'
        >>> Gtf().matches(row), Gtf().matches(b"bin\\tname")
        (True, False)
        """
        columns = first_feature(head)
        return len(columns) == 9 and columns[3].isdigit() and columns[4].isdigit()

    def read(self, reader: LineReader) -> Transcripts:
        """See GeneFormat."""
        return read_annotation(reader)
