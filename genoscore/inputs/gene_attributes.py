"""Column 9 of GTF and GFF3, and what GENCODE, Ensembl, RefSeq and MANE call a gene and a transcript in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

Attributes = Mapping[str, str]
_GTF_PAIR = re.compile(r'(?<!\w)(\w+)\s+(?:"([^"]*)"|([^;\s]+))')  # from the beginning of a word: linear time
_GFF3 = re.compile(r"\s*\w+=")
_PARENT = re.compile(r"(?:^|;)\s*Parent=([^;]*)")
_TRANSCRIPT_ID = re.compile(r'(?:^|;)\s*transcript_id(?:\s+"?|=)([^";]+)')
_PREFIX = re.compile(r"^(?:gene|transcript|rna)[:-]")  # gene:ENSG..., transcript:ENST..., gene-BRCA1, rna-NM_...
_ENTREZ = re.compile(r"(?:^|,)(GeneID:\d+)")
_VERSIONED = re.compile(r"\.\d+")
_RANKS = {"MANE_Select": 2, "Ensembl_canonical": 1, "RefSeq_Select": 1}


def read_attributes(text: str) -> dict[str, str]:
    """Column 9 as a dictionary; repeated GTF keys (`tag`) are joined by commas. Lists in GFF3 stay as written.

    >>> read_attributes('gene_id "G1"; tag "basic"; tag "Ensembl_canonical";')
    {'gene_id': 'G1', 'tag': 'basic,Ensembl_canonical'}
    >>> read_attributes('ID=t1;Parent=g1;Note=a%3Bb')
    {'ID': 't1', 'Parent': 'g1', 'Note': 'a;b'}
    """
    attributes: dict[str, str] = {}
    if _GFF3.match(text):
        for pair in text.strip().strip(";").split(";"):
            key, _, value = pair.strip().partition("=")
            attributes[key] = unquote(value) if "%" in value else value
        return attributes
    repeated: dict[str, list[str]] = {}
    for key, quoted, bare in _GTF_PAIR.findall(text):
        if key in attributes:
            repeated.setdefault(key, [attributes[key]]).append(quoted or bare)
        else:
            attributes[key] = quoted or bare
    return attributes | {key: ",".join(values) for key, values in repeated.items()}


def transcript_names(text: str) -> list[str]:
    """Names of an exon's transcripts in column 9, without parsing the rest: one in GTF, one or more in GFF3.

    >>> transcript_names("ID=e1;Parent=t1,t%2C2"), transcript_names('gene_id "g"; transcript_id "t";')
    (['t1', 't,2'], ['t'])
    >>> transcript_names("ID=e1;Parent=;gene=g"), transcript_names('transcript_id ""; gene_id "g"')
    ([], [])
    """
    if parent := _find(_PARENT, "Parent=", text):
        names = [unquote(name) if "%" in name else name for name in parent[1].split(",")]
    else:
        match = _find(_TRANSCRIPT_ID, "transcript_id", text)
        names = [match[1]] if match else []
    return [name for name in names if name and not name.isspace()]


def _find(pattern: re.Pattern[str], key: str, text: str) -> re.Match[str] | None:
    """`pattern.search(text)` for a pattern that is a semicolon and a key; several times as fast."""
    at = text.find(key)
    return pattern.search(text, max(text.rfind(";", 0, at), 0)) if at >= 0 else None


def gene_id(attributes: Attributes, key: str, version: str | None) -> str:
    """The gene's ID as outputs show it: RefSeq's `GeneID:672`, else `gene_id` and version, else its key in the file.

    >>> gene_id({"ID": "gene-BRCA1", "Dbxref": "GeneID:672,HGNC:HGNC:1100"}, "gene-BRCA1", None)
    'GeneID:672'
    >>> gene_id({"gene_id": "ENSG00000012048"}, "", "26"), gene_id({}, "gene:ENSG1", None)
    ('ENSG00000012048.26', 'ENSG1')
    """
    entrez = _ENTREZ.search(attributes.get("Dbxref") or attributes.get("db_xref", ""))
    if entrez:
        return entrez[1]
    name = attributes.get("gene_id")
    return _versioned(name, version) if name else without_prefix(key)


def transcript_id(attributes: Attributes, key: str, version: str | None) -> str:
    """The transcript's ID as outputs show it: `transcript_id` with its version, else its key in the file.

    >>> transcript_id({"transcript_id": "ENST00000357654"}, "transcript:ENST00000357654", "9")
    'ENST00000357654.9'
    >>> transcript_id({"transcript_id": "NM_007294.4"}, "rna-NM_007294.4-2", None), transcript_id({}, "rna-TRNF", None)
    ('NM_007294.4', 'TRNF')
    """
    name = attributes.get("transcript_id")
    return _versioned(name, version) if name else without_prefix(key)


def symbol(attributes: Attributes) -> str:
    """The gene's name, from its own row; '' if there is none."""
    return attributes.get("gene_name") or attributes.get("Name") or attributes.get("gene", "")


def rank(attributes: Attributes) -> int:
    """How strongly a transcript is recommended: 2 MANE Select, 1 Ensembl canonical or RefSeq Select, 0 not at all.

    >>> rank({"tag": "basic,Ensembl_canonical,MANE_Select"}), rank({"tag": "MANE Select"}), rank({"tag": "basic"})
    (2, 2, 0)
    """
    tags = attributes.get("tag", "").replace(" ", "_").split(",")
    return max(_RANKS.get(tag, 0) for tag in tags)


def incomplete(attributes: Attributes) -> tuple[str, ...]:
    """GENCODE's and Ensembl's tags for ends that were not found: cds_start_NF, cds_end_NF, mRNA_start_NF, mRNA_end_NF.

    >>> incomplete({"tag": "basic,mRNA_end_NF,cds_end_NF"}), incomplete({"tag": "basic"})
    (('mRNA_end_NF', 'cds_end_NF'), ())
    """
    tags = attributes.get("tag", "")
    return tuple(tag for tag in tags.split(",") if tag.endswith("_NF")) if "_NF" in tags else ()


def without_prefix(name: str) -> str:
    """An ID from Ensembl's or RefSeq's GFF3 without the prefix that marks a gene or a transcript."""
    return _PREFIX.sub("", name)


def _versioned(name: str, version: str | None) -> str:
    return f"{name}.{version}" if version and not _VERSIONED.search(name) else name
