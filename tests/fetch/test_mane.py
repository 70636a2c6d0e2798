"""`models fetch mane` and `-a mane`, with a small annotation in the place of the published one."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError, InputError, WeightsError
from genoscore.inputs.annotation_fetch import fetch_annotation
from genoscore.inputs.declared import _build_of_annotation
from genoscore.inputs.fetched_annotation import MANE, PUBLISHED, PublishedAnnotation, annotation_file
from genoscore.inputs.genes import load_gene_models
from genoscore.predictors import registry
from genoscore.scoring.check import check_vcf
from genoscore.scoring.files import input_files
from genoscore.scoring.run import score_vcf
from genoscore.weights.sources import FolderSource, UrlSource
from tests.conftest import Invoke
from tests.local_servers import FileServer
from tests.small import SmallGenome, vcf_text

NAME = MANE.file


def _annotation(head: str = "#!genome-build GRCh38.p14\n", filler: int = 40_000) -> bytes:
    """Two genes of the small genome, and a comment that makes the file larger than one read."""
    noise = random.Random(3).randbytes(filler).hex()
    lines = ["##gff-version 3\n" + head + "#!annotation-source MANE Release v1.5", f"# {noise}"]
    for gene, contig, strand, exons in (
        ("PLUS", "chr1", "+", ((101, 150), (201, 260), (401, 500))),
        ("LAST", "chr2", "-", ((1001, 1050), (1101, 1200))),
    ):
        low, high, name = exons[0][0], exons[-1][1], f"NM_{exons[0][0]}.1"
        rows = [
            ("gene", low, high, ".", f"ID=gene-{gene};Dbxref=GeneID:{low};Name={gene}"),
            ("mRNA", low, high, ".", f"ID=rna-{name};Parent=gene-{gene};transcript_id={name};tag=MANE Select"),
            *(("exon", *exon, ".", f"Parent=rna-{name};transcript_id={name}") for exon in exons),
            ("CDS", low + 9, low + 29, "0", f"ID=cds-{gene};Parent=rna-{name};protein_id=NP_{low}.1"),
        ]
        for kind, start, end, phase, attributes in rows:
            lines.append(f"{contig}\tBestRefSeq\t{kind}\t{start}\t{end}\t.\t{strand}\t{phase}\t{attributes}")
    return gzip.compress("\n".join([*lines, ""]).encode(), mtime=0)


CONTENT = _annotation()


def _published(content: bytes = CONTENT) -> PublishedAnnotation:
    return dataclasses.replace(MANE, size=len(content), md5=hashlib.md5(content).hexdigest(), fewest=2)


@pytest.fixture
def mane(home: Path, monkeypatch: pytest.MonkeyPatch) -> PublishedAnnotation:
    monkeypatch.setitem(PUBLISHED, "mane", _published())
    return PUBLISHED["mane"]


@pytest.fixture
def ncbi() -> FileServer:
    return FileServer({f"/release_1.5/{NAME}": CONTENT})


@pytest.fixture
def bring(mane: PublishedAnnotation, ncbi: FileServer, invoke: Invoke) -> Callable[..., Result]:
    """The command, with a server in NCBI's place."""

    def run(*more: str) -> Result:
        with ncbi:
            return invoke("models", "fetch", "mane", "--from", f"{ncbi.address}/release_1.5", *more)

    return run


def test_what_is_published_is_named() -> None:
    assert MANE.fetch_from.startswith("https://ftp.ncbi.nlm.nih.gov/refseq/MANE/MANE_human/release_")
    assert (len(MANE.md5), MANE.build, MANE.size > 8_000_000) == (32, "GRCh38", True)
    assert MANE.fetch_from.rpartition("_")[2] == NAME.split(".v")[1].partition(".refseq")[0]


def test_fetching(bring: Callable[..., Result], mane: PublishedAnnotation, ncbi: FileServer) -> None:
    done = bring()
    assert done.exit_code == 0, done.stderr
    digest = hashlib.sha256(CONTENT).hexdigest()
    assert done.stdout == f"fetched\t{digest}\t{mane.path}\n"
    assert "MANE 1.5, RefSeq's transcripts on GRCh38: NCBI places no restrictions" in done.stderr
    assert f"{NAME}: {len(CONTENT) / 1000:.1f} kB from http://" in done.stderr
    assert mane.record.read_text() == f"{digest}  {NAME}\n"
    assert sorted(path.name for path in mane.folder.iterdir()) == [NAME, f"{NAME}.sha256"]
    assert bring().stdout == f"kept\t{digest}\t{mane.path}\n"
    assert len(ncbi.asked) == 1
    assert bring("-q", "--offline").stdout == ""


