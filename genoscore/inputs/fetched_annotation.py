"""Annotations that `models fetch` brings, and that `-a` then knows by name: `mane`.

NCBI publishes no digest of MANE's files. The size and the MD5 that are pinned here are those that users of the
published file have recorded, independently of each other. What was fetched gets a digest of its own, kept beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from genoscore.core.errors import ConfigError, InputError
from genoscore.core.home import home_folder
from genoscore.weights.files import sha256


@dataclass(frozen=True, slots=True)
class PublishedAnnotation:
    """An annotation that can be fetched.

    Attributes:
        title: what it is, in words.
        file: its name, as published.
        fetch_from: the address under which it lies.
        size: bytes of the published file.
        md5: of the published file.
        build: the human build that the file must name.
        fewest: genes that it must have at least, and as many transcripts that are recommended.
        terms: how it may be used, in one line.
    """

    name: str
    title: str
    file: str
    fetch_from: str
    size: int
    md5: str
    build: str
    fewest: int
    terms: str

    @property
    def folder(self) -> Path:
        """Where it is kept; it may not exist."""
        return home_folder() / "annotations" / self.name

    @property
    def path(self) -> Path:
        """The file, once it was fetched."""
        return self.folder / self.file

    @property
    def record(self) -> Path:
        """The file that holds the SHA-256 of what was fetched, as `sha256sum -c` reads it."""
        return self.folder / f"{self.file}.sha256"

    @property
    def remedy(self) -> str:
        """What to do where it is missing or damaged."""
        return f"run: genoscore models fetch {self.name}"


MANE = PublishedAnnotation(
    name="mane",
    title="MANE 1.5, RefSeq's transcripts on GRCh38",
    file="MANE.GRCh38.v1.5.refseq_genomic.gff.gz",
    fetch_from="https://ftp.ncbi.nlm.nih.gov/refseq/MANE/MANE_human/release_1.5",
    size=8_271_212,
    md5="011190055c489f332fb8995fe00822c7",
    build="GRCh38",
    fewest=19_000,
    terms="NCBI places no restrictions on its use or distribution; cite doi:10.1038/s41586-022-04558-8",
)
PUBLISHED = {MANE.name: MANE}


def fetched_annotation(name: str) -> Path:
    """The file of a fetched annotation, if it is still what was fetched.

    Args:
        name: a key of PUBLISHED.

    Raises:
        ConfigError: it has not been fetched.
        InputError: it is damaged.
    """
    published = PUBLISHED[name]
    if not (published.path.is_file() and published.record.is_file()):
        raise ConfigError(f"annotation {name} has not been fetched", f"{published.remedy}, or give a file with -a")
    digest, recorded = sha256(published.path), recorded_digest(published)
    if digest != recorded:
        raise InputError(
            f"annotation {name}: {published.path} has changed since it was fetched: its SHA-256 is {digest}, that of "
            f"the fetched file {recorded or 'unknown'}",
            published.remedy,
            path=str(published.path),
        )
    return published.path


def annotation_file(annotation: str) -> str | Path:
    """The path of an annotation that `-a` names; its name, if that is not one of PUBLISHED."""
    return PUBLISHED[annotation].path if annotation in PUBLISHED else annotation


def recorded_digest(published: PublishedAnnotation) -> str:
    """The SHA-256 of what was fetched; '' if it is not recorded."""
    try:
        text = published.record.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return text.partition(" ")[0].strip()
