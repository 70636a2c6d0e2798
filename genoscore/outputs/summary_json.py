"""The run's summary as JSON."""

from __future__ import annotations

import json
from typing import Any

from genoscore.engine.summary import RunSummary
from genoscore.outputs.files import TextOutput

SCHEMA_VERSION = 1


def summary_dict(summary: RunSummary, version: str) -> dict[str, Any]:
    """The summary as plain types; keys are stable within a `schema_version`."""
    return {
        "schema_version": SCHEMA_VERSION,
        "genoscore_version": version,
        "records": summary.records,
        "written": summary.written,
        "left_out": summary.left_out,
        "outside_regions": summary.outside_regions,
        "replaced": summary.replaced,
        "variant_gene_pairs": summary.pairs,
        "screened_pairs": summary.screened,
        "settled_by_screening": summary.settled,
        "precomputed": summary.precomputed,
        "status": {name: {str(key): n for key, n in counts.items()} for name, counts in summary.status.items()},
        "bands": {name: dict(counts) for name, counts in summary.bands.items()},
        "events": {name: {str(key): n for key, n in counts.items()} for name, counts in summary.events.items()},
        "beyond_distance": {name: n for name, n in summary.beyond.items() if name in summary.events},
        "error_alts": summary.errors,
        "lost_values": summary.lost_values,
        "top": [
            {
                "predictor": entry.predictor,
                "variant": entry.variant,
                "gene": entry.gene,
                "max": float(entry.printed),
                "band": entry.band,
            }
            for entry in summary.top
        ],
        "seconds": {stage: round(seconds, 3) for stage, seconds in summary.seconds.items()},
        "provenance": summary.provenance,
        "outputs": summary.outputs,
        "warnings": summary.warnings,
    }


class SummaryJson(TextOutput):
    """The file of `--summary`."""

    def __init__(self, target: str, summary: RunSummary, version: str) -> None:
        super().__init__(target, bgzip=False, head=json.dumps(summary_dict(summary, version), indent=2) + "\n")
