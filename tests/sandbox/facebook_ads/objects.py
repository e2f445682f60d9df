"""Meta's objects: ad accounts, campaigns, ad sets, ads.

Belongs here: their fields. Does not: insights (view.py), paging (routes.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sandbox.facebook_ads.attribution import chosen_windows
from tests.sandbox.facebook_ads.view import OBJECTIVES

if TYPE_CHECKING:
    from datetime import date

    from tests.sandbox.world.hierarchy import Ad, AdAccount, Campaign

Row = dict[str, object]
BUSINESS_ID = "3000000000000001"
BUSINESS = {"id": BUSINESS_ID, "name": "Aurora Retail"}


def ad_account(account: AdAccount) -> Row:
    return {
        "id": f"act_{account.account_id}",
        "account_id": account.account_id,
        "name": account.name,
        "currency": account.currency,
        "timezone_name": account.time_zone,
        "account_status": 1,
        "business": BUSINESS,
    }


def edge(account: AdAccount, name: str, today: date) -> list[Row]:
    """What is not deleted: an edge leaves deleted objects out unless it is asked for them."""
    found: list[Row] = []
    for campaign in account.campaigns(today):
        if campaign.removed_at(today):
            continue
        status = "ACTIVE" if campaign.delivers_on(today) else "PAUSED"
        if name == "campaigns":
            found.append(_campaign(campaign, status, today))
        for group in campaign.ad_groups:
            if name == "adsets":
                found.append(
                    {
                        "id": group.ad_group_id,
                        "name": group.name,
                        "campaign_id": campaign.campaign_id,
                        "status": "ACTIVE",
                        "effective_status": status,
                        "optimization_goal": _goal(campaign),
                        "billing_event": "IMPRESSIONS",
                        "attribution_spec": [
                            {"event_type": kind, "window_days": days}
                            for kind, days in chosen_windows(account).items()
                        ],
                    }
                )
            if name == "ads":
                found.extend(
                    {
                        "id": ad.ad_id,
                        "name": ad.name,
                        "adset_id": group.ad_group_id,
                        "campaign_id": campaign.campaign_id,
                        "status": "ACTIVE",
                        "effective_status": status,
                        "creative": _creative(ad, moving=position == 1),
                    }
                    for position, ad in enumerate(group.ads)
                )
    return found


def _creative(ad: Ad, *, moving: bool) -> Row:
    """A picture's link stands in another place than that of a video."""
    link = f"https://shop.example/social?utm_content={{{{ad.id}}}}&v={ad.ad_id[-1]}"
    story: Row = {"link_data": {"link": link, "message": "New season"}}
    if moving:
        call = {"type": "SHOP_NOW", "value": {"link": "https://shop.example/film"}}
        story = {"video_data": {"video_id": "1", "call_to_action": call}}
    return {
        "id": f"9{ad.ad_id}",
        "name": f"{ad.name} creative",
        "url_tags": _url_tags(ad),
        "object_story_spec": {"page_id": "4000000000000001", **story},
    }


def _campaign(campaign: Campaign, status: str, today: date) -> Row:
    return {
        "id": campaign.campaign_id,
        "name": campaign.name_at(today),
        "objective": OBJECTIVES[campaign.event],
        "status": status,
        "effective_status": status,
        "buying_type": "AUCTION",
        "created_time": f"{campaign.starts}T00:00:00+0000",
    }


def _url_tags(ad: Ad) -> str:
    if not ad.utm_campaign:
        return ""
    tags = f"utm_source=facebook&utm_medium=paid_social&utm_campaign={ad.utm_campaign}"
    return f"{tags}&utm_id={ad.utm_id}" if ad.utm_id else tags


def _goal(campaign: Campaign) -> str:
    return "LEAD_GENERATION" if campaign.event == "lead" else "OFFSITE_CONVERSIONS"
