"""What really happened, for tests only.

Belongs here: sums over the world, by code of its own. Does not: a platform's rows and fields.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.sandbox.adobe_analytics import truth as adobe_analytics
from tests.sandbox.facebook_ads import attribution as facebook_ads
from tests.sandbox.google_ads import attribution as google_ads
from tests.sandbox.ledger import truth as ledger
from tests.sandbox.surveys import truth as surveys
from tests.sandbox.world import web
from tests.sandbox.world.parts import parted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.requests import Request

    from tests.sandbox.state import Sandbox
    from tests.sandbox.world.delivery import Unit
    from tests.sandbox.world.hierarchy import AdAccount
    from tests.sandbox.world.orders import Order
    from tests.sandbox.world.parts import Dimension
    from tests.sandbox.world.world import World

Keys = tuple[tuple[str, object], ...]
ENTITIES: dict[str, Callable[[Unit], dict[str, object]]] = {
    "account": lambda _: {},
    "campaign": lambda unit: {"campaign_id": unit.campaign.campaign_id},
    "ad": lambda unit: {
        "campaign_id": unit.campaign.campaign_id,
        "ad_id": unit.ad.ad_id if unit.ad else None,
    },
}


def routes(sandbox: Sandbox) -> list[Route]:
    def delivery(request: Request) -> JSONResponse:
        return JSONResponse(
            [
                row
                for account in _accounts(request, sandbox.world)
                for row in delivered(
                    sandbox.world, account, as_of=_as_of(request, sandbox), **_asked(request)
                )
            ]
        )

    def conversions(request: Request) -> JSONResponse:
        return JSONResponse(_claimed(request, sandbox))

    def parts(request: Request) -> JSONResponse:
        return JSONResponse(_parts(request, sandbox))

    def accounts(_: Request) -> JSONResponse:
        found = (*sandbox.world.google_ads, *sandbox.world.facebook_ads)
        shown = ("platform", "account_id", "name", "currency", "time_zone", "readable")
        return JSONResponse([{name: getattr(one, name) for name in shown} for one in found])

    def orders(request: Request) -> JSONResponse:
        asked = _asked(request)
        found = sandbox.world.orders(asked["start"], asked["end"])
        return JSONResponse([_order_row(order) for order in found])

    def sessions(request: Request) -> JSONResponse:
        asked = _asked(request)
        found = _sessions(sandbox.world, _as_of(request, sandbox), asked)
        return JSONResponse(_by_campaign(found, asked, ("sessions", "engaged_sessions")))

    def key_events(request: Request) -> JSONResponse:
        asked = _asked(request)
        found = _key_events(sandbox.world, _as_of(request, sandbox), asked)
        return JSONResponse(_by_campaign(found, asked, ("key_events", "value_cents")))

    return [
        *_books_and_surveys(sandbox),
        *_adobe_routes(sandbox),
        Route("/truth/google_analytics/sessions", sessions),
        Route("/truth/google_analytics/key_events", key_events),
        Route("/truth/accounts", accounts),
        Route("/truth/orders", orders),
        Route("/truth/{platform}/delivery", delivery),
        Route("/truth/{platform}/parts", parts),
        Route("/truth/{platform}/conversions", conversions),
    ]


def _parts(request: Request, sandbox: Sandbox) -> list[dict[str, object]]:
    """Delivery by campaign, day and part of `dimension`, under the world's own names of parts."""
    asked, as_of = _asked(request), _as_of(request, sandbox)
    dimension: Dimension = request.query_params["dimension"]  # type: ignore[assignment]
    days = [
        asked["start"] + timedelta(days=offset)
        for offset in range((asked["end"] - asked["start"]).days)
    ]
    sums: dict[Keys, list[int]] = defaultdict(lambda: [0, 0, 0])
    for account, day in product(_accounts(request, sandbox.world), days):
        for unit, part, cell in parted(sandbox.world, account, dimension, day, as_of=as_of):
            keys = {
                "account_id": account.account_id,
                "campaign_id": unit.campaign.campaign_id,
                "day": day.isoformat(),
                "part": part,
            }
            total = sums[tuple(keys.items())]
            for position, amount in enumerate((cell.impressions, cell.clicks, cell.cost_micros)):
                total[position] += amount
    names = ("impressions", "clicks", "cost_micros")
    return [{**dict(keys), **dict(zip(names, total, strict=True))} for keys, total in sums.items()]


