"""What goes wrong between the platform and the product, written against the data.

Belongs here: defects of a built candidate, by class. Does not: defects that the platform itself
delivers, which every model then carries on (platform_defects); any policy. One thing: a list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.benchmarks.spoiling import (
    ALIGNED,
    CLAIMS,
    DELIVERY,
    MEASURES,
    SPEND,
    TABLE,
    Spoiling,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Defect:
    """`listed` says that it is among those that everybody knows; the others are our own."""

    name: str
    family: str
    spoil: Callable[[Spoiling], None]
    listed: bool = True


def _replayed(s: Spoiling, where: str, ago: int) -> None:
    """Figures of some days before in place of the day's own."""
    names = ", ".join(f"{name} = earlier.{name}" for name in MEASURES)
    s.run(
        f"update {TABLE} as spoiled set {names} from (select * from {TABLE}) as earlier"
        " where spoiled.platform = earlier.platform and spoiled.account_id = earlier.account_id"
        " and spoiled.campaign_id = earlier.campaign_id"
        f" and earlier.reporting_day = spoiled.reporting_day - {ago}"
        f" and spoiled.{where.replace(' and ', ' and spoiled.')}"
    )


def _shifted(s: Spoiling, where: str, share: float) -> None:
    """A part of each day's figures is told of the day after."""
    names = ", ".join(
        f"{name} = round({1 - share} * spoiled.{name} + {share} * coalesce(earlier.{name}, 0))"
        for name in DELIVERY
    )
    s.run(
        f"update {TABLE} as spoiled set {names} from (select * from {TABLE}) as earlier"
        " where spoiled.platform = earlier.platform and spoiled.account_id = earlier.account_id"
        " and spoiled.campaign_id = earlier.campaign_id"
        " and earlier.reporting_day = spoiled.reporting_day - 1"
        f" and spoiled.{where.replace(' and ', ' and spoiled.')}"
    )


def _moved_days(s: Spoiling, days: int, where: str) -> None:
    """Every row of some one is told of another day; both ends stay one row a day."""
    s.update(f"reporting_day = cast(reporting_day + {days} as date)", where)


def _stale(s: Spoiling) -> None:
    """The last days as they were published yesterday, under today's instant."""
    names = ", ".join(f"{name} = old.{name}" for name in MEASURES)
    s.run(
        f"update {TABLE} as spoiled set {names} from read_parquet({s.published}) as old"
        " where spoiled.platform = old.platform and spoiled.account_id = old.account_id"
        " and spoiled.campaign_id = old.campaign_id"
        " and spoiled.reporting_day = old.reporting_day"
        f" and spoiled.reporting_day > (select max(reporting_day) - 5 from"
        f" read_parquet({s.published}))"
    )


def _not_refreshed(s: Spoiling) -> None:
    s.run(f"create or replace table {TABLE} as select * from read_parquet({s.published})")


def _half_the_campaigns(s: Spoiling, share: float) -> None:
    found = s.rows(
        f"select distinct platform, account_id, campaign_id from {TABLE} where {s.on_day()}"
        " and spend_account_micros > 0 order by all"
    )
    s.rng.shuffle(found)
    for one in found[max(1, int(len(found) * share)) :]:
        s.delete(f"{s.of_account(one)} and campaign_id = '{one['campaign_id']}' and {s.on_day()}")


def _page_limit(s: Spoiling) -> None:
    """A page holds half of the day's rows, and nobody asked for the next."""
    s.run(
        f"delete from {TABLE} where {s.on_day()} and (platform, account_id, campaign_id) in"
        f" (select (platform, account_id, campaign_id) from {TABLE} where {s.on_day()}"
        " order by platform desc, account_id desc, campaign_id desc limit"
        f" (select count(*) // 2 from {TABLE} where {s.on_day()}))"
    )


def _test_account(s: Spoiling) -> None:
    s.insert("'9999999999' as account_id, 'TEST do not use' as account_name", s.of_account())


