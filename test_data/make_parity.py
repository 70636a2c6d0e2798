"""Write spliceai/demo.vcf, the input of the SpliceAI runs kept in spliceai/.

The records are those of variants.vcf and 81 made by rule: near exon boundaries,
gene ends and the reach of a window, indels of many lengths, and odd letters.
Run `python make_parity.py`.
"""

from __future__ import annotations

from make_demo import HERE, make_records, record, vcf_text
from make_genome import CONTIGS, GENES, make_genome

INSERTED = "GTAAGTTTCAGGAACTGGTAAGCTTTCAGG"
Row = tuple[str, int, str, str, str]


def boundary_rows() -> list[Row]:
    """Return SNVs at and beside splice sites, on both strands."""
    rows = []
    for name, exon in (("DEMO1", 2), ("DEMO2", 3), ("DEMO4", 1), ("DEMO5", 2)):
        gene = next(g for g in GENES if g.name == name)
        start, end = gene.exons[exon]
        for pos in (start - 11, start - 4, start - 1, start + 1, end, end + 2, end + 5):
            rows.append((gene.contig, pos, f"{name}_boundary", "1", "^"))
    return rows


def indel_rows() -> list[Row]:
    """Return insertions of 1-30 bases, deletions of 1-120 and two delins."""
    rows: list[Row] = []
    for at, size in ((7105, 1), (9027, 2), (16236, 5), (19398, 12), (29825, 30)):
        rows.append(("chrA", at, f"ins{size}", "1", "=" + INSERTED[:size]))
    for at, size in (
        *((7222, 1), (8897, 2), (9025, 5), (16243, 20), (18410, 49), (18290, 50)),
        *((9860, 51), (15270, 60), (25580, 90), (29790, 98), (31050, 99)),
        *((31051, 100), (33000, 120)),
    ):
        rows.append(("chrA", at, f"del{size}", f"{size + 1}", "="))
    rows.append(("chrA", 9029, "delins_short", "6", "TTC"))
    rows.append(("chrA", 9829, "delins_grow", "2", "CATTG"))
    rows.append(("chrA", 19401, "mnv3", "3", "^^^"))
    rows.append(("chrA", 29700, "multi_snv", "1", "A,C,G,T"))
    rows.append(("chrA", 29831, "multi_mixed", "3", "=,==,^==,===GG"))
    return rows


def edge_rows() -> list[Row]:
    """Return records at the ends of genes and of what a window can hold."""
    rows: list[Row] = []
    for name in ("DEMO2", "DEMO3"):
        gene = next(g for g in GENES if g.name == name)
        start, end = gene.exons[0][0], gene.exons[-1][1]
        for pos in (start, start + 1, end, end + 1):
            rows.append((gene.contig, pos, f"{name}_edge", "1", "^"))
        rows.append((gene.contig, end - 10, f"{name}_del_past_end", "30", "="))
        rows.append((gene.contig, start - 9, f"{name}_del_past_start", "30", "="))
    size = CONTIGS["chrB"]
    for reach in (5050, 5500):
        for pos in (reach, reach + 1, size - reach, size - reach + 1):
            rows.append(("chrB", pos, f"window_{reach}", "1", "^"))
    rows.append(("chrB", size - 5060, "del_near_end", "40", "="))
    rows.append(("chrB", 5060, "del_near_start", "40", "="))
    return rows


def odd_rows() -> list[Row]:
    """Return records with letters SpliceAI was not written for."""
    return [
        ("chrA", 7094, "snv_soft_masked", "1", "^"),
        ("chrA", 7099, "lower_alt", "1", "c"),
        ("chrA", 8890, "iupac_alt", "1", "Y"),
        ("chrA", 8899, "n_alt", "1", "N"),
        ("chrA", 8901, "n_in_insertion", "1", "=NAN"),
        ("chrA", 10599, "del_into_N", "6", "="),
        ("chrA", 10598, "snv_near_N", "1", "^"),
        ("chrA", 15201, "same_alt", "1", "="),
    ]


def main() -> None:
    """Write spliceai/demo.vcf."""
    genome = make_genome()
    records = make_records(genome)
    for row in (*boundary_rows(), *indel_rows(), *edge_rows(), *odd_rows()):
        records.append(record(genome, *row))
    order = [*CONTIGS, "chrZ"]
    records.sort(key=lambda made: (order.index(made.contig), made.pos))
    (HERE / "spliceai" / "demo.vcf").write_text(vcf_text(records))


if __name__ == "__main__":
    main()
