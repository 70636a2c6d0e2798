"""Where weights come from: a folder, a base address of the files, or a repository on a Hugging Face hub."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Protocol, TypeVar
from urllib.parse import quote

from genoscore.core.addresses import without_credentials
from genoscore.core.errors import ConfigError, WeightsError
from genoscore.weights.transfer import Size, Watch, copy, download

T = TypeVar("T")
_PATIENCE = 60.0  # seconds for a hub to name the commit
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_SHOWN = 200  # characters of an invalid source in messages
_HUB = re.compile(r"hf:([\w.-]+/[\w.-]+)(?:@(.+))?")


class Source(Protocol):
    """Fetches files by their names on the model card.

    Attributes:
        remote: whether it needs the network.
    """

    remote: bool

    def place(self, name: str) -> str:
        """A file's address, for messages."""
        ...

    def bring(self, name: str, part: Path, size: Size, watch: Watch) -> None:
        """Write the file to `part`, or complete it; raises WeightsError."""
        ...


class FolderSource:
    """Files below a folder."""

    remote = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def place(self, name: str) -> str:
        """Its path."""
        return str(self._folder / name)

    def bring(self, name: str, part: Path, size: Size, watch: Watch) -> None:
        """Copy it."""
        copy(self._folder / name, part, name, size, watch)


class UrlSource:
    """Files below an http or https address."""

    remote = True

    def __init__(self, base: str) -> None:
        self._base = base.rstrip("/")

    def place(self, name: str) -> str:
        """Its address, without a password."""
        return without_credentials(self._address(name))

    def bring(self, name: str, part: Path, size: Size, watch: Watch) -> None:
        """Download it."""
        download(self._address(name), part, name, size, watch)

    def _address(self, name: str) -> str:
        return f"{self._base}/{quote(name)}"


class HubSource:
    """Files of a repository on a Hugging Face hub, all of one commit; `HF_ENDPOINT` and `HF_TOKEN` are honoured.

    huggingface_hub finds the hub, the commit and the token. It would start every interrupted file again from the
    beginning, so files are downloaded as from any other address.
    """

    remote = True

    def __init__(self, repository: str, revision: str | None) -> None:
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # read when huggingface_hub is imported
        from huggingface_hub import hf_hub_url
        from huggingface_hub.errors import HFValidationError

        try:
            hf_hub_url(repository, "config.json")  # checks the name
        except HFValidationError as error:
            raise ConfigError(f"--from: {error}", "give hf:owner/repository, or hf:owner/repository@revision") from None
        self._repository = repository
        self._revision = revision

    def place(self, name: str) -> str:
        """Its address at the requested revision, or at the commit once that is known, without a password."""
        return without_credentials(self._address(name))

    def bring(self, name: str, part: Path, size: Size, watch: Watch) -> None:
        """Download it."""
        from huggingface_hub import get_token

        self._revision = self._commit(name)
        token = get_token()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        download(self._address(name), part, name, size, watch, headers)

    def _address(self, name: str) -> str:
        from huggingface_hub import hf_hub_url

        return hf_hub_url(self._repository, name, revision=self._revision)

    def _commit(self, name: str) -> str:
        """The commit that the hub serves the file from."""
        from huggingface_hub import get_hf_file_metadata
        from huggingface_hub.errors import HfHubHTTPError

        url = self._address(name)
        try:
            commit = _within(_PATIENCE, lambda: get_hf_file_metadata(url).commit_hash)
        except HfHubHTTPError as error:
            status = getattr(error.response, "status_code", "")
            raise WeightsError(
                f"{url}: {status} {type(error).__name__}".replace("  ", " "),
                "check repository, revision and file name; a private or gated repository needs HF_TOKEN",
            ) from None
        except Exception as error:  # from whichever HTTP client that version of huggingface_hub uses
            why = str(error) or type(error).__name__
            raise WeightsError(f"{url} cannot be fetched ({why})", "check the network and HF_ENDPOINT") from None
        if commit is None or not _COMMIT.fullmatch(commit):
            raise WeightsError(f"{url} names no commit: that is not a Hugging Face hub", "check HF_ENDPOINT")
        return commit


def _within(seconds: float, ask: Callable[[], T]) -> T:
    """The result of a function that waits for a server, and whose own timeouts count from the last byte.

    Raises:
        TimeoutError: it takes longer; it is left running in its thread.
    """
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(ask())
        except Exception as error:
            answer.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return answer.result(timeout=seconds)


def open_source(text: str) -> Source:
    """What `--from` names: `hf:owner/repository[@revision]`, an http or https address, or a folder.

    Raises:
        ConfigError: it is none of them.
    """
    hub = _HUB.fullmatch(text)
    if hub:
        return HubSource(hub[1], hub[2])
    if text.startswith(("http://", "https://")):
        return UrlSource(text)
    folder = Path(text)
    if not os.path.isdir(folder):
        raise ConfigError(
            f"--from {without_credentials(text)[:_SHOWN]!r} is neither a folder nor an address",
            "give a folder, https://..., or hf:owner/repository[@revision]",
        )
    return FolderSource(folder)