def _mojibake(text: str) -> str:
    return text.encode().decode("latin-1")


def _renamed(s: Spoiling, new: Callable[[str], str], where: str) -> None:
    for row in s.rows(f"select distinct campaign_name from {TABLE} where {where}"):
        old = row["campaign_name"]
        if old is not None:
            s.connection.execute(
                f"update {TABLE} set campaign_name = ? where campaign_name = ? and {where}",
                [new(old), old],
            )


def _swapped_day_and_month(s: Spoiling) -> None:
    s.update(
        "reporting_day = make_date(year(reporting_day), day(reporting_day), month(reporting_day))",
        f"{s.of_account()} and day(reporting_day) <= 12",
    )


def _swapped_accounts(s: Spoiling) -> None:
    a, b = s.account["account_id"], s.other["account_id"]
    s.update(
        f"account_id = case account_id when '{a}' then '{b}' else '{a}' end",
        f"platform = '{s.account['platform']}' and account_id in ('{a}', '{b}')",
    )


def _permuted(s: Spoiling) -> None:
    """The campaigns of an account exchange their day: every total stays."""
    found = s.rows(
        f"select campaign_id, {', '.join(DELIVERY)} from {TABLE}"
        f" where {s.of_account()} and {s.on_day()} and not is_residual order by campaign_id"
    )
    for taker, giver in zip(found, [*found[1:], found[0]], strict=True):
        s.update(
            ", ".join(f"{name} = {giver[name] or 0}" for name in DELIVERY),
            f"{s.of_account()} and {s.on_day()} and campaign_id = '{taker['campaign_id']}'",
        )


def _declining(s: Spoiling) -> None:
    s.update(
        ", ".join(
            f"{name} = {name} * greatest(0.2, 1 - 0.035 *"
            f" greatest(0, 25 - date_diff('day', reporting_day, date '{s.day}')))"
            for name in (*CLAIMS, *ALIGNED)
        ),
        f"platform = '{s.account['platform']}'",
    )


def _reach_summed(s: Spoiling) -> None:
    s.update(
        "reach = {'estimate': (select sum(reach.estimate)::bigint from " + TABLE + "),"
        " 'holds_for': 'account and month'}",
        f"reach is not null and {s.on_day()}",
    )


def _retyped(s: Spoiling, column: str, kind: str) -> None:
    s.run(f"alter table {TABLE} alter column {column} type {kind}")


