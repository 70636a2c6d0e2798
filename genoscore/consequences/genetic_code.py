"""Codons to amino acids, after NCBI's tables of genetic codes 1 and 2; letters and names of amino acids."""

from __future__ import annotations

from itertools import product

# NCBI's order: codons sorted by T, C, A, G in each place. `*` is a stop codon.
_RESIDUES = {
    1: "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
    2: "FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIMMTTTTNNKKSS**VVVVAAAADDEEGGGG",
}
_STARTS = {1: frozenset({"ATG"}), 2: frozenset({"ATG", "ATA", "ATT", "ATC", "GTG"})}
STOP = "*"
SELENOCYSTEINE = "U"
UNKNOWN = "X"

THREE_LETTERS = {
    "A": "Ala", "C": "Cys", "D": "Asp", "E": "Glu", "F": "Phe", "G": "Gly", "H": "His", "I": "Ile", "K": "Lys",
    "L": "Leu", "M": "Met", "N": "Asn", "P": "Pro", "Q": "Gln", "R": "Arg", "S": "Ser", "T": "Thr", "V": "Val",
    "W": "Trp", "Y": "Tyr", SELENOCYSTEINE: "Sec", UNKNOWN: "Xaa", STOP: "Ter",
}  # fmt: skip

_COMPLEMENT = str.maketrans("ACGTRYKMBVDHacgtrykmbvdh", "TGCAYRMKVBHDtgcayrmkvbhd")


def reverse_complement(bases: str) -> str:
    """The other strand, in its own reading direction; letters without a complement stay.

    >>> reverse_complement("AACGN")
    'NCGTT'
    """
    return bases.translate(_COMPLEMENT)[::-1]


class GeneticCode:
    """A translation table by NCBI's number.

    Attributes:
        starts: start codons. Of the standard code only ATG: others start few human proteins, and weakly.
        stops: stop codons.

    Raises:
        KeyError: the number is neither 1 nor 2.
    """

    def __init__(self, number: int) -> None:
        codons = ("".join(bases) for bases in product("TCAG", repeat=3))
        self._table = dict(zip(codons, _RESIDUES[number], strict=True))
        self.starts = _STARTS[number]
        self.stops = frozenset(codon for codon, residue in self._table.items() if residue == STOP)

    def translate(self, bases: str) -> str:
        """One letter per complete codon, `*` for a stop, `X` for a codon with anything but A, C, G and T.

        >>> GeneticCode(1).translate("ATGTGANNNA"), GeneticCode(2).translate("ATATGAAGA")
        ('M*X', 'MW*')
        """
        get = self._table.get
        return "".join([get(bases[at : at + 3], UNKNOWN) for at in range(0, len(bases) - 2, 3)])

    def until_stop(self, bases: str, start: int) -> tuple[str, int | None]:
        """Residues from a base on, and the index of the first base of the first stop codon; None without one."""
        get = self._table.get
        residues: list[str] = []
        for at in range(start, len(bases) - 2, 3):
            residue = get(bases[at : at + 3], UNKNOWN)
            if residue == STOP:
                return "".join(residues), at
            residues.append(residue)
        return "".join(residues), None


GENETIC_CODES = {number: GeneticCode(number) for number in _RESIDUES}
