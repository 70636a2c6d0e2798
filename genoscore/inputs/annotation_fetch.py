"""`models fetch` of an annotation: the published file, verified, into the home folder."""

from __future__ import annotations

from pathlib import Path

from genoscore.core.errors import GenoscoreError, WeightsError
from genoscore.core.scratch import replacing
from genoscore.inputs.fetched_annotation import PublishedAnnotation, recorded_digest
from genoscore.inputs.genes import load_gene_models
from genoscore.inputs.transcripts import ALL
from genoscore.weights.fetch import Fetched, Pin, alone_in, bring
from genoscore.weights.files import digest_of, sha256
from genoscore.weights.sources import Source
from genoscore.weights.transfer import Size, Watch


def fetch_annotation(
    published: PublishedAnnotation, source: Source, watch: Watch | None = None, offline: bool = False
) -> Fetched:
    """Fetch an annotation, unless it is there and correct.

    Its contents are read once, which keeps their parsed form for the first run (see `gene_cache`).

    Args:
        offline: fetch nothing from the network.

    Raises:
        WeightsError: the file is not available, or not the published one; no disk space.
    """
    with alone_in(published.folder, f"the annotation {published.name}"):
        present = _present(published)
        if present is not None:
            return present
        if offline and source.remote:
            raise WeightsError(
                f"offline, and the annotation {published.name} is not there",
                "fetch it where there is a network, and give --from FOLDER",
            )
        size, pin = Size(published.size, pinned=True), Pin(published.md5, "md5")
        published.record.unlink(missing_ok=True)
        done = bring(
            published.file, pin, size, source, published.folder, watch or Watch(), lambda part: _check(part, published)
        )
        with replacing(published.record) as temporary:
            temporary.write_text(f"{done.digest}  {published.file}\n", encoding="utf-8")
        return done


def _present(published: PublishedAnnotation) -> Fetched | None:
    """The file, if it was fetched and is still the same."""
    if not published.path.is_file() or digest_of(published.path, "md5") != published.md5:
        return None
    digest = sha256(published.path)
    return Fetched(published.path, digest, "kept") if digest == recorded_digest(published) else None


def _check(part: Path, published: PublishedAnnotation) -> None:
    """Read all of it.

    Raises:
        WeightsError: it cannot be read, is of another build, or lacks genes.
    """
    try:
        models = load_gene_models(part, ALL)
    except GenoscoreError as error:
        raise _unusable(published, str(error)) from None
    genes, coding = {gene.gene_id for gene in models}, sum(gene.coding is not None for gene in models)
    if models.build != published.build:
        raise _unusable(published, f"it names the build {models.build or 'of no human genome'}")
    if min(len(genes), coding) < published.fewest:
        raise _unusable(
            published,
            f"it has {len(genes):,} genes and {coding:,} coding sequences, where at least {published.fewest:,} are "
            "expected",
        )


def _unusable(published: PublishedAnnotation, why: str) -> WeightsError:
    return WeightsError(
        f"{published.file} is not {published.title}: {why}", "it was not kept; give another source with --from"
    )