def test_genes_and_coding_sequences(bring: Callable[..., Result], mane: PublishedAnnotation) -> None:
    assert bring("-q").exit_code == 0
    models = load_gene_models("mane")
    assert (models.source, models.build, models.warnings) == ("mane", "GRCh38", ())
    assert [(gene.symbol, gene.transcript_id) for gene in models] == [("PLUS", "NM_101.1"), ("LAST", "NM_1001.1")]
    assert all(gene.coding is not None for gene in models)
    assert models.digest == load_gene_models(mane.path).digest


def test_before_it_was_fetched(mane: PublishedAnnotation) -> None:
    with pytest.raises(ConfigError, match="annotation mane has not been fetched") as caught:
        load_gene_models("mane")
    assert caught.value.hint == "run: genoscore models fetch mane, or give a file with -a"


def test_damage_is_noticed(bring: Callable[..., Result], mane: PublishedAnnotation) -> None:
    assert bring("-q").exit_code == 0
    good, record = mane.path.read_bytes(), mane.record.read_text()
    mane.path.write_bytes(good[:-9] + bytes([good[-9] ^ 1]) + good[-8:])
    with pytest.raises(InputError, match="has changed since it was fetched: its SHA-256 is") as caught:
        load_gene_models("mane")
    assert (caught.value.hint, caught.value.path) == ("run: genoscore models fetch mane", str(mane.path))
    assert bring().stdout.startswith("fetched\t")
    assert mane.path.read_bytes() == good
    mane.record.write_text("")
    with pytest.raises(InputError, match="that of the fetched file unknown"):
        load_gene_models("mane")
    mane.record.unlink()
    with pytest.raises(ConfigError, match="has not been fetched"):
        load_gene_models("mane")
    assert bring().exit_code == 0
    assert mane.record.read_text() == record


def test_an_interrupted_transfer_goes_on(
    bring: Callable[..., Result], mane: PublishedAnnotation, ncbi: FileServer
) -> None:
    ncbi.cut, ncbi.cuts = 30_000, 1
    done = bring()
    assert done.exit_code == 0, done.stderr
    assert [asked.range for asked in ncbi.asked] == [None, "bytes=30000-"]
    assert mane.path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (CONTENT[:-1], "it has"),
        (CONTENT + b"\0", "it has"),
        (bytes(len(CONTENT)), "its MD5 is"),
    ],
)
def test_another_file_is_refused(mane: PublishedAnnotation, content: bytes, words: str) -> None:
    with FileServer({f"/{NAME}": content}) as server, pytest.raises(WeightsError) as caught:
        fetch_annotation(mane, UrlSource(server.address))
    assert f"{NAME} is not the published file: {words}" in str(caught.value)
    assert not [path for path in mane.folder.iterdir() if path.suffix != ".part"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (_annotation(head="#!genome-build GRCh37.p13\n"), "it names the build GRCh37"),
        (_annotation(head=""), "it names the build of no human genome"),
        (_annotation()[:-20], "truncated after line"),
        (gzip.compress(b"##gff-version 3\n1\tx\n", mtime=0), "line 2: 2 tab-separated columns"),
        (gzip.compress(b"<html>moved</html>", mtime=0), "line 1: 1 tab-separated columns"),
    ],
)
def test_contents_are_read(home: Path, tmp_path: Path, content: bytes, why: str) -> None:
    """Also where size and digest are as they should be."""
    (tmp_path / NAME).write_bytes(content)
    published = _published(content)
    with pytest.raises(WeightsError) as caught:
        fetch_annotation(published, FolderSource(tmp_path))
    assert f"{NAME} is not MANE 1.5, RefSeq's transcripts on GRCh38: " in str(caught.value)
    assert why in str(caught.value)
    assert caught.value.hint == "it was not kept; give another source with --from"
    assert list(published.folder.iterdir()) == []