DUPLICATION = (
    Defect("exact duplicate rows", "duplication", lambda s: s.insert("", s.of_account())),
    Defect(
        "restatement appended instead of replaced",
        "duplication",
        lambda s: s.insert(
            "round(spend_account_micros * 1.02)::bigint as spend_account_micros",
            f"{s.of_account()} and {s.last_days(3)}",
        ),
    ),
    Defect(
        "manager account relinked: campaigns under two accounts",
        "duplication",
        lambda s: s.insert(
            f"'{s.other['account_id']}' as account_id, '{s.other['account_name']}' as account_name",
            f"{s.of_account()} and not is_residual",
        ),
    ),
    Defect(
        "join fan-out doubles metrics", "duplication", lambda s: s.scale(MEASURES, 2, s.on_day())
    ),
)
COMPLETENESS = (
    Defect("missing day", "completeness", lambda s: s.delete(s.on_day())),
    Defect(
        "one account's day missing",
        "completeness",
        lambda s: s.delete(f"{s.of_account()} and {s.on_day()}"),
    ),
    Defect("middle day missing in reload window", "completeness", lambda s: s.delete(s.on_day(3))),
    Defect("60 % of campaigns only", "completeness", lambda s: _half_the_campaigns(s, 0.6)),
    Defect(
        "intraday snapshot taken as final",
        "completeness",
        lambda s: s.scale(MEASURES, 0.42, s.on_day()),
    ),
    Defect("page-limit truncation", "completeness", _page_limit),
    Defect(
        "removed campaigns filtered out by the API",
        "completeness",
        lambda s: s.delete(s.of_campaign()),
    ),
    Defect("empty load", "completeness", lambda s: s.delete("true")),
)
UNIT = (
    Defect("micros for units, all history", "unit", lambda s: s.scale(SPEND, 1e6)),
    Defect(
        "micros for one account-day",
        "unit",
        lambda s: s.scale(SPEND, 1e6, f"{s.of_account()} and {s.on_day()}"),
    ),
    Defect("cents for units", "unit", lambda s: s.scale(SPEND, 100, s.on_day())),
    Defect(
        "spend rounded",
        "unit",
        lambda s: s.update(
            ", ".join(f"{name} = cast(round({name} / 1e6) * 1000000 as bigint)" for name in SPEND),
            s.on_day(),
        ),
    ),
    Defect(
        "int32 clip",
        "unit",
        lambda s: s.update(
            ", ".join(
                f"{name} = least({name}, case when (select max({name}) from {TABLE}) > 2147483647"
                f" then 2147483647 else (select quantile_disc({name}, 0.9) from {TABLE}) end)"
                for name in SPEND
            )
        ),
    ),
)
CURRENCY = (
    Defect(
        "currency label flipped",
        "currency",
        lambda s: s.update("account_currency = 'EUR'", s.of_account(s.foreign)),
    ),
    Defect(
        "value converted, label kept",
        "currency",
        lambda s: s.update(
            "spend_account_micros = spend_reporting_micros",
            f"{s.of_account(s.foreign)} and {s.on_day()}",
        ),
    ),
    Defect(
        "currency in lower case",
        "currency",
        lambda s: s.update("account_currency = lower(account_currency)"),
    ),
    Defect(
        "exchange rate 1 applied",
        "currency",
        lambda s: s.update(
            "fx_rate = 1, spend_reporting_micros = spend_account_micros,"
            " claimed_value_click_through_reporting_micros ="
            " claimed_value_click_through_account_micros",
            s.of_account(s.foreign),
        ),
    ),
    Defect(
        "exchange rate stale by 3 %",
        "currency",
        lambda s: s.update(
            "fx_rate = (fx_rate * 1.03)::decimal(20, 12), "
            + ", ".join(
                f"{name} = round({name} * 1.03)::bigint"
                for name in (
                    "spend_reporting_micros",
                    "claimed_value_click_through_reporting_micros",
                    "claimed_purchase_value_reporting_micros",
                    "aligned_purchase_value_reporting_micros",
                )
            ),
            f"{s.of_account(s.foreign)} and {s.on_day()}",
        ),
    ),
)
SEMANTIC = (
    Defect(
        "sign flip",
        "semantic",
        lambda s: s.scale(SPEND, -1, f"{s.of_account()} and {s.on_day()}"),
    ),
    Defect(
        "clicks and impressions swapped",
        "semantic",
        lambda s: s.update(
            "impressions = clicks_destination, clicks_destination = impressions",
            f"{s.of_account()} and {s.on_day()}",
        ),
    ),
    Defect(
        "conversions and value swapped",
        "semantic",
        lambda s: s.update(
            "claimed_conversions_click_through ="
            " claimed_value_click_through_account_micros / 1e6,"
            " claimed_value_click_through_account_micros ="
            " cast(claimed_conversions_click_through * 1e6 as bigint)",
            s.last_days(4),
        ),
    ),
    Defect(
        "spend without impressions",
        "semantic",
        lambda s: s.update("impressions = 0", f"{s.of_account()} and {s.on_day()}"),
    ),
    Defect(
        "pixel outage: conversions 0 for one source",
        "semantic",
        lambda s: s.scale(
            (*CLAIMS, *ALIGNED), 0, f"platform = '{s.account['platform']}' and {s.last_days(2)}"
        ),
    ),
    Defect(
        "attribution window changed (+60 %)",
        "semantic",
        lambda s: s.scale(
            CLAIMS, 1.6, f"platform = '{s.account['platform']}' and {s.last_days(7)}"
        ),
    ),
    Defect(
        "one campaign x50",
        "semantic",
        lambda s: s.scale(MEASURES, 50, f"{s.of_campaign()} and {s.on_day()}"),
    ),
    Defect(
        "sampled report scaled",
        "semantic",
        lambda s: s.update(
            ", ".join(f"{name} = cast(round({name} / 10.0) * 10 as bigint)" for name in DELIVERY),
            s.on_day(),
        ),
    ),
)
TIME = (
    Defect("time-zone shift of 6 hours", "time", lambda s: _shifted(s, s.of_account(), 0.25)),
    Defect(
        "day labelled tomorrow",
        "time",
        lambda s: _moved_days(s, 1, f"{s.of_account()} and {s.on_day()}"),
    ),
    Defect("day and month swapped", "time", _swapped_day_and_month),
    Defect("yesterday replayed as today", "time", lambda s: _replayed(s, s.on_day(), 1)),
    Defect("load not refreshed", "time", _not_refreshed),
    Defect(
        "loaded_at in the future",
        "time",
        lambda s: s.update("pulled_at = pulled_at + interval 2 days"),
    ),
)
RESTATEMENT = (
    Defect("stale (cached) restatement", "restatement", _stale),
    Defect(
        "restated conversions lost",
        "restatement",
        lambda s: s.scale(
            (*CLAIMS, *ALIGNED),
            0.5,
            f"reporting_day > date '{s.day}' - 5 and reporting_day < date '{s.day}'",
        ),
    ),
    Defect(
        "closed period rewritten",
        "restatement",
        lambda s: s.scale(SPEND, 1.1, f"reporting_day < date '{s.day}' - 20"),
    ),
)
IDENTITY = (
    Defect(
        "orphan campaign",
        "identity",
        lambda s: s.update("campaign_id = '77777777777'", f"{s.of_campaign()} and {s.on_day()}"),
    ),
    Defect("null key", "identity", lambda s: s.update("campaign_id = null", s.of_campaign())),
    Defect(
        "whitespace in key",
        "identity",
        lambda s: s.update("campaign_id = campaign_id || ' '", s.of_campaign()),
    ),
    Defect(
        "id precision lost",
        "identity",
        lambda s: s.update(
            "campaign_id = substr(campaign_id, 1, length(campaign_id) - 3) || '000'",
            f"{s.of_account()} and not is_residual",
        ),
    ),
    Defect("test account included", "identity", _test_account),
    Defect(
        "campaign moved to wrong account",
        "identity",
        lambda s: s.update(
            f"account_id = '{s.other['account_id']}', account_name = '{s.other['account_name']}'",
            s.of_campaign(),
        ),
    ),
)
SCHEMA = (
    Defect("column dropped", "schema", lambda s: s.run(f"alter table {TABLE} drop column ctr")),
    Defect(
        "column added", "schema", lambda s: s.run(f"alter table {TABLE} add column more integer")
    ),
    Defect("spend became text", "schema", lambda s: _retyped(s, "spend_account_micros", "varchar")),
    Defect(
        "enum drift",
        "schema",
        lambda s: s.update(
            "delivery_state = 'Reported'", f"{s.on_day()} and delivery_state = 'reported'"
        ),
    ),
    Defect(
        "null spike",
        "schema",
        lambda s: s.update("impressions = null", f"{s.on_day()} and hash(campaign_id) % 3 = 0"),
    ),
)
TEXT = (
    Defect(
        "names truncated",
        "text",
        lambda s: _renamed(s, lambda name: name[:8], "campaign_name <> ''"),
    ),
    Defect(
        "mojibake",
        "text",
        lambda s: _renamed(s, lambda name: _mojibake(f"{name} für Käufer"), s.of_campaign()),
    ),
)
PRIVACY = (
    Defect(
        "e-mail in utm",
        "privacy",
        lambda s: _renamed(s, lambda name: f"{name} anna.doe@example.com", s.of_campaign()),
    ),
    Defect(
        "URL-encoded e-mail",
        "privacy",
        lambda s: _renamed(s, lambda name: f"{name} ?e=anna%2540example.com", s.of_campaign()),
    ),
    Defect(
        "phone in campaign name",
        "privacy",
        lambda s: _renamed(s, lambda name: f"{name} +49 170 1234567", s.of_campaign()),
    ),
    Defect(
        "hashed e-mail in URL",
        "privacy",
        lambda s: _renamed(
            s,
            lambda name: f"{name} https://shop.example/?em=5d41402abc4b2a76b9719d911017c592",
            s.of_campaign(),
        ),
    ),
)
DRIFT = (Defect("slow conversion decline", "drift", _declining),)

