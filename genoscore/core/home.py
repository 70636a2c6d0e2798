"""The folder in which genoscore keeps what it fetches or makes once and uses again."""

from __future__ import annotations

import os
from pathlib import Path


def home_folder() -> Path:
    """`GENOSCORE_HOME`, else the user's cache directory of this platform; it may not exist yet.

    Weights lie in its folder `weights`, indexes of FASTA files whose own folder is read-only in `fasta`.
    """
    given = os.environ.get("GENOSCORE_HOME")
    if given:
        return Path(given).expanduser().absolute()
    from platformdirs import user_cache_path

    return user_cache_path("genoscore", appauthor=False)
