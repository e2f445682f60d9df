"""Reads the definitions that come with the package.

Belongs here: YAML to values, with a message that names file and line of thought. Does not:
what accounts chose (account_settings.py).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, get_args

import yaml

from marketing_domain.metrics.definition import (
    MetricDefinition,
    Platform,
    PlatformDefinitions,
)

PLATFORMS: tuple[Platform, ...] = get_args(Platform)


@cache
def platform_definitions(platform: Platform) -> PlatformDefinitions:
    """The definitions and the ledger of changes of one platform.

    Raises:
        ValueError: the file is not what the model asks for; pydantic's message names the entry.
    """
    text = files("marketing_domain.metrics").joinpath(f"definitions/{platform}.yaml").read_text()
    found: dict[str, Any] = yaml.safe_load(text)
    metrics = [
        {**found["defaults"], "platform": found["platform"], **entry} for entry in found["metrics"]
    ]
    return PlatformDefinitions(
        platform=found["platform"], metrics=metrics, changes=found.get("changes", ())
    )


@cache
def every_definition() -> tuple[MetricDefinition, ...]:
    """Of all platforms and the canonical ones, as they are before an account's own settings."""
    return tuple(one for name in PLATFORMS for one in platform_definitions(name).metrics)


def definition(metric_id: str) -> MetricDefinition:
    """The definition that holds now.

    Raises:
        KeyError: there is none of that name.
    """
    for one in reversed(every_definition()):
        if one.metric_id == metric_id and one.valid_to is None:
            return one
    raise KeyError(metric_id)
