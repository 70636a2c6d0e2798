"""Write genome.fa, genes.tsv and variants.vcf beside this script, all synthetic.

Run `python make_demo.py`; the three files come out the same every time.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from pathlib import Path

from make_genome import CONTIGS, SEED, background, fasta_text, genes_text, make_genome

HERE = Path(__file__).resolve().parent
TRANSITION = str.maketrans("ACGTN", "GTACA")

# Contig, POS, ID, REF (or how many reference bases), ALT; see `record` for "=" and "^".
VARIANTS = """
chrA   150    near_contig_start     1  ^
chrA   6000   before_gene           1  ^
chrA   6001   gene_first_base       1  ^
chrA   7100   plus_acceptor         1  ^
chrA   7150   exonic                1  ^
chrA   7180   donor_gain            C  T
chrA   7221   plus_donor            1  ^
chrA   8100   deep_intronic         1  ^
chrA   8898   insertion_in_acceptor 1  =TTA
chrA   8926   acceptor_gain         C  G
chrA   9028   deleted_donor         8  =
chrA   9780   long_deletion         76 =
chrA   9840   padded_snv            3  =^=
chrA   9905   delins                4  TG
chrA   9911   mnv                   2  ^^
chrA   10611  ref_is_N              1  A
chrA   10621  ref_over_N            A  G
chrA   11499  multi_allelic         2  ^=,=,==TT
chrA   11690  gene_last_base        1  ^
chrA   11691  after_gene            1  ^
chrA   15200  minus_donor           1  ^
chrA   15326  minus_acceptor        1  ^
chrA   15700  no_alt                1  .
chrA   15800  star                  1  *
chrA   16100  star_and_snv          1  *,^
chrA   16240  .                     1  =GCTA
chrA   18345  minus_donor_gain      G  A
chrA   19467  minus_acceptor_gain   G  C
chrA   19498  minus_deletion        12 =
chrA   22000  intergenic            1  ^
chrA   24226  snv_and_non_ref       1  ^,<NON_REF>
chrA   24500  symbolic_del          1  <DEL>
chrA   24600  breakend              1  =]chrB:100]
chrA   24700  non_ref               1  <NON_REF>
chrA   25601  lower_case            1  ^
chrA   25650  ref_mismatch          1  ^
chrA   25660  iupac_alt             1  R
chrA   26000  very_long_insertion   1  =LONG
chrA   27291  two_genes_minus_site  1  ^
chrA   28400  two_genes_plus_site   1  ^
chrA   39990  near_contig_end       1  ^
chrA   40500  beyond_contig         A  G
chrB   1501   gene_near_start       1  ^
chrB   5900   .                     1  ^
chrB   8990   gene_near_end         1  ^
chrC   1200   short_contig_donor    1  ^
chrC   1321   short_contig_acceptor 1  ^
chrZ   100    contig_not_in_fasta   A  G
"""


@dataclass(frozen=True)
class Record:
    """A VCF record; `alt` may list several, `info` is END or the like."""

    contig: str
    pos: int
    ident: str
    ref: str
    alt: str
    info: str = ""


def record(genome: dict[str, str], contig: str, pos: int, ident: str, ref: str, alt: str) -> Record:
    """Return a record, with REF and ALT filled in from the genome.

    A number as `ref` means that many reference bases. In `alt`, "=" stands for the
    reference base at the same place and "^" for its transition (A and G, C and T).
    """
    if ref.isdigit():
        ref = genome[contig][pos - 1 : pos - 1 + int(ref)].upper()
    changed = ref.translate(TRANSITION)
    alts = []
    for one in alt.split(","):
        marks = {"=": ref, "^": changed}
        alts.append("".join(marks[c][i] if c in marks else c for i, c in enumerate(one)))
    return Record(contig, pos, ident, ref, ",".join(alts))


def read_table() -> list[tuple[str, int, str, str, str]]:
    """Return the rows of VARIANTS."""
    rows = []
    for line in VARIANTS.strip().splitlines():
        contig, pos, ident, ref, alt = line.split()
        rows.append((contig, int(pos), ident, ref, alt))
    return rows


def make_records(genome: dict[str, str]) -> list[Record]:
    """Return the records of variants.vcf, sorted."""
    records = []
    for row in read_table():
        made = record(genome, *row)
        if made.ident == "ref_mismatch":
            made = replace(made, ref=made.alt, alt=made.ref)
        elif made.alt == "<DEL>":
            made = replace(made, info=f"END={made.pos + 400};SVTYPE=DEL")
        elif "LONG" in made.alt:
            long = background(random.Random(SEED + 1), 2100)
            made = replace(made, alt=made.alt.replace("LONG", long))
        elif made.ident == "lower_case":
            made = replace(made, ref=made.ref.lower(), alt=made.alt.lower())
        records.append(made)
    return records


def vcf_text(records: list[Record]) -> str:
    """Return a VCF 4.2 file; QUAL, FILTER and DP come and go by row."""
    lengths = {**CONTIGS, "chrZ": 5000}
    lines = [
        "##fileformat=VCFv4.2",
        '##FILTER=<ID=PASS,Description="All filters passed">',
    ]
    lines.append('##FILTER=<ID=lowq,Description="Low quality">')
    lines += [f"##contig=<ID={name},length={size}>" for name, size in lengths.items()]
    for ident, kind, text in (
        ("DP", "Integer", "Total depth"),
        ("END", "Integer", "End of the variant"),
        ("SVTYPE", "String", "Type of structural variant"),
    ):
        lines.append(f'##INFO=<ID={ident},Number=1,Type={kind},Description="{text}">')
    lines.append('##ALT=<ID=DEL,Description="Deletion">')
    lines.append('##ALT=<ID=NON_REF,Description="Any other allele">')
    lines.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")
    for row, rec in enumerate(records):
        qual = (".", "50", "99.5", "12.25")[row % 4]
        passed = (".", "PASS", "lowq")[row % 3]
        depth = f"DP={20 + row}" if row % 5 else ""
        info = ";".join(part for part in (depth, rec.info) if part) or "."
        fields = (rec.contig, rec.pos, rec.ident, rec.ref, rec.alt, qual, passed, info)
        lines.append("\t".join(map(str, fields)))
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the three files."""
    genome = make_genome()
    (HERE / "genome.fa").write_text(fasta_text(genome))
    (HERE / "genes.tsv").write_text(genes_text())
    (HERE / "variants.vcf").write_text(vcf_text(make_records(genome)))


if __name__ == "__main__":
    main()
