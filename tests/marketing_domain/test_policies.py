"""Marketing's own policies: what they are for, and that they only add to the mesh's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from marketing_domain.policies import MARKETING, OWNED_BY
from shared_policies.governance.policies.mesh_pack import MESH
from shared_policies.governance.policies.pack import Pack
from shared_policies.governance.policies.verdicts import Outcome
from tests.shared_policies.governance.policies.small_product import TABLE, build, contract

if TYPE_CHECKING:
    from pathlib import Path

    from shared_policies.governance.policies.verdicts import Verdict


def verdict_on(figures: str, folder: Path) -> Verdict:
    """Of MKT-01, where every row has this `platform` and `clicks_all`."""
    (folder / "whole").mkdir()
    spoiled = build(folder / "whole").spoiled(
        f"create or replace table {TABLE} as select *, {figures} from {TABLE}",  # noqa: S608
        folder,
    )
    promise = contract()
    by_name = {one.name: one for one in promise.columns}
    text, count = by_name["account_id"], by_name["clicks"]
    added = (
        replace(text, name="platform", key_position=None, pattern=None),
        replace(count, name="clicks_all", required=False),
    )
    whole = replace(promise, columns=(*promise.columns, *added), rules=())
    alone = Pack((MARKETING.policy("MKT-01"),))
    (verdict,) = spoiled.audited(alone, promise=whole).verdicts
    return verdict


@pytest.mark.parametrize(
    ("figures", "outcome"),
    [
        ("'facebook_ads' as platform, 5::bigint as clicks_all", Outcome.PASS),
        ("'google_ads' as platform, null::bigint as clicks_all", Outcome.PASS),
        ("'google_ads' as platform, 0::bigint as clicks_all", Outcome.FAIL),
    ],
)
def test_a_figure_that_one_platform_has_alone_is_empty_for_the_others(
    figures: str, outcome: Outcome, tmp_path: Path
):
    assert OWNED_BY["clicks_all"] == "facebook_ads"
    verdict = verdict_on(figures, tmp_path)
    assert verdict.outcome is outcome, verdict


def test_marketing_only_adds_to_the_mesh_and_tightens_it():
    assert MESH.codes < MARKETING.codes
    assert MARKETING.values_of("RST-01")["tolerance"] < MESH.values_of("RST-01")["tolerance"]