def _books_and_surveys(sandbox: Sandbox) -> list[Route]:
    def booked(request: Request) -> JSONResponse:
        asked = _asked(request)
        as_of = _as_of(request, sandbox)
        return JSONResponse(list(ledger.booked(sandbox.world, asked["start"], asked["end"], as_of)))

    def survey_months(request: Request) -> JSONResponse:
        asked, as_of = _asked(request), _as_of(request, sandbox)
        return JSONResponse(
            list(surveys.months(sandbox.world, asked["start"], asked["end"], as_of))
        )

    return [
        Route("/truth/ledger/orders", booked),
        Route("/truth/surveys/months", survey_months),
    ]


def _adobe_routes(sandbox: Sandbox) -> list[Route]:
    def tagged_visits(request: Request) -> JSONResponse:
        asked = _asked(request)
        found = adobe_analytics.visits(sandbox.world, _as_of(request, sandbox), asked)
        return JSONResponse(_by_campaign(found, asked, ("visits", "late_visits")))

    def tagged_orders(request: Request) -> JSONResponse:
        asked = _asked(request)
        found = adobe_analytics.orders(sandbox.world, _as_of(request, sandbox), asked)
        return JSONResponse(_by_campaign(found, asked, ("orders", "value_cents")))

    return [
        Route("/truth/adobe_analytics/visits", tagged_visits),
        Route("/truth/adobe_analytics/orders", tagged_orders),
    ]


def _claimed(request: Request, sandbox: Sandbox) -> list[dict[str, object]]:
    claims_of = {"google_ads": _google_claims, "facebook_ads": _facebook_claims}
    claims = claims_of[request.path_params["platform"]]
    asked, as_of = _asked(request), _as_of(request, sandbox)
    return [
        row
        for account in _accounts(request, sandbox.world)
        for row in _summed(
            account,
            claims(sandbox.world, account, asked["start"], asked["end"], as_of, asked["by"]),
        )
    ]


def _order_row(order: Order) -> dict[str, object]:
    return {
        "order_id": order.order_id,
        "ordered_at": order.ordered_at.isoformat(),
        "event": order.event,
        "value_cents": order.value_cents,
        "client_id": order.client_id,
        "consent": order.consent,
        "repeat_of": order.repeat_of,
        "touches": [
            {
                "platform": touch.platform,
                "account_id": touch.account_id,
                "campaign_id": touch.unit.campaign.campaign_id,
                "kind": touch.kind,
                "at": touch.at.isoformat(),
            }
            for touch in order.touches
        ],
    }


