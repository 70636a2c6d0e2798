"""The custom models that were added: in the folder `models` of genoscore's home, each in a folder of its name."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from genoscore.core.errors import ConfigError, GenoscoreError, WeightsError
from genoscore.core.home import home_folder
from genoscore.core.pending import FolderOutput
from genoscore.predictors.custom.entry import CustomEntry, manifest_tracks
from genoscore.predictors.custom.manifest import NAME, Manifest, find_manifest, read_manifest

_MANIFEST = "model.toml"


def models_folder() -> Path:
    """Where they lie; it may not exist."""
    return home_folder() / "models"


def added_names() -> list[str]:
    """Names of the models that were added, in order; none is read."""
    try:
        names = os.listdir(models_folder())
    except OSError:
        return []
    return sorted(name for name in names if NAME.fullmatch(name))


def load_added(name: str) -> CustomEntry | None:
    """The entry of a model that was added; None where there is none of that name.

    Raises:
        ConfigError: its manifest is missing, damaged or another model's.
    """
    if name not in added_names():
        return None
    try:
        manifest = read_manifest(models_folder() / name / _MANIFEST)
        if manifest.name != name:
            raise ConfigError(f"{manifest.path} is the manifest of {manifest.name}")
    except ConfigError as error:
        raise ConfigError(
            f"custom model {name} cannot be used: {error}", f"run: genoscore models remove {name}, and add it again"
        ) from None
    return CustomEntry(manifest)


def added_troubles() -> dict[str, str]:
    """Name -> in plain words, why a model that was added cannot be used."""
    troubles = {}
    for name in added_names():
        try:
            load_added(name)
        except ConfigError as error:
            troubles[name] = error.one_line()
    return troubles


def add_model(path: Path, force: bool = False) -> Manifest:
    """Copy a manifest and the files that it names into genoscore's home, all of them or none.

    The network is not loaded. Which names are taken is known to the registry: see its `add_custom`.

    Args:
        path: of the manifest, or of a folder that holds one.
        force: replace a model of the same name.

    Returns:
        The manifest of the copy.

    Raises:
        ConfigError: see `read_manifest`; there is a model of that name.
        InputError, WeightsError: a file is missing or not what the manifest says, or cannot be copied.
    """
    manifest = read_manifest(find_manifest(path))
    CustomEntry(manifest).find_weights(None)
    manifest_tracks(manifest)
    target = models_folder() / manifest.name
    if target.exists() and not force:
        raise ConfigError(f"there is a custom model {manifest.name} already", "give --force to replace it")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FolderOutput(target, replaces=True) as folder:
            for name, source in manifest.files.items():
                shutil.copyfile(source, folder.path / name)
            folder.commit()
    except OSError as error:
        raise _cannot("be added", manifest.name, error) from None
    return read_manifest(target / _MANIFEST)


def remove_model(name: str) -> Path:
    """Delete a model that was added, also a damaged one; the folder that it was in.

    Raises:
        ConfigError: there is none of that name.
        WeightsError: it cannot be deleted.
    """
    if name not in added_names():
        added = ", ".join(added_names())
        raise ConfigError(f"{name} is no custom model", f"these were added: {added}" if added else "none was added")
    folder = models_folder() / name
    gone = folder.with_name(f".{name}.{os.getpid()}")
    try:
        folder.rename(gone)  # at once, whatever becomes of its files
        shutil.rmtree(gone)
    except OSError as error:
        raise _cannot("be removed", name, error) from None
    return folder


def _cannot(what: str, name: str, error: OSError) -> GenoscoreError:
    place = error.filename or models_folder()
    return WeightsError(f"{name} cannot {what}: {place}: {error.strerror}", "set GENOSCORE_HOME to another folder")
