"""The genes to which a run is restricted: `--genes`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence

from genoscore.core.errors import ConfigError, InputError
from genoscore.core.special_files import special_kind
from genoscore.inputs.gene import Gene
from genoscore.inputs.genes import GeneModels
from genoscore.inputs.lines import LineReader

_ENSEMBL = re.compile(r"(ENS[A-Z]*G\d+)(?:\.\d+)?(?:_PAR_Y)?")
_SHOWN = 5  # names in messages


class GenePanel:
    """Symbols or gene IDs. Case does not matter, nor does the version of Ensembl IDs.

    Attributes:
        source: where they come from, as given.
        names: as given, each once.

    >>> gene = Gene("BRCA2", "ENSG00000139618.19", "13", "+", 0, 9, (0,), (9,))
    >>> [GenePanel("x", [name]).holds(gene) for name in ("brca2", "ENSG00000139618", "ENSG00000139618.2", "BRCA1")]
    [True, True, True, False]
    """

    def __init__(self, source: str, names: Iterable[str]) -> None:
        self.source = source
        self.names = tuple(dict.fromkeys(names))
        self._keys = {_key(name) for name in self.names}
        self._known: dict[tuple[str, str], bool] = {}

    def holds(self, gene: Gene) -> bool:
        """Whether the panel names a gene."""
        names = gene.symbol, gene.gene_id
        in_panel = self._known.get(names)
        if in_panel is None:
            in_panel = self._known[names] = not self._keys.isdisjoint(map(_key, names))
        return in_panel

    def unknown(self, genes: GeneModels) -> list[str]:
        """The names that no gene of an annotation has."""
        known = {_key(name) for gene in genes for name in (gene.symbol, gene.gene_id)}
        return [name for name in self.names if _key(name) not in known]

    def warning(self, genes: GeneModels) -> str | None:
        """The warning about names that no gene has; None if there are none.

        Raises:
            InputError: no gene has any of them.
        """
        unknown = self.unknown(genes)
        if not unknown:
            return None
        shown = f"{', '.join(unknown[:_SHOWN])}{', ...' if len(unknown) > _SHOWN else ''}"
        if len(unknown) == len(self.names):
            raise InputError(
                f"--genes {self.source}: annotation {genes.source} has none of these genes ({shown})",
                "give symbols or gene IDs as the annotation writes them",
            )
        number = f"{len(unknown):,} of {len(self.names):,} genes"
        return f"--genes {self.source}: annotation {genes.source} lacks {number}, perhaps misspelled: {shown}"


def _key(name: str) -> str:
    upper = name.upper()
    match = _ENSEMBL.fullmatch(upper)
    return match[1] if match else upper


def read_panel(genes: str) -> GenePanel:
    """The genes of `--genes`: a file with one per line (`#` begins a comment), or a comma-separated list.

    Raises:
        ConfigError: no such file, or no name.
        InputError: a line with more than one name.
    """
    if os.path.isfile(genes) or special_kind(genes):
        names: Sequence[str] = _names_in(genes)
    elif "/" in genes:
        raise ConfigError(f"gene panel {genes} does not exist", "check the path")
    else:
        names = [name.strip() for name in genes.split(",") if name.strip()]
    if not names:
        raise ConfigError(f"--genes {genes}: no gene is named", "give symbols or gene IDs, one per line of a file")
    return GenePanel(genes, names)


def _names_in(path: str) -> list[str]:
    names = []
    reader = LineReader(path, "gene panel")
    try:
        for line in reader:
            name = line.removeprefix("\ufeff").partition("#")[0].strip()
            if len(name.split()) > 1 or "," in name:
                raise reader.malformed("more than one name", "write one symbol or gene ID per line", text=line[:40])
            if name:
                names.append(name)
    finally:
        reader.close()
    return names


def check_panel_use(with_genes: Sequence[str], without_genes: Sequence[str], annotation_is_read: bool) -> str | None:
    """Refuse a panel that cannot select anything; returns a warning if some predictors do not use it.

    Args:
        with_genes, without_genes: the run's predictors, by whether genes determine what they score.

    Raises:
        ConfigError: none of them uses genes, or there is no annotation.
    """
    if not with_genes:
        verb = "scores" if len(without_genes) == 1 else "score"
        raise ConfigError(
            f"--genes: {', '.join(without_genes)} {verb} variants without genes",
            "leave it out, or choose variants with --regions-file",
        )
    if not annotation_is_read:
        raise ConfigError("--genes with -a none: there are no genes to choose from", "give an annotation")
    if without_genes:
        names = ", ".join(without_genes)
        return f"--genes does not apply to {names}: without genes, every variant is scored"
    return None
