"""The INFO fields that say what becomes of the transcript, in the gene of an ALT's largest score."""

from __future__ import annotations

from collections.abc import Callable

from genoscore.core.printable import percent_encoded
from genoscore.inputs.vcf import Record
from genoscore.outputs.best import Best
from genoscore.outputs.consequence_fields import (
    BEYOND,
    EVIDENCE,
    FIELDS,
    IN_INFO,
    ConsequenceField,
    Evidence,
    evidence_word,
)
from genoscore.outputs.info_column import InfoColumn, Scored, escape

_OfAlt = Callable[[Record, int, Best], str]  # the text for an ALT, by its index; '' for none


def consequence_columns(prefix: str, evidence: Evidence | None) -> list[InfoColumn]:
    """EVENT, FRAME and so on, in order; EVIDENCE only if there are rules for the predictor.

    Args:
        prefix: `GS_<PREDICTOR>_`.
    """
    columns = [_told(prefix, field) for field in FIELDS if field.id in IN_INFO]
    if evidence is not None:
        columns.append(_of_alts(prefix + EVIDENCE, "String", _quotable(evidence.description), _evidence(evidence)))
    return [*columns, _told(prefix, BEYOND)]


def _told(prefix: str, field: ConsequenceField) -> InfoColumn:
    text = f"{field.description}. In the gene of {prefix}MAX"
    return _of_alts(prefix + field.id, field.type, text, lambda _, __, best: field.text(best.scores.consequence))


def _of_alts(id_: str, type_: str, description: str, text: _OfAlt) -> InfoColumn:
    def value(scored: Scored) -> str:
        texts = (text(scored.record, at, best) if best else "" for at, best in enumerate(scored.bests))
        return ",".join(escape(one) or "." for one in texts)

    return InfoColumn(id_, "A", type_, description, value)


def _evidence(rules: Evidence) -> _OfAlt:
    return lambda record, at, best: evidence_word(rules, record, at, best)


def _quotable(text: str) -> str:
    """A user's text for a header line, where it stands in quotes."""
    return percent_encoded(text.replace("\\", "/").replace('"', "'"))
