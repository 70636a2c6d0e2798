"""The custom models that were added: each in its own folder, under `models` in genoscore's home."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from genoscore.core.errors import ConfigError, GenoscoreError, WeightsError
from genoscore.core.home import home_folder
from genoscore.core.pending import FolderOutput
from genoscore.core.scratch import Scratch
from genoscore.predictors.custom.entry import CustomEntry, manifest_tracks
from genoscore.predictors.custom.manifest import NAME, Manifest, find_manifest, read_manifest

_MANIFEST = "model.toml"


def models_folder() -> Path:
    """The folder that holds them; it may not exist."""
    return home_folder() / "models"


def added_names() -> list[str]:
    """Names of the models that were added, sorted; the models are not read."""
    try:
        names = os.listdir(models_folder())
    except OSError:
        return []
    return sorted(name for name in names if NAME.fullmatch(name))


def load_added(name: str) -> CustomEntry | None:
    """The entry of a model that was added; None if there is none by that name.

    Raises:
        ConfigError: its manifest is missing, damaged or belongs to another model.
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
    """Name -> why a model that was added cannot be used."""
    troubles = {}
    for name in added_names():
        try:
            load_added(name)
        except ConfigError as error:
            troubles[name] = error.one_line()
    return troubles


def add_model(path: Path, force: bool = False) -> Manifest:
    """Copy a manifest and the files it names into genoscore's home, all or none.

    The network is not loaded. The registry knows which names are in use: see its `add_custom`.

    Args:
        path: of the manifest, or of a folder containing one.
        force: replace a model of the same name.

    Returns:
        The manifest of the copy.

    Raises:
        ConfigError: see `read_manifest`; or a model of that name exists.
        InputError, WeightsError: a file is missing, is not as the manifest says, or cannot be copied.
    """
    manifest = read_manifest(find_manifest(path))
    CustomEntry(manifest).find_weights(None)
    manifest_tracks(manifest)
    target = models_folder() / manifest.name
    if target.exists() and not force:
        raise ConfigError(f"custom model {manifest.name} already exists", "give --force to replace it")
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
    """Delete a model that was added, even if damaged; returns the folder it was in.

    Raises:
        ConfigError: there is no such model.
        WeightsError: it cannot be deleted.
    """
    if name not in added_names():
        added = ", ".join(added_names())
        raise ConfigError(
            f"{name} is not a custom model", f"custom models: {added}" if added else "no custom models have been added"
        )
    folder = models_folder() / name
    try:
        with Scratch() as scratch:
            gone = scratch.aside(folder, replaced=False)
            folder.rename(gone)  # atomically, even if deleting the files fails
            shutil.rmtree(gone)
    except OSError as error:
        raise _cannot("be removed", name, error) from None
    return folder


def _cannot(action: str, name: str, error: OSError) -> GenoscoreError:
    place = error.filename or models_folder()
    return WeightsError(f"{name} cannot {action}: {place}: {error.strerror}", "set GENOSCORE_HOME to another folder")