LISTED = (
    *DUPLICATION,
    *COMPLETENESS,
    *UNIT,
    *CURRENCY,
    *SEMANTIC,
    *TIME,
    *RESTATEMENT,
    *IDENTITY,
    *SCHEMA,
    *TEXT,
    *PRIVACY,
    *DRIFT,
)


def _more(name: str, family: str, spoil: Callable[[Spoiling], None]) -> Defect:
    return Defect(name, family, spoil, listed=False)


UNLISTED = (
    _more(
        "one campaign in another currency",
        "currency",
        lambda s: s.update(
            "account_currency = case account_currency when 'USD' then 'CHF' else 'USD' end",
            s.of_campaign(),
        ),
    ),
    _more(
        "reporting currency relabelled",
        "currency",
        lambda s: s.update("reporting_currency = 'USD'", s.on_day()),
    ),
    _more(
        "reporting and account spend swapped",
        "currency",
        lambda s: s.update(
            "spend_account_micros = spend_reporting_micros,"
            " spend_reporting_micros = spend_account_micros",
            s.of_account(s.foreign),
        ),
    ),
    _more(
        "rate published after the day it is for",
        "currency",
        lambda s: s.update(
            "fx_published_on = cast(reporting_day + 1 as date)", s.of_account(s.foreign)
        ),
    ),
    _more(
        "account listed twice under a new id",
        "duplication",
        lambda s: s.insert("account_id || '1' as account_id", s.of_account()),
    ),
    _more(
        "not a number",
        "semantic",
        lambda s: s.update("claimed_conversions_click_through = 'nan'::double", s.of_campaign()),
    ),
    _more(
        "infinite ratio",
        "semantic",
        lambda s: s.update(
            "cost_per_destination_click = 'inf'::double", f"{s.of_campaign()} and {s.on_day()}"
        ),
    ),
    _more(
        "negative clicks after a correction",
        "semantic",
        lambda s: s.update("clicks_destination = -3", f"{s.of_campaign()} and {s.on_day()}"),
    ),
    _more(
        "rows of the far future",
        "time",
        lambda s: s.insert(
            "date '2099-01-01' as reporting_day", f"{s.of_campaign()} and {s.on_day()}"
        ),
    ),
    _more(
        "rows of 1970",
        "time",
        lambda s: s.insert(
            "date '1970-01-01' as reporting_day", f"{s.of_campaign()} and {s.on_day()}"
        ),
    ),
    _more("account ids swapped", "identity", _swapped_accounts),
    _more("account shifted by a day", "time", lambda s: _moved_days(s, -1, s.of_account())),
    _more(
        "micros in one column of value only",
        "unit",
        lambda s: s.update(
            "claimed_purchase_value_reporting_micros ="
            " claimed_purchase_value_reporting_micros // 1000000"
        ),
    ),
    _more(
        "one platform missing for a week in the middle",
        "completeness",
        lambda s: s.delete(
            f"platform = '{s.account['platform']}' and reporting_day > date '{s.day}' - 14"
            f" and reporting_day <= date '{s.day}' - 7"
        ),
    ),
    _more(
        "claimed copied into aligned",
        "semantic",
        lambda s: s.update("aligned_purchases = claimed_purchases_click_through"),
    ),
    _more("reach summed", "semantic", _reach_summed),
    _more("ratio in percent", "unit", lambda s: s.update("ctr = ctr * 100", s.on_day())),
    _more(
        "ratio averaged, not from sums",
        "semantic",
        lambda s: s.update(
            f"ctr = (select avg(ctr) from {TABLE} where {s.on_day()})",
            f"{s.on_day()} and ctr is not null",
        ),
    ),
    _more(
        "unfinished days called complete",
        "completeness",
        lambda s: s.update("is_complete = true, delivery_state = 'zero'", "not is_complete"),
    ),
    _more(
        "young days called final",
        "restatement",
        lambda s: s.update("is_final = true", s.last_days(3)),
    ),
    _more(
        "unknown figures turned into zero",
        "completeness",
        lambda s: s.update("clicks_all = 0", "clicks_all is null"),
    ),
    _more(
        "sessions doubled by a join",
        "duplication",
        lambda s: s.update("observed_sessions = observed_sessions * 2", s.last_days(3)),
    ),
    _more(
        "account's time zone label wrong",
        "time",
        lambda s: s.update("account_time_zone = 'UTC'", s.of_account()),
    ),
    _more(
        "account names exchanged",
        "text",
        lambda s: s.update(f"account_name = '{s.other['account_name']}'", s.of_account()),
    ),
    _more(
        "fractional conversions rounded",
        "unit",
        lambda s: s.update(
            "claimed_conversions_click_through = round(claimed_conversions_click_through)"
        ),
    ),
    _more(
        "platform written in another case",
        "schema",
        lambda s: s.update("platform = upper(platform)", s.of_account()),
    ),
    _more(
        "sandbox figures called real",
        "provenance",
        lambda s: s.update("sandbox = false"),
    ),
    _more("campaigns exchange their figures", "identity", _permuted),
    _more(
        "click and view conversions exchanged",
        "semantic",
        lambda s: s.update(
            "claimed_conversions_click_through = claimed_conversions_view_through,"
            " claimed_conversions_view_through = claimed_conversions_click_through",
            s.last_days(5),
        ),
    ),
    _more("one per cent of spend lost", "completeness", lambda s: s.scale(SPEND, 0.99, s.on_day())),
    _more(
        "names forgotten",
        "text",
        lambda s: s.update("campaign_name = null", "campaign_name is not null"),
    ),
    _more(
        "channel types exchanged",
        "semantic",
        lambda s: s.update("channel_type = 'OTHER'", s.of_campaign()),
    ),
    _more(
        "key in other letters that look alike",
        "identity",
        lambda s: s.update(
            "campaign_id = replace(replace(campaign_id, '0', chr(1086)), '1', 'l')", s.of_campaign()
        ),
    ),
    _more(
        "a token in a campaign's name",
        "privacy",
        lambda s: _renamed(
            s, lambda name: f"{name} ?access_token=EAABsbCS1iHgBAKZCZCZCX", s.of_campaign()
        ),
    ),
    _more(
        "an account number in a campaign's name",
        "privacy",
        lambda s: _renamed(s, lambda name: f"{name} DE89370400440532013000", s.of_campaign()),
    ),
    _more(
        "values as large as the type",
        "unit",
        lambda s: s.update(
            "impressions = 9223372036854775807", f"{s.of_campaign()} and {s.on_day()}"
        ),
    ),
    _more(
        "spend without a currency",
        "currency",
        lambda s: s.update("account_currency = ''", s.of_account()),
    ),
)
ALL = (*LISTED, *UNLISTED)
