"""GFF3: recognised by its version line, or by `key=value` in the ninth column."""

from __future__ import annotations

import re

from genoscore.inputs.gene_annotation import first_feature, read_annotation
from genoscore.inputs.lines import LineReader
from genoscore.inputs.transcripts import Transcripts

_VERSION = re.compile(rb"\A(?:\xef\xbb\xbf)?##gff-version\s+3")
_PAIR = re.compile(rb"\s*\w+=")


class Gff3:
    """See GeneFormat."""

    kept = True

    def matches(self, head: bytes) -> bool:
        """See GeneFormat.

        >>> row = b"chr1\\tHAVANA\\tgene\\t1\\t9\\t.\\t+\\t.\\t"
        >>> Gff3().matches(b"##gff-version 3"), Gff3().matches(row + b"ID=g"), Gff3().matches(row + b'gene_id "g";')
        (True, True, False)
        """
        columns = first_feature(head)
        return bool(_VERSION.match(head)) or (len(columns) == 9 and bool(_PAIR.match(columns[8])))

    def read(self, reader: LineReader) -> Transcripts:
        """See GeneFormat."""
        return read_annotation(reader)
