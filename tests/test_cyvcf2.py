"""cyvcf2 as second reader of every VCF and BCF that is written: each `GS_*` value is the table's."""

from __future__ import annotations

from pathlib import Path

import cyvcf2
import pandas as pd
import pytest

from genoscore.core.config import RunConfig
from genoscore.scoring.run import score_vcf
from tests.small import SmallGenome, vcf_text

NAMES = ("a.vcf", "a.vcf.gz", "a.vcf.bgz", "a.bcf")
PREDICTORS = ("toy", "tissue_toy")
_NUMBER = {"Float": float, "Integer": int}


@pytest.fixture(scope="module")
def folder(small: SmallGenome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of all formats, with several ALTs, statuses and genes."""
    from genoscore.predictors import registry

    made = tmp_path_factory.mktemp("cyvcf2")
    base = small.sequences["chr1"]
    others = {one: ",".join(other for other in "ACGT" if other != one) for one in "ACGT"}
    rows = [f"chr1\t{pos}\t.\t{base[pos - 1]}\t{others[base[pos - 1]]}\t.\t.\t." for pos in range(101, 800, 11)]
    rows += [
        f"chr1\t801\t.\t{base[800]}\t*,{base[800]}TT\t.\tPASS\tUNDECLARED=1",
        f"chr1\t901\t.\t{base[900]}\t<DEL>\t.\t.\tEND=1000",
        f"chr1\t902\t.\t{base[901]}\t.\t.\t.\t.",
    ]
    (made / "in.vcf").write_text(vcf_text(rows))
    outputs = tuple(str(made / name) for name in (*NAMES, "a.tsv"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry._BUILT_IN, "toy", "tests.toy:TOY")
        patch.setitem(registry._BUILT_IN, "tissue_toy", "tests.toy:TISSUE_TOY")
        config = RunConfig(
            str(made / "in.vcf"), small.fasta, outputs, PREDICTORS, annotation=str(small.genes), mask="site"
        )
        score_vcf(config)
    return made


def _cells(record: cyvcf2.Variant, key: str, type_: str) -> list[object]:
    """One value per ALT, None for missing."""
    value = record.INFO.get(key)
    if isinstance(value, str):
        value = value.split(",")
    cells = list(value) if isinstance(value, (tuple, list)) else [value]
    cells = cells if len(cells) > 1 or value is not None else cells * max(len(record.ALT), 1)
    return [None if cell is None or cell == "." else _NUMBER.get(type_, str)(cell) for cell in cells]


@pytest.mark.parametrize("name", NAMES)
def test_every_value_is_that_of_the_table(folder: Path, name: str) -> None:
    table = pd.read_csv(folder / "a.tsv", sep="\t", dtype=str, keep_default_na=False)
    reader = cyvcf2.VCF(str(folder / name))
    declared = {
        one["ID"]: one["Type"] for one in reader.header_iter() if one["HeaderType"] == "INFO" and one["ID"][:3] == "GS_"
    }
    assert {f"GS_{one.upper()}_{key}" for one in PREDICTORS for key in ("MAX", "ABS", "STATUS")} < declared.keys()
    compared = missing = 0
    for record in reader:
        for at, alt in enumerate(record.ALT or ["."]):
            rows = table[(str(record.POS) == table.POS) & (alt == table.ALT)]
            for predictor in PREDICTORS:
                prefix = f"GS_{predictor.upper()}_"
                own = rows[predictor == rows.PREDICTOR]
                gene = record.INFO.get(prefix + "GENE")
                gene = gene.split(",")[at] if gene else "."
                (row,) = own[gene == own.GENE].to_dict("records")
                for key, type_ in declared.items():
                    if not key.startswith(prefix):
                        continue
                    cells = _cells(record, key, type_)
                    value, cell = cells[at], row[key.removeprefix(prefix)]
                    if value is None:
                        assert cell == ".", key
                        missing += 1
                        continue
                    wanted = _NUMBER.get(type_, str)(cell)
                    assert value == (pytest.approx(wanted, abs=1e-6) if type_ == "Float" else wanted), key
                    compared += 1
    assert compared > 2000
    assert missing > 200


def test_the_records_are_the_input_s(folder: Path) -> None:
    wanted = [(record.CHROM, record.POS, record.REF, record.ALT) for record in cyvcf2.VCF(str(folder / "in.vcf"))]
    for name in NAMES:
        assert [(one.CHROM, one.POS, one.REF, one.ALT) for one in cyvcf2.VCF(str(folder / name))] == wanted
        if name != "a.vcf":
            assert len(list(cyvcf2.VCF(str(folder / name))("chr1:101-200"))) == 10
