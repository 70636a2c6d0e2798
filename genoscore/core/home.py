"""The folder in which genoscore keeps what it downloads or builds once and reuses."""

from __future__ import annotations

import os
from pathlib import Path


def home_folder() -> Path:
    """`GENOSCORE_HOME`, else the user's cache directory of this platform; it may not exist yet.

    Its subfolder `weights` holds weights; `fasta` holds indexes of FASTA files whose own folder is read-only.
    """
    home = os.environ.get("GENOSCORE_HOME")
    if home:
        return Path(home).expanduser().absolute()
    from platformdirs import user_cache_path

    return user_cache_path("genoscore", appauthor=False)
