"""Who advertises: accounts, campaigns, ad groups and ads, and how they change over time.

Belongs here: what exists at an instant. Does not: what it delivered (delivery.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

Platform = Literal["google_ads", "facebook_ads"]
Channel = Literal["search", "shopping", "performance_max", "video", "display", "social"]
Event = Literal["purchase", "lead"]

MINOR_UNIT_MICROS = {"JPY": 1_000_000, "EUR": 10_000, "USD": 10_000, "GBP": 10_000}
CHANNELS: dict[Platform, tuple[Channel, ...]] = {
    "google_ads": ("search", "performance_max", "display", "shopping", "video"),
    "facebook_ads": ("social",),
}
PLACES = (
    ("EUR", "Europe/Berlin"),
    ("JPY", "Asia/Tokyo"),
    ("USD", "America/New_York"),
    ("GBP", "America/Los_Angeles"),
)
MARKETS = ("DE", "FR", "US", "JP", "UK", "ES")


@dataclass(frozen=True)
class Ad:
    """Its address carries `utm_campaign` and `utm_id`; both are empty where nobody tagged it."""

    ad_id: str
    name: str
    utm_campaign: str
    utm_id: str


@dataclass(frozen=True)
class AdGroup:
    ad_group_id: str
    name: str
    ads: tuple[Ad, ...]


@dataclass(frozen=True)
class Campaign:
    """`runs` is what it does over time: always, a monthly promotion, or rotating weeks."""

    campaign_id: str
    base_name: str
    channel: Channel
    event: Event
    starts: date
    ends: date | None
    renamed_monthly: bool
    rotating: bool
    ad_groups: tuple[AdGroup, ...]

    @property
    def reports_ads(self) -> bool:
        """Performance Max has no ads in any report."""
        return self.channel != "performance_max"

    def delivers_on(self, day: date) -> bool:
        if day < self.starts or (self.ends is not None and day >= self.ends):
            return False
        return not (self.rotating and day.isocalendar().week % 2)

    def removed_at(self, day: date) -> bool:
        """A promotion is deleted the day after its last one."""
        return self.ends is not None and day > self.ends

    def name_at(self, day: date) -> str:
        if not self.renamed_monthly:
            return self.base_name
        renamed = day.replace(day=1) if day.day < 10 else day.replace(day=10)
        return f"{self.base_name} [{renamed:%Y-%m-%d}]"


@dataclass(frozen=True)
class AdAccount:
    platform: Platform
    account_id: str
    name: str
    currency: str
    time_zone: str
    readable: bool
    position: int
    campaigns_running: int
    volume: float

    @property
    def minor_unit_micros(self) -> int:
        return MINOR_UNIT_MICROS[self.currency]

    def pauses_on(self, day: date) -> bool:
        """Every second account rests a few days each month, so that days without rows exist."""
        return self.position % 2 == 1 and day.day in {12, 13}

    def hours(self, day: date) -> tuple[tuple[datetime, int], ...]:
        """(UTC instant, local hour) of each of the day's 23, 24 or 25 hours."""
        return _hours(self.time_zone, day)

    def local_day(self, instant: datetime) -> date:
        return instant.astimezone(ZoneInfo(self.time_zone)).date()

    def campaigns(self, day: date) -> tuple[Campaign, ...]:
        """Every campaign that exists or existed by `day`, the removed ones too."""
        lasting = [_lasting(self, index) for index in range(self.campaigns_running)]
        return (*lasting, *_promotions(self, day))


@lru_cache(maxsize=20_000)
def _hours(time_zone: str, day: date) -> tuple[tuple[datetime, int], ...]:
    zone = ZoneInfo(time_zone)
    start = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    after = day + timedelta(days=1)
    end = datetime(after.year, after.month, after.day, tzinfo=zone).astimezone(UTC)
    count = int((end - start) / timedelta(hours=1))
    instants = [start + timedelta(hours=hour) for hour in range(count)]
    return tuple((instant, instant.astimezone(zone).hour) for instant in instants)


