"""The table of gene-model readers: each file goes to its row, and a plug-in may add one."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from genoscore.core.errors import ConfigError, InputError
from genoscore.inputs.gene_formats import FORMATS, find_format, gene_model_troubles
from genoscore.inputs.genes import load_gene_models
from genoscore.inputs.lines import LineReader
from tests.installing import write_metadata
from tests.test_annotations import DIALECTS

TABLE = "#NAME\tCHROM\tSTRAND\tTX_START\tTX_END\tEXON_START\tEXON_END\nG\t1\t+\t10\t90\t10,50,\t20,90,\n"
# genePred with bin, as the UCSC Genome Browser's tables are.
GENEPRED = (
    "#bin\tname\tchrom\tstrand\ttxStart\ttxEnd\tcdsStart\tcdsEnd\texonCount\texonStarts\texonEnds\tscore\tname2\n"
    "585\tNM_1.2\tchr1\t-\t10\t90\t15\t80\t2\t10,50,\t20,90,\t0\tGENE\n"
)
PLUGIN = """
from genoscore.inputs.gene import Gene, check_gene


class GenePred:
    kept = False

    def matches(self, head):
        return head.startswith(b"#bin\\tname\\tchrom\\tstrand\\t")

    def read(self, reader):
        genes = []
        for line in reader:
            if line.startswith("#"):
                continue
            cells = line.split("\\t")
            starts, ends = (tuple(int(one) for one in cells[at].split(",") if one) for at in (9, 10))
            try:
                check_gene(cells[3], int(cells[4]), int(cells[5]), starts, ends)
            except ValueError as error:
                raise reader.malformed(str(error), "fix the table") from None
            start, end = int(cells[4]), int(cells[5])
            genes.append(Gene(cells[12], cells[12], cells[2], cells[3], start, end, starts, ends, cells[1]))
        return genes
"""


def _format(path: Path) -> str:
    reader = LineReader(path, "annotation")
    try:
        return type(find_format(reader)).__name__
    finally:
        reader.close()


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_every_dialect_goes_to_its_row(tmp_path: Path, dialect: str, suffix: str) -> None:
    path = tmp_path / f"annotation.txt{suffix}"
    text = DIALECTS[dialect][0]
    for content in (text, "".join(line for line in text.splitlines(keepends=True) if line[0] != "#")):
        path.write_bytes((gzip.compress if suffix else bytes)(content.encode()))
        assert _format(path) == ("Gff3" if "GFF3" in dialect else "Gtf")


def test_other_files(tmp_path: Path) -> None:
    path = tmp_path / "a"
    for text, name in ((TABLE, "SpliceAITable"), (TABLE[1:], "SpliceAITable"), ("", "Gtf"), ("x y\n", "Gtf")):
        path.write_text(text)
        assert _format(path) == name
    path.write_text("#!comment\n" * 3000 + "##sequence-region chr1 1 9\nchr1\tx\tgene\t1\t9\t.\t+\t.\tID=g\n")
    assert _format(path) == "Gff3"


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A distribution with a reader of genePred, on `sys.path`."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "genepred_reader.py").write_text(PLUGIN)
    write_metadata(
        folder, "genepred-reader", "0.1", {"genoscore.gene_models": {"genepred": "genepred_reader:GenePred"}}
    )
    monkeypatch.syspath_prepend(str(folder))
    return folder


def test_a_plugin_reads_what_genoscore_does_not(tmp_path: Path, plugin: Path) -> None:
    path = tmp_path / "refGene.txt"
    path.write_text(GENEPRED)
    models = load_gene_models(str(path))
    (gene,) = models.overlapping("1", 0, 100)
    assert (gene.symbol, gene.transcript_id, gene.strand, gene.tx_end, models.has_ids) == (
        "GENE",
        "NM_1.2",
        "-",
        90,
        True,
    )
    with pytest.raises(ConfigError, match="one transcript per gene"):
        load_gene_models(str(path), "NM_1.2")
    path.write_text(GENEPRED.replace("\t-\t", "\t?\t"))
    with pytest.raises(InputError, match=r"refGene\.txt, line 2: STRAND is '\?'"):
        load_gene_models(str(path))
    path.write_text(TABLE)
    assert _format(path) == "SpliceAITable", "genoscore's own formats are asked first"


def test_without_it_the_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "refGene.txt"
    path.write_text(GENEPRED)
    with pytest.raises(InputError, match=r"refGene\.txt, line 2: 13 tab-separated columns, 9 expected"):
        load_gene_models(str(path))


def test_broken_plugins(tmp_path: Path, plugin: Path) -> None:
    """They are reported; in the way only of files that genoscore itself does not know."""
    write_metadata(plugin, "absent", "0.2", {"genoscore.gene_models": {"a_broken": "no_such_module:X", "gtf": "x:Y"}})
    troubles = gene_model_troubles()
    assert "gene-model reader a_broken of absent 0.2 cannot be imported" in troubles["a_broken"]
    assert "genoscore has a built-in one" in troubles["gtf"]
    path = tmp_path / "a.txt"
    path.write_text(TABLE)
    assert len(load_gene_models(str(path))) == 1
    path.write_text(GENEPRED)
    with pytest.raises(ConfigError, match=r"a_broken of absent 0\.2 cannot be imported"):
        load_gene_models(str(path))


def test_rows_name_what_is_there() -> None:
    from genoscore.core.plugins import GENE_MODELS, import_row

    for row in FORMATS.values():
        assert all(hasattr(import_row(row), name) for name in GENE_MODELS.needs)
