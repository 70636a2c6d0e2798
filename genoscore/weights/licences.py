"""Which weight licences the user has accepted; remembered in `licences.json` in the home folder."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

from genoscore._version import __version__
from genoscore.core.errors import WeightsError
from genoscore.core.home import home_folder
from genoscore.core.scratch import replacing
from genoscore.weights.card import ModelCard
from genoscore.weights.files import require_regular


def licences_file() -> Path:
    """Where acceptances are remembered; it may not exist."""
    return home_folder() / "licences.json"


def accepted_on(card: ModelCard) -> str | None:
    """The date (YYYY-MM-DD) on which a predictor's licence, as its card states it now, was accepted; None if never.

    Raises:
        WeightsError: the file of acceptances is damaged.
    """
    row = _read().get(card.name)
    return str(row.get("date")) if row is not None and _terms(row) == _terms(_row(card)) else None


def accept(card: ModelCard) -> None:
    """Remember that the user accepts a predictor's licence.

    Raises:
        WeightsError: the file cannot be written.
    """
    path = licences_file()
    rows = _read()
    rows[card.name] = _row(card) | {"date": datetime.date.today().isoformat(), "genoscore": __version__}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(rows, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    except OSError as error:
        raise WeightsError(
            f"the accepted licence cannot be saved: {path}: {error.strerror}",
            "set GENOSCORE_HOME to another folder",
        ) from None


def _row(card: ModelCard) -> dict[str, str]:
    return {"licence": card.licence, "url": card.licence_url, "terms": card.licence_terms}


def _terms(row: dict[str, Any]) -> list[Any]:
    return [row.get(key) for key in ("licence", "url", "terms")]


def _read() -> dict[str, dict[str, Any]]:
    path = licences_file()
    require_regular(path)
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        if not (isinstance(rows, dict) and all(isinstance(row, dict) for row in rows.values())):
            raise ValueError
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, RecursionError) as error:
        why = getattr(error, "strerror", None) or "not the JSON that genoscore writes"
        raise WeightsError(f"{path} cannot be read ({why})", "delete it, and accept the licences again") from None
    return rows
