"""Whoever is at the warehouse for a moment does not spoil a run."""

from __future__ import annotations

from shared_policies.orchestration import dbt
from shared_policies.platform.errors import TransientFault


def test_a_warehouse_that_somebody_still_holds_is_waited_for():
    looks: list[str] = []

    def put_aside_if_damaged() -> str:
        looks.append("looked")
        if len(looks) == 1:
            raise TransientFault("in use.", cure="Wait.", source="finance warehouse")
        return "free"

    assert dbt._when_free(put_aside_if_damaged) == "free"
    assert len(looks) == 2
