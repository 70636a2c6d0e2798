"""Cases with damaged weights and damaged manifests of custom models."""

from __future__ import annotations

import io
import json
import random
import struct
import zipfile
from collections.abc import Mapping

from tests.fuzz import weight_seeds
from tests.fuzz.case import Case
from tests.fuzz.mutations import damaged
from tests.fuzz.seeds import small_genome, vcfs
from tests.fuzz.texts import changed_text
from tests.fuzz.variants import base_arguments, score_case, vcf_sites

_NUMBERS = (b"\0\0\xc0\x7f", b"\0\0\x80\x7f", b"\0\0\x80\xff", b"\xff\xff\x7f\x7f", b"\x01\0\0\0")  # NaN, infinity, ...
_DTYPES = (b"F16", b"BF16", b"F64", b"I32", b"I8", b"U8", b"BOOL", b"F8_E4M3", b"X")
_ADDED = "home/models/mine/"


def manifest_case(rng: random.Random) -> Case:
    """A damaged manifest, given to `models add`, or of a model that was added before."""
    files = dict(weight_seeds.custom())
    data = files["model.toml"]
    files["model.toml"] = changed_text(rng, data) if rng.random() < 0.85 else damaged(rng, data)
    if rng.random() < 0.4:
        given = {"mine.toml": files.pop("model.toml"), **files}
        return Case(given, ["models", "add", "mine.toml"], optional=frozenset(_ADDED + name for name in _names(files)))
    return _with_added(rng, files)


def checkpoint_case(rng: random.Random) -> Case:
    """Damaged weights of one predictor."""
    kind = rng.choice(("custom", "openspliceai", "enformer", "regulatory"))
    if kind == "custom":
        return _with_added(rng, _one_damaged(rng, weight_seeds.custom(), ["net.pt"]))
    if kind == "openspliceai":
        name = rng.choice(("new.pt", "old.pt"))
        weights = {name: damaged_weights(rng, name, weight_seeds.openspliceai()[name])}
    elif kind == "enformer":
        unused = rng.choice(("model.safetensors", "pytorch_model.bin"))
        weights = {name: data for name, data in weight_seeds.enformer().items() if name != unused}
        weights = _one_damaged(rng, weights, list(weights))
    else:
        weights = _one_damaged(rng, weight_seeds.regulatory(), list(weight_seeds.regulatory()))
    return _run(rng, kind, weights)


def exported_case(rng: random.Random) -> Case:
    """A damaged torch.export file: slow to read."""
    return _with_added(rng, _one_damaged(rng, weight_seeds.custom(True), ["net.pt2"]))


def keras_case(rng: random.Random) -> Case:
    """SpliceAI's files, one of them damaged: large."""
    files = weight_seeds.spliceai()
    return _run(rng, "spliceai", _one_damaged(rng, files, list(files)) if files else {"spliceai1.h5": b"\x89HDF\r\n"})


def damaged_weights(rng: random.Random, name: str, data: bytes) -> bytes:
    """Damage to a file, within its format or not."""
    if rng.random() < 0.35:
        return damaged(rng, data)
    if name.endswith(".safetensors"):
        return _changed_safetensors(rng, data)
    if name.endswith(".json"):
        return changed_text(rng, data)
    if data[:2] == b"PK":
        return _changed_archive(rng, data)
    at = rng.randrange(0, max(len(data) - 4, 1), 4)
    return data[:at] + rng.choice(_NUMBERS) + data[at + 4 :]


def _changed_safetensors(rng: random.Random, data: bytes) -> bytes:
    (size,) = struct.unpack_from("<Q", data)
    header, body = data[8 : 8 + size], data[8 + size :]
    kind = rng.randrange(4)
    if kind == 0:
        at = rng.randrange(0, len(body), 4)
        body = body[:at] + rng.choice(_NUMBERS) + body[at + 4 :]
    elif kind == 1:
        header = header.replace(b'"F32"', b'"%s"' % rng.choice(_DTYPES), rng.choice((1, -1)))
    elif kind == 2:
        values = json.loads(header)
        del values[rng.choice(list(values))]
        header = json.dumps(values).encode()
    else:
        header = changed_text(rng, header)
    stated = len(header) if rng.random() < 0.95 else rng.choice((0, 1, 1 << 31, 1 << 40, (1 << 64) - 1))
    return struct.pack("<Q", stated) + header + body


def _changed_archive(rng: random.Random, data: bytes) -> bytes:
    """A zip whose members are damaged, missing, twice or under other names; its checksums are right."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        names = old.namelist()
        chosen, kind = rng.choice(names), rng.randrange(6)
        for name in names:
            contents = old.read(name)
            info = zipfile.ZipInfo(name)
            if name == chosen:
                if kind == 0:
                    continue
                if kind == 1:
                    info = zipfile.ZipInfo(rng.choice(("/x", "../x", "x" * 5000, "archive/data.pkl", "x\x1b[31m")))
                elif kind < 5:
                    contents = damaged(rng, contents) if contents else b"x"
                else:
                    contents = b""
            new.writestr(info, contents)
    return out.getvalue()


def _one_damaged(rng: random.Random, files: Mapping[str, bytes], names: list[str]) -> dict[str, bytes]:
    name = rng.choice(names)
    return {**files, name: damaged_weights(rng, name, files[name])}


def _with_added(rng: random.Random, files: Mapping[str, bytes]) -> Case:
    """A custom model as if it had been added, for `score`, `check`, `models list` or `models show`."""
    added = {_ADDED + name: data for name, data in files.items()}
    command = rng.choice(("score", "score", "check", "list", "show", "remove"))
    if command == "remove":  # a damaged model must go
        return Case({}, ["models", "remove", "mine"], before=added)
    if command in ("list", "show"):
        return Case(added, ["models", "list"] if command == "list" else ["models", "show", "mine"])
    inputs = {**small_genome()[0], "in.vcf": vcfs()[0], **added}
    arguments = base_arguments(annotation="none", predictor="mine")
    if command == "check":
        return Case(inputs, ["check", "in.vcf", *arguments])
    return score_case(rng, inputs, "in.vcf", vcf_sites, arguments, "mine")


def _run(rng: random.Random, predictor: str, weights: Mapping[str, bytes]) -> Case:
    genes = "genes.tsv" if predictor in ("openspliceai", "spliceai") else "none"
    files = {**small_genome()[0], "in.vcf": _few_records(), **{f"w/{name}": data for name, data in weights.items()}}
    arguments = [*base_arguments(annotation=genes, predictor=predictor), "--weights", f"{predictor}=w"]
    return score_case(rng, files, "in.vcf", vcf_sites, arguments, predictor)


def _few_records() -> bytes:
    """One record in a gene and one outside."""
    lines = vcfs()[0].splitlines(keepends=True)
    return b"".join(lines[:2] + lines[3:4] + lines[9:10])


def _names(files: Mapping[str, bytes]) -> list[str]:
    return ["model.toml", *files]