def delivered(
    world: World,
    account: AdAccount,
    *,
    start: date,
    end: date,
    by: str,
    time_zone: str,
    as_of: datetime,
) -> Iterator[dict[str, object]]:
    """Sums per account-local day, hour (its UTC start) or reporting day in `time_zone`."""
    entity, grain = by.split("_", 1)
    sums: dict[Keys, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    zone = ZoneInfo(time_zone)
    margin = timedelta(days=1 if grain == "reporting_day" else 0)
    day = start - margin
    while day < end + margin:
        shown = world.delivery(account, day, as_of=as_of)
        for index, unit in enumerate(shown.units):
            for column, (instant, _) in enumerate(shown.hours):
                local = instant.astimezone(zone).date() if grain == "reporting_day" else day
                if not shown.impressions[index, column] or not start <= local < end:
                    continue
                keys: dict[str, object] = {**ENTITIES[entity](unit), "day": local.isoformat()}
                if grain == "hour":
                    keys["utc_start"] = instant.isoformat()
                total = sums[tuple(keys.items())]
                total[0] += int(shown.impressions[index, column])
                total[1] += int(shown.clicks[index, column])
                total[2] += int(shown.other_clicks[index, column])
                total[3] += int(shown.cost_micros[index, column])
        day += timedelta(days=1)
    names = ("impressions", "clicks", "other_clicks", "cost_micros")
    for found, total in sums.items():
        yield {
            "account_id": account.account_id,
            **dict(found),
            **dict(zip(names, total, strict=True)),
        }


def _google_claims(
    world: World, account: AdAccount, start: date, end: date, as_of: datetime, by: str
) -> Iterator[tuple[Keys, str, float, float]]:
    """Primary conversions on the day of the interaction."""
    for claim in google_ads.claims(world, account, start, end, as_of):
        day = account.local_day(claim.interacted_at)
        if claim.action.primary and start <= day < end:
            keys = {**ENTITIES[by.split("_", maxsplit=1)[0]](claim.unit), "day": day.isoformat()}
            way = "view_through" if claim.view_through else "click_through"
            yield tuple(keys.items()), way, claim.credit, claim.value


def _facebook_claims(
    world: World, account: AdAccount, start: date, end: date, as_of: datetime, by: str
) -> Iterator[tuple[Keys, str, float, float]]:
    """By Meta's default windows, 7-day click and 1-day view, whatever an ad set has chosen."""
    minor = account.minor_unit_micros / 1_000_000
    for claim in facebook_ads.claims(world, account, start, end, as_of):
        if claim.windows & {"7d_click", "1d_view"}:
            entity = ENTITIES[by.split("_", maxsplit=1)[0]](claim.unit)
            keys = {**entity, "day": claim.day.isoformat()}
            way = "click_through" if "7d_click" in claim.windows else "view_through"
            yield tuple(keys.items()), way, 1.0, claim.value_minor * minor


def _summed(
    account: AdAccount, claims: Iterator[tuple[Keys, str, float, float]]
) -> Iterator[dict[str, object]]:
    sums: dict[Keys, dict[str, float]] = defaultdict(
        lambda: {
            "click_through": 0.0,
            "view_through": 0.0,
            "click_through_value": 0.0,
            "view_through_value": 0.0,
        }
    )
    for keys, way, count, value in claims:
        sums[keys][way] += count
        sums[keys][f"{way}_value"] += value
    for keys, total in sums.items():
        yield {"account_id": account.account_id, **dict(keys), **total}


def _sessions(
    world: World, as_of: datetime, asked: dict[str, Any]
) -> Iterator[tuple[dict[str, str], int, int]]:
    """Visits by what brought them; no platform and no campaign if no ad did."""
    zone, delay = ZoneInfo(asked["time_zone"]), timedelta(hours=5)
    length = (asked["end"] - asked["start"]).days
    days = [asked["start"] + timedelta(days=offset) for offset in range(-1, length + 1)]
    for account, day in product((*world.google_ads, *world.facebook_ads), days):
        visits = web.visits(world.seed, account, day)
        for (index, column), count in np.ndenumerate(visits.sessions):
            at = visits.hours[column][0]
            if count and at + delay <= as_of:
                keys = {
                    "platform": account.platform,
                    "campaign_id": visits.units[index].campaign.campaign_id,
                    "day": at.astimezone(zone).date().isoformat(),
                }
                yield keys, int(count), int(visits.engaged[index, column])
    for day in days:
        for seen in web.unpaid_visits(world, day):
            if seen.at + delay <= as_of:
                local = seen.at.astimezone(zone).date().isoformat()
                keys = {"platform": "", "campaign_id": "", "day": local}
                yield keys, seen.sessions, seen.engaged


def _key_events(
    world: World, as_of: datetime, asked: dict[str, Any]
) -> Iterator[tuple[dict[str, str], int, int]]:
    """Orders with consent by their last click; a lead once a session, none from Meta's forms."""
    zone, margin = ZoneInfo(asked["time_zone"]), timedelta(days=1)
    for order in world.orders(asked["start"] - margin, asked["end"] + margin):
        clicks = sorted(
            (touch.at, touch.platform, touch.unit.campaign.campaign_id)
            for touch in order.touches
            if touch.kind == "click" and touch.at <= order.ordered_at
        )
        _, platform, campaign_id = clicks[-1] if clicks else (None, "", "")
        lead = order.event == "lead"
        unseen = lead and (platform == "facebook_ads" or order.repeat_of is not None)
        if order.consent and not unseen and order.ordered_at + timedelta(hours=4) <= as_of:
            keys = {
                "platform": platform,
                "campaign_id": campaign_id,
                "day": order.ordered_at.astimezone(zone).date().isoformat(),
                "event": order.event,
            }
            yield keys, 1, 0 if lead else order.value_cents


def _by_campaign(
    found: Iterator[tuple[dict[str, str], int, int]], asked: dict[str, Any], names: tuple[str, str]
) -> list[dict[str, object]]:
    sums: dict[Keys, list[int]] = defaultdict(lambda: [0, 0])
    for keys, first, second in found:
        if not asked["start"].isoformat() <= keys["day"] < asked["end"].isoformat():
            continue
        total = sums[tuple(keys.items())]
        total[0] += first
        total[1] += second
    return [{**dict(keys), **dict(zip(names, total, strict=True))} for keys, total in sums.items()]


def _asked(request: Request) -> dict[str, Any]:
    query = request.query_params
    return {
        "start": date.fromisoformat(query["start"]),
        "end": date.fromisoformat(query["end"]),
        "by": query.get("by", "account_day"),
        "time_zone": query.get("time_zone", "UTC"),
    }


def _as_of(request: Request, sandbox: Sandbox) -> datetime:
    asked = request.query_params.get("as_of")
    return datetime.fromisoformat(asked) if asked else sandbox.as_of


def _accounts(request: Request, world: World) -> list[AdAccount]:
    wanted = request.query_params.get("account_id")
    found = world.accounts(request.path_params["platform"])
    return [one for one in found if one.readable and wanted in {None, one.account_id}]