def test_too_few_genes(home: Path, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(CONTENT)
    published = dataclasses.replace(_published(), fewest=MANE.fewest)
    with pytest.raises(WeightsError, match="it has 2 genes and 2 coding sequences, where at least 19,000 are expected"):
        fetch_annotation(published, FolderSource(tmp_path))


def test_without_a_network(
    mane: PublishedAnnotation, bring: Callable[..., Result], tmp_path: Path, invoke: Invoke
) -> None:
    done = bring("--offline")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "offline, and the annotation mane is not there; fetch it where there is a network" in done.stderr
    (tmp_path / NAME).write_bytes(CONTENT)
    done = invoke("models", "fetch", "mane", "--offline", "--from", tmp_path)
    assert (done.exit_code, mane.path.read_bytes()) == (0, CONTENT)


def test_it_is_no_predictor(mane: PublishedAnnotation, bring: Callable[..., Result], invoke: Invoke) -> None:
    assert bring().exit_code == 0
    assert "mane" not in registry.names()
    listed = invoke("models", "list", "--json")
    assert '"name": "mane"' not in listed.stdout
    assert "'mane' is unknown" in invoke("models", "show", "mane").stderr


def test_a_run_with_it(
    mane: PublishedAnnotation, bring: Callable[..., Result], small: SmallGenome, tmp_path: Path, invoke: Invoke
) -> None:
    source = tmp_path / "in.vcf"
    base = small.sequences["chr1"][299]
    source.write_text(vcf_text([f"chr1 300 {base} {'A' if base != 'A' else 'C'}", "chr1 900 N A"]))
    command = ("check", source, "-r", small.fasta, "-a", "mane", "-p", "openspliceai", "--commercial")
    done = invoke(*command)
    assert done.exit_code == 1
    assert done.stderr == (
        "genoscore: error: annotation mane has not been fetched; run: genoscore models fetch mane, or give a file "
        "with -a\n"
    )
    assert bring().exit_code == 0
    config = RunConfig(str(source), small.fasta, predictor=("openspliceai",), annotation="mane", commercial=True)
    report = check_vcf(config)
    assert dict(report.pairs) == {"openspliceai": 1}
    assert mane.path in input_files(config), "no output may replace it"
    assert annotation_file("mane") == mane.path
    assert annotation_file("other.gtf") == "other.gtf"


def test_a_run_that_can_be_resumed(
    mane: PublishedAnnotation, bring: Callable[..., Result], small: SmallGenome, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setitem(registry._BUILT_IN, "toy", "tests.toy:TOY")
    assert bring().exit_code == 0
    source, target = tmp_path / "in.vcf", tmp_path / "out.vcf"
    base = small.sequences["chr1"][299]
    source.write_text(vcf_text([f"chr1 300 {base} {'A' if base != 'A' else 'C'}"]))
    config = RunConfig(str(source), small.fasta, (str(target),), predictor=("toy",), annotation="mane", resume=True)
    score_vcf(config)
    assert "GS_TOY_GENE=PLUS" in target.read_text()
    assert f"Annotation=mane,Genes={load_gene_models('mane').digest}" in target.read_text()


def test_its_build_is_compared(mane: PublishedAnnotation, bring: Callable[..., Result], tmp_path: Path) -> None:
    assert bring().exit_code == 0
    fasta, source = tmp_path / "big.fa", tmp_path / "in.vcf"
    fasta.write_text(">chr22\n" + "N" * 51_304_566 + "\n")
    source.write_text(vcf_text(["chr22 100 A C"]))
    config = RunConfig(str(source), fasta, predictor=("openspliceai",), annotation="mane")
    with pytest.raises(ConfigError, match=r"is GRCh37.*annotation mane is GRCh38"):
        check_vcf(config)
    fasta.write_text(">chr22\n" + "N" * 1000 + "\n")
    (tmp_path / "big.fa.fai").unlink(missing_ok=True)
    text = vcf_text(["chr22 100 A C"], ["##contig=<ID=chr22,length=51304566>"])
    source.write_text("".join(line for line in text.splitlines(True) if "length=1200" not in line))
    assert "the VCF's header says GRCh37, the annotation mane is of GRCh38" in check_vcf(config).notes
    assert (_build_of_annotation("mane"), _build_of_annotation("grch37"), _build_of_annotation("GRCh38.gtf")) == (
        "GRCh38", "GRCh37", None,
    )  # fmt: skip
