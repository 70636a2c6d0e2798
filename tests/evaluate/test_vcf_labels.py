"""Labels, effects, groups and clusters from the INFO of a VCF, as ClinVar and others write them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError, InputError
from genoscore.evaluation.config import EvaluateConfig
from genoscore.evaluation.evaluating import evaluate_table
from genoscore.evaluation.labels import judge_info
from genoscore.evaluation.observations import Observations, Use, read_observations
from tests.evaluate.variant_tables import random_rows, write_rows
from tests.small import SmallGenome, vcf_text, write_as

HEADER = [
    f'##INFO=<ID={key},Number={number},Type={kind},Description="x">'
    for key, number, kind in (
        ("CLNSIG", ".", "String"), ("CLASS", "A", "String"), ("EFFECT", "A", "Float"), ("GENE", "1", "String"),
        ("HIT", "0", "Flag"), ("DEPTH", "1", "Integer"),
    )
]  # fmt: skip
CLINVAR = {
    "label": "INFO/CLNSIG", "positive": "Pathogenic,Likely_pathogenic", "negative": "Benign,Likely_benign",
}  # fmt: skip


def _row(pos: int, info: str, alt: str = "C") -> str:
    return f"chr1\t{pos}\trs{pos}\tA\t{alt}\t.\tPASS\t{info}"


def _write(folder: Path, rows: list[str], name: str = "a.vcf") -> Path:
    path = folder / name
    path.write_text(vcf_text(rows, HEADER))
    return path


def _read(path: Path, **options: object) -> Observations:
    return read_observations(EvaluateConfig(RunConfig(str(path), Path("g.fa")), **options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("Pathogenic", 1), ("Likely_pathogenic", 1), ("Pathogenic/Likely_pathogenic", 1), ("Benign/Likely_benign", 0),
        ("Pathogenic|drug_response", 1), ("Benign|other|risk_factor", 0), ("Pathogenic/Likely_pathogenic|other", 1),
        ("Uncertain_significance", None), ("Conflicting_classifications_of_pathogenicity", None),
        ("Conflicting_classifications_of_pathogenicity|other", None), ("Pathogenic/Benign", None),
        ("Pathogenic/Likely_pathogenic/Pathogenic,_low_penetrance|other", None),
        ("Uncertain_significance|Pathogenic", None),
        ("drug_response", None), ("pathogenic", None), ("not_provided", None), ("", None),
    ],
)  # fmt: skip
def test_values_of_clinvar(value: str, wanted: float | None) -> None:
    """A class only where all of a value says so; what is not named counts for neither."""
    positive, negative = ["Pathogenic", "Likely pathogenic"], ["Benign", "Likely_benign"]
    assert judge_info(positive, negative)(value) == wanted


def test_what_is_named_decides() -> None:
    low = "Pathogenic,_low_penetrance"
    assert judge_info(["Pathogenic", low], ["Benign"])(f"Pathogenic/{low}|other") == 1
    assert judge_info(["drug_response"], ["Benign"])("Benign|drug_response") is None
    assert judge_info(["Pathogenic/Likely_pathogenic"], ["Benign"])("Pathogenic/Likely_pathogenic") == 1
    assert judge_info(["Pathogenic"], ["Benign"])("Pathogenic/Likely_pathogenic") is None


ROWS = [
    _row(5, "CLNSIG=Pathogenic;GENE=X"),
    _row(6, "CLNSIG=Pathogenic/Likely_pathogenic/Pathogenic,_low_penetrance|other;GENE=Y"),
    _row(7, "CLNSIG=Benign|other;GENE=X"),
    _row(8, "GENE=X"),
    _row(9, "CLNSIG=Uncertain_significance"),
    _row(10, "CLNSIG=Likely_benign"),
    _row(11, "CLNSIG=Likely_pathogenic;HIT", "<DEL>"),
]


@pytest.mark.parametrize("name", ["a.vcf", "a.vcf.gz", "a.bcf"])
def test_clinvar(tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    path = _write(tmp_path, ROWS if name != "a.bcf" else [*ROWS[:-1], ROWS[-1].replace("<DEL>", "T")])
    write_as(path, tmp_path / name)
    found = _read(tmp_path / name, **CLINVAR, group="INFO/GENE")
    given, other = Use.GIVEN, Use.OTHER_LABEL
    assert [one.use for one in found.rows] == [given, other, given, Use.MISSING, other, given, given]
    assert [(one.row.shown[1], one.target, one.group) for one in found.given] == [
        ("5", 1.0, "X"), ("7", 0.0, "X"), ("10", 0.0, "."), ("11", 1.0, "."),
    ]  # fmt: skip
    assert found.other_labels == Counter(
        {"Pathogenic/Likely_pathogenic/Pathogenic,_low_penetrance|other": 1, "Uncertain_significance": 1}
    )
    if name != "a.bcf":
        lines = path.read_text().splitlines()
        assert all(lines[one.row.line - 1] == row for one, row in zip(found.rows, ROWS, strict=True))
    assert capfd.readouterr().err == ""


def test_a_value_of_each_alt(tmp_path: Path) -> None:
    rows = [
        _row(5, "CLASS=LOF,FUNC;EFFECT=0.1,-2e-3;GENE=X", "C,G"),
        _row(6, "CLASS=.,LOF;EFFECT=.,7;GENE=Y", "C,<DEL>"),
        _row(7, "CLASS=FUNC;EFFECT=3;GENE=Y"),
        _row(8, "CLASS=FUNC;GENE=Y"),
    ]
    path = _write(tmp_path, rows)
    found = _read(path, label="INFO/CLASS", positive="LOF", negative="FUNC", cluster="INFO/GENE", group="ID")
    assert [(one.row.shown[3], one.text, one.cluster, one.group) for one in found.rows[:4]] == [
        ("C", "LOF", "X", "rs5"), ("G", "FUNC", "X", "rs5"), ("C", "", "Y", "rs6"), ("<DEL>", "LOF", "Y", "rs6"),
    ]  # fmt: skip


def test_a_row_without_a_cluster_is_named(tmp_path: Path) -> None:
    path = _write(tmp_path, [_row(5, "CLASS=LOF;GENE=X"), _row(6, "CLASS=LOF")])
    with pytest.raises(InputError, match=r"VCF .*a\.vcf, line 12: INFO/GENE is ''") as caught:
        _read(path, label="INFO/CLASS", positive="LOF", negative="FUNC", cluster="INFO/GENE")
    assert caught.value.line == 12 == path.read_text().splitlines().index(_row(6, "CLASS=LOF")) + 1


def test_effects_and_flags(tmp_path: Path) -> None:
    rows = [_row(5, "EFFECT=0.1,-2e-3;HIT", "C,G"), _row(6, "EFFECT=.;HIT"), _row(7, "EFFECT=3"), _row(8, "EFFECT=1e9")]
    path = _write(tmp_path, rows)
    found = _read(path, value="INFO/EFFECT")
    assert [(one.text, one.target) for one in found.given] == [
        ("0.1", 0.1), ("-0.002", -0.002), ("3.0", 3.0), ("1e+09", 1e9),
    ]  # fmt: skip
    assert found.uses[Use.MISSING] == 1
    path = _write(tmp_path, [_row(pos, "HIT" if pos % 2 else ".") for pos in range(5, 9)])
    found = _read(path, label="INFO/HIT", positive="true", negative="false")
    assert [one.target for one in found.given] == [1, 0, 1, 0]


def test_one_value_for_several_alts(tmp_path: Path) -> None:
    """Whose label it is, nobody knows; a group may be of the record."""
    path = _write(tmp_path, [_row(5, "CLNSIG=Pathogenic", "C,G"), *ROWS])
    with pytest.raises(InputError, match="chr1:5 has 2 ALTs but one value of CLNSIG") as caught:
        _read(path, **CLINVAR)
    assert "bcftools norm" in caught.value.hint
    path = _write(tmp_path, [_row(4, "GENE=X", "C,G"), *ROWS])
    assert _read(path, **CLINVAR).uses[Use.MISSING] == 3, "without a label there is nothing to mistake"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({**CLINVAR, "label": "INFO/CLNSIGX"}, "declares no INFO CLNSIGX"),
        ({**CLINVAR, "label": "CLNSIG"}, "is a VCF, and CLNSIG is not one of its columns; give INFO/CLNSIG"),
        ({**CLINVAR, "group": "GENE"}, "has no column GENE; give INFO/GENE for that key of INFO, or CHROM, ID"),
        ({**CLINVAR, "positive": "Pathogen"}, "has 0 variants whose INFO/CLNSIG is positive, Pathogen"),
        ({"value": "INFO/CLNSIG"}, "INFO/CLNSIG is 'Pathogenic', not a number"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, options: dict[str, object], message: str) -> None:
    path = _write(tmp_path, ROWS)
    with pytest.raises(InputError) as caught:
        _read(path, **options)
    assert message in caught.value.one_line()
    assert str(path) in caught.value.one_line()


def test_tables_and_sequences_have_no_info(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text("CHROM\tPOS\tREF\tALT\tclass\n1\t7\tA\tC\tLOF\n")
    with pytest.raises(InputError, match="is not a VCF"):
        _read(path, **CLINVAR)
    with pytest.raises(ConfigError, match="--sequence is for tables, and INFO/ for VCFs"):
        _read(path, **CLINVAR, sequence="insert")


@pytest.mark.usefixtures("toy")
def test_a_vcf_and_a_table_of_the_same_variants_agree(small: SmallGenome, tmp_path: Path) -> None:
    """Whole runs: the same scores, the same figures."""
    rows = random_rows(small, 6, 40)
    table = write_rows(tmp_path, rows)
    vcf = tmp_path / "a.vcf"
    lines = [f"{c}\t{p}\t.\t{r}\t{a}\t.\t.\tCLASS={label};GENE={part}" for c, p, r, a, label, _, part in rows]
    vcf.write_text(vcf_text(lines, HEADER))
    results = []
    for path, prefix, group in ((table, "", "part"), (vcf, "INFO/", "INFO/GENE")):
        run = RunConfig(str(path), small.fasta, predictor="toy", annotation=str(small.genes))
        label = prefix + ("CLASS" if prefix else "class")
        config = EvaluateConfig(run, label=label, positive="LOF", negative="FUNC", group=group, resamples=100)
        results.append(evaluate_table(config).results)
    assert results[0] == results[1]
