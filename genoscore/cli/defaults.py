"""The defaults of options, in words."""

from __future__ import annotations

import re
from dataclasses import MISSING
from typing import Any

from genoscore.core.config import PredictConfig, RunConfig
from genoscore.core.option_group import OptionGroup
from genoscore.core.options.option import BACKGROUND, CHECK, EVALUATE, EXPLAIN, PREDICT, SCORE, TRAIN, Option
from genoscore.core.toml_file import Kind
from genoscore.evaluation.config import EvaluateConfig
from genoscore.explaining.config import ExplainConfig

# The configs whose fields are a command's options; for equal names, the last one applies.
CONFIGS: dict[str, tuple[type[OptionGroup], ...]] = {
    SCORE: (RunConfig,), CHECK: (RunConfig,), BACKGROUND: (RunConfig,), PREDICT: (PredictConfig,),
    EXPLAIN: (ExplainConfig,), EVALUATE: (RunConfig, EvaluateConfig), TRAIN: (),
}  # fmt: skip


def default_value(command: str, option: Option) -> Any:
    """The value in the command's config; None if there is none, or if the option is required."""
    value = None
    for config in CONFIGS.get(command, ()):
        value = config.defaults().get(option.name, value)
    return None if value is MISSING else value


def default_words(command: str, option: Option) -> str:
    """The same as Markdown; '' if there is nothing to state."""
    if option.required:
        return ""
    if option.kind is Kind.FLAG:
        return option.default
    value = default_value(command, option)
    if option.default or value is None or value in ((), {}):
        return option.default
    if option.kind in (Kind.WHOLE, Kind.NUMBER):
        return str(value)
    return f"`{','.join(map(str, value)) if isinstance(value, tuple) else value}`"


def plain(text: str) -> str:
    """Markdown as plain text for a terminal.

    >>> plain("`none`; see [masks](coordinates.md#masks)")
    'none; see masks'
    """
    return re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", text).replace("`", "")
