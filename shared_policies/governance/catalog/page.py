"""The two pages and the JSON file, from plain values.

Belongs here: templates and how a value is written. Does not: what is shown (entries, rules).

The pages ask nothing of any server and run from a folder. Names come from platforms, where
anybody may type anything: the templates escape every value, and the pages forbid the browser
every script and style but their own two, by digest.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from shared_policies.governance.catalog.entries import STATE_WORDS
from shared_policies.governance.catalog.lineage import Node, picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared_policies.governance.catalog.entries import Entry, VerdictEntry
    from shared_policies.governance.catalog.rules import PolicyEntry
    from shared_policies.governance.ledger import Break

DAY_WORDS = {"published": "published", "refused": "refused", "none": "no audit"}


def index_page(
    entries: Sequence[Entry],
    policies: Sequence[PolicyEntry],
    *,
    breaks: Sequence[Break],
    broken: Sequence[str],
    at: datetime,
    time_zone: str,
) -> str:
    """All products, below what must not be overlooked; codes of `policies` are links.

    `breaks` are the places at which the ledger was altered, `broken` what is wrong with contracts
    that cannot be read.
    """
    counted = Counter(entry.state for entry in entries)
    nodes = [Node(port=one.port, state=one.state, reads=one.reads) for one in entries]
    return _rendered(
        "index",
        at=at,
        time_zone=time_zone,
        entries=entries,
        known={policy.code for policy in policies},
        breaks=breaks,
        broken=broken,
        domains=sorted({entry.domain for entry in entries}),
        states=[(state, counted[state]) for state in STATE_WORDS if counted[state]],
        day_words=DAY_WORDS,
        # Escaped where it is drawn: an attribute and a text need different care.
        lineage=Markup(picture(nodes)),  # noqa: S704
    )


def policies_page(
    policies: Sequence[PolicyEntry], *, digest: str, at: datetime, time_zone: str
) -> str:
    """All policies of the pack with `digest`."""
    return _rendered("policies", at=at, time_zone=time_zone, policies=policies, digest=digest)


def catalog_json(
    entries: Sequence[Entry], policies: Sequence[PolicyEntry], *, digest: str, at: datetime
) -> str:
    """The same for programs."""
    return json.dumps(
        {
            "at": at.astimezone(UTC).isoformat(),
            "pack_digest": digest,
            "products": [asdict(entry) for entry in entries],
            "policies": [asdict(policy) for policy in policies],
        },
        default=_plain,
        ensure_ascii=False,
        indent=1,
    )


def _rendered(page: str, *, at: datetime, time_zone: str, **values: object) -> str:
    environment = _environment()
    style, script = _resource("page.css"), _resource("page.js")
    environment.filters["minute"] = lambda one: _minute(one, time_zone)
    return environment.get_template(f"{page}.html.jinja").render(
        page=page,
        at=at,
        # Ours, from beside this module.
        style=Markup(style),  # noqa: S704
        script=Markup(script),  # noqa: S704
        style_hash=_digest(style),
        script_hash=_digest(script),
        **values,
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("shared_policies.governance.catalog", ""),
        autoescape=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {
        "iso": lambda one: one.astimezone(UTC).isoformat(),
        "share": _share,
        "words": lambda name: name.replace("_", " "),
        "sentence": lambda text: text[:1].upper() + text[1:],
        "counted": _counted,
    }
    return environment


@cache
def _resource(name: str) -> str:
    return files("shared_policies.governance.catalog").joinpath(name).read_text()


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _minute(instant: datetime, time_zone: str) -> str:
    return f"{instant.astimezone(ZoneInfo(time_zone)):%d %B %Y %H:%M} {time_zone}"


def _share(value: float | None, absent: str) -> str:
    return absent if value is None else f"{value * 100:.4g} %"


def _counted(verdicts: Sequence[VerdictEntry]) -> str:
    """Such as "14 pass, 2 not applicable, 1 fail.", in the order in which they come, reversed."""
    counted = Counter(verdict.outcome for verdict in reversed(verdicts))
    shown = (f"{count} {outcome.lower().replace('_', ' ')}" for outcome, count in counted.items())
    return f"Verdicts: {', '.join(shown) or 'none'}."


def _plain(value: Any) -> str:  # noqa: ANN401  what json hands over
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)
