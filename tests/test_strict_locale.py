"""Paths and names that are not UTF-8, under a locale that knows ASCII alone and under any other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pysam
import pytest

from tests.conftest import Invoke
from tests.small import SmallGenome, vcf_text

STRICT = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
ODD = b"\xff\xc3\xa9"  # not UTF-8, and then a letter that is


@pytest.mark.parametrize("bgzipped", [False, True])
def test_reference_and_genes_of_any_bytes(invoke: Invoke, small: SmallGenome, tmp_path: Path, bgzipped: bool) -> None:
    """The contig, the gene and the transcript too; bgzipped, in a process under a locale that knows ASCII alone."""
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/folder" + ODD))
    folder.mkdir()
    fasta, genes, source = folder / os.fsdecode(b"g" + ODD + b".fa"), folder / "a.gtf", folder / "in.vcf"
    fasta.write_bytes(small.fasta.read_bytes().replace(b">chr1", b">chr" + ODD))
    if bgzipped:
        packed = folder / os.fsdecode(b"g" + ODD + b".fa.gz")
        pysam.tabix_compress(os.fsencode(fasta), os.fsencode(packed))
        fasta = packed
    row = b'chr%b\tx\texon\t101\t500\t.\t+\t.\tgene_id "g%b"; transcript_id "t%b"; gene_name "n%b";\n'
    genes.write_bytes(row % (ODD, ODD, ODD, ODD))
    base = small.sequences["chr1"][120]
    source.write_bytes(vcf_text([f"chr1 121 {base} <DEL>"]).encode().replace(b"chr1", b"chr" + ODD))
    arguments = [str(part) for part in ("check", source, "-r", fasta, "-a", genes, "--json")]
    if bgzipped:
        command = [sys.executable, "-c", "from genoscore.cli.app import main; main()", *arguments]
        done = subprocess.run(command, env=os.environ | STRICT, capture_output=True, check=False)
        code, text = done.returncode, done.stdout.decode()
    else:
        result = invoke(*arguments)
        code, text = result.exit_code, result.stdout
    assert code == 0
    report = json.loads(text)
    assert (report["unknown_contigs"], report["status"]) == ({}, {"spliceai": {"SYMBOLIC": 1}})