def _lasting(account: AdAccount, index: int) -> Campaign:
    channels = CHANNELS[account.platform]
    channel = channels[index % len(channels)]
    market = MARKETS[(account.position + index) % len(MARKETS)]
    event: Event = "lead" if index % 3 == 2 else "purchase"
    return _campaign(
        account,
        number=index,
        name=f"{market} | {channel.replace('_', ' ').title()} | {event.title()} {index + 1}",
        channel=channel,
        event=event,
        runs=(date(2023, 1, 1), None),
        renamed_monthly=index == 1,
        rotating=index == 2,
    )


def _promotions(account: AdAccount, day: date) -> list[Campaign]:
    """One promotion a month from the 3rd to the 18th, for the last year before `day`."""
    months = [(day.year * 12 + day.month - 1 - back) for back in range(12, -1, -1)]
    found = []
    for month in months:
        first = date(month // 12, month % 12 + 1, 3)
        if first <= day:
            channel: Channel = "display" if account.platform == "google_ads" else "social"
            found.append(
                _campaign(
                    account,
                    number=1000 + month % 9000,
                    name=f"Promo {first:%Y-%m} <b>&</b> friends",
                    channel=channel,
                    event="purchase",
                    runs=(first, first + timedelta(days=15)),
                    renamed_monthly=False,
                    rotating=False,
                )
            )
    return found


def _campaign(
    account: AdAccount,
    *,
    number: int,
    name: str,
    channel: Channel,
    event: Event,
    runs: tuple[date, date | None],
    renamed_monthly: bool,
    rotating: bool,
) -> Campaign:
    base = (int(account.account_id) % 10**6) * 10**5 + number
    # The platforms number by themselves: an id of one is never an id of the other.
    campaign_id = f"3{base}" if account.platform == "google_ads" else f"1203{base}"
    utm_campaign, utm_id = _tags(account.platform, number, name=name, campaign_id=campaign_id)
    groups = tuple(
        AdGroup(
            ad_group_id=f"5{base}{group}",
            name=f"Group {group + 1}",
            ads=tuple(
                Ad(
                    ad_id=f"7{base}{group}{ad}",
                    name=f"Ad {group + 1}.{ad + 1}",
                    utm_campaign=utm_campaign,
                    utm_id=utm_id,
                )
                for ad in range(2)
            ),
        )
        for group in range(2)
    )
    return Campaign(
        campaign_id=campaign_id,
        base_name=name,
        channel=channel,
        event=event,
        starts=runs[0],
        ends=runs[1],
        renamed_monthly=renamed_monthly,
        rotating=rotating,
        ad_groups=groups,
    )


def _tags(platform: Platform, number: int, *, name: str, campaign_id: str) -> tuple[str, str]:
    """(utm_campaign, utm_id) of a campaign's ads.

    On Meta every fifth campaign was forgotten, and every third of the others carries its id.
    """
    if platform == "facebook_ads" and number % 5 == 4:
        return "", ""
    utm_campaign = name.lower().replace(" ", "-").replace("|", "").replace("<b>&</b>", "and")
    with_id = platform == "facebook_ads" and number % 3 == 0
    return utm_campaign, campaign_id if with_id else ""


def accounts(
    platform: Platform, *, readable: int, unreadable: int, campaigns: int, volume: float
) -> tuple[AdAccount, ...]:
    """`volume` scales impressions: 1.0 is about a thousand clicks an account and day."""
    shift = 0 if platform == "google_ads" else 1
    first_id = 1_000_000_001 if platform == "google_ads" else 2_000_000_000_000_001
    label = "Search & Video" if platform == "google_ads" else "Social"
    found = []
    for position in range(readable + unreadable):
        currency, time_zone = PLACES[(position + shift) % len(PLACES)]
        found.append(
            AdAccount(
                platform=platform,
                account_id=str(first_id + position),
                name=f"Aurora {label} {time_zone.rsplit('/', 1)[-1]} {position + 1}",
                currency=currency,
                time_zone=time_zone,
                readable=position < readable,
                position=position,
                campaigns_running=campaigns,
                volume=volume,
            )
        )
    return tuple(found)
