"""An audit depends on what a table holds, not on how it is stored; it fails closed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared_policies.governance.policies.checks import Check, Relation
from shared_policies.governance.policies.mesh_pack import MESH
from shared_policies.governance.policies.pack import Pack
from shared_policies.governance.policies.policy import policy
from shared_policies.governance.policies.quarantine import quarantined_rows_stay_few
from shared_policies.governance.policies.verdicts import Outcome
from shared_policies.governance.quarantine import judged
from tests.shared_policies.governance.policies.small_product import (
    LAST_DAY,
    TABLE,
    SmallProduct,
    contract,
)

if TYPE_CHECKING:
    from pathlib import Path

    from shared_policies.governance.audit import Audit
    from shared_policies.governance.policies.checks import Asked, Question

ONE = f"where day = {LAST_DAY} and campaign_id = 'c11'"
SEVERAL_DEFECTS = (
    f"update {TABLE} set clicks = clicks // 2 where day = {LAST_DAY} - 1;"
    f" update {TABLE} set name = 'for jane.doe@example.com', currency = 'usd' {ONE};"
    f" insert into {TABLE} select * from {TABLE} where day = {LAST_DAY} - 2"
)
FEW = settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@FEW
@given(seed=st.integers(0, 10_000), parts=st.integers(2, 5))
def test_neither_the_order_of_rows_nor_their_split_into_files_changes_a_verdict(
    small: SmallProduct, tmp_path: Path, seed: int, parts: int
):
    spoiled = small.spoiled(SEVERAL_DEFECTS, tmp_path)
    expected = spoiled.audited().verdicts
    with duckdb.connect(str(spoiled.path)) as connection:
        for part in range(parts):
            target = tmp_path / f"part-{part}.parquet"
            connection.execute(
                f"copy (select * from {TABLE} where hash(clicks, {seed}) % {parts} = {part}"
                f" order by hash(campaign_id, day, {seed})) to '{target}' (format parquet)"
            )
    files = ", ".join(f"'{tmp_path}/part-{part}.parquet'" for part in reversed(range(parts)))
    found = spoiled.audited(relation=f"(select * from read_parquet([{files}]))").verdicts
    assert found == expected
    assert sum(one.outcome is Outcome.FAIL for one in found) >= 4


@FEW
@given(share=st.floats(0, 0.3), skew=st.integers(0, 10), defect=st.sampled_from([2, 3, 4, 10]))
def test_a_stricter_pack_never_turns_a_failure_into_a_pass(
    small: SmallProduct, tmp_path: Path, share: float, skew: int, defect: int
):
    rules = ("RST-02", "TIM-01", "RNG-01")
    pack = Pack(tuple(MESH.policy(code) for code in rules))
    alone = replace(contract(), rules=tuple(one for one in contract().rules if one.policy in rules))
    spoiled = small.spoiled(
        f"update {TABLE} set clicks = clicks - clicks // {defect} where day = {LAST_DAY} - 1",
        tmp_path,
    )
    stricter = pack.tightened(
        {"RST-02": {"fall": share, "rise": share}, "TIM-01": {"clock_skew_minutes": skew}},
        by="marketing",
    )
    before = {one.code: one.outcome for one in spoiled.audited(pack, promise=alone).verdicts}
    after = {one.code: one.outcome for one in spoiled.audited(stricter, promise=alone).verdicts}
    assert all(after[code] >= before[code] for code in before)


@policy("BAD-01", family="keys", phase="run_time")
def asks_for_a_column_that_is_not_there(question: Question) -> Asked:
    """BAD-01: is broken.

    Why: to see what happens.

    Remedy: None.
    """
    relation = Relation(f"select * from {question.candidate}", question.contract.key)
    return [Check(relation=relation, wrong="no_such_column > 1", what="nothing")]


def test_a_policy_that_cannot_be_evaluated_errs_alone_and_blocks(small: SmallProduct):
    found = small.audited(MESH.adding([asks_for_a_column_that_is_not_there]))
    assert [one.code for one in found.verdicts if one.outcome is Outcome.ERROR] == ["BAD-01"]
    assert not found.may_be_published
    assert "no_such_column" in found.refusal()


def test_a_control_that_is_missing_blocks(small: SmallProduct, tmp_path: Path):
    found = small.spoiled("drop table controls.totals", tmp_path).audited()
    assert {one.code for one in found.verdicts if one.blocks} == {"TOT-01"}
    assert next(one for one in found.verdicts if one.code == "TOT-01").outcome is Outcome.ERROR


def test_of_a_table_without_its_columns_nothing_else_is_green(small: SmallProduct, tmp_path: Path):
    found = small.spoiled(f"alter table {TABLE} drop column clicks", tmp_path).audited()
    outcomes = {one.code: one.outcome for one in found.verdicts}
    assert outcomes.pop("SCH-01") is Outcome.FAIL
    assert set(outcomes.values()) == {Outcome.MISSING}


def test_accounts_that_lack_days_which_others_know_are_named(small: SmallProduct, tmp_path: Path):
    """Of account a1 two days are not settled, and the newest is not of any account."""
    spoiled = small.spoiled(
        f"update {TABLE} set state = 'absent' where day = {LAST_DAY}"
        f" or (account_id = 'a1' and day between {LAST_DAY} - 2 and {LAST_DAY} - 1)",
        tmp_path,
    )
    assert spoiled.audited().incomplete == ("a1 since 2026-11-02",)
    assert small.audited().incomplete == ()


def test_a_sample_names_the_row_and_nobody_in_it(small: SmallProduct, tmp_path: Path):
    spoiled = small.spoiled(
        f"update {TABLE} set clicks = -1, name = 'jane@example.com' {ONE}", tmp_path
    )
    found = {one.code: one for one in spoiled.audited().verdicts}
    assert list(found["RNG-01"].samples) == [
        {"account_id": "a1", "campaign_id": "c11", "day": "2026-11-04"}
    ]
    told = " ".join(f"{one.observed} {list(one.samples)}" for one in found.values())
    assert "jane@example" not in told


# What really happens in a company, as the source's control says too.
BENIGN = {
    "a sale": f"""update {TABLE} set
        clicks = clicks * 3, spend_micros = spend_micros * 3, conversions = conversions * 3
        where day = {LAST_DAY}""",
    "an account is paused": f"""update {TABLE} set clicks = 0, spend_micros = 0, conversions = 0
        where day = {LAST_DAY} and account_id = 'a1'""",
    "a click costs two fifths more": f"""update {TABLE} set spend_micros = spend_micros * 7 // 5
        where day = {LAST_DAY}""",
    "ten campaigns are launched": f"""insert into {TABLE} select small.* replace (
            'n' || i as campaign_id, 'New ' || i as name, clicks + i as clicks
        ) from {TABLE}, range(10) as n (i) where day = {LAST_DAY} and campaign_id = 'c11';
        insert into controls.things select distinct campaign_id, name, currency from {TABLE}
        where campaign_id like 'n%'""",
    "older days are filled in": f"""insert into {TABLE}
        select * replace (day - 40 as day, clicks + 3 as clicks) from {TABLE}""",
    "campaigns are renamed": f"""update {TABLE} set name = 'Now ' || name;
        update controls.things set name = 'Now ' || name""",
}


@pytest.mark.parametrize("benign", BENIGN)
def test_what_the_source_says_too_is_quiet(small: SmallProduct, tmp_path: Path, benign: str):
    control = (
        "; create or replace table controls.totals as select account_id, day as on_day,"
        " sum(clicks) as clicks, sum(spend_micros) as spend_micros,"
        f" sum(conversions) as conversions from {TABLE} group by all"
    )
    found = small.spoiled(BENIGN[benign] + control, tmp_path).audited()
    assert [one for one in found.verdicts if one.outcome > Outcome.NOT_APPLICABLE] == []


def quarantine(spoiled: SmallProduct, *, allowed: float) -> Audit:
    promise = replace(
        contract(),
        most_quarantined=allowed,
        rules=tuple(one for one in contract().rules if one.policy in {"RST-02", "XCL-01"}),
    )
    return judged(
        lambda relation, *, aside: spoiled.audited(promise=promise, relation=relation, aside=aside),
        relation=TABLE,
    ).audit


def test_few_wrong_rows_are_set_aside_and_the_rest_is_published(
    small: SmallProduct, tmp_path: Path
):
    spoiled = small.spoiled(f"update {TABLE} set name = 'call +49 30 901820' {ONE}", tmp_path)
    found = quarantine(spoiled, allowed=0.05)
    assert found.may_be_published
    assert found.row_count == 239
    verdict = next(one for one in found.verdicts if one.code == "QTN-01")
    assert verdict.outcome is Outcome.WARN
    assert verdict.observed == "1 of 240 rows set aside"


def test_no_row_is_set_aside_where_the_contract_allows_none(small: SmallProduct, tmp_path: Path):
    spoiled = small.spoiled(f"update {TABLE} set name = 'call +49 30 901820' {ONE}", tmp_path)
    assert not quarantine(spoiled, allowed=0.0).may_be_published


def test_a_tenth_of_the_rows_is_no_exception(small: SmallProduct, tmp_path: Path):
    spoiled = small.spoiled(
        f"update {TABLE} set state = 'odd' where day > {LAST_DAY} - 4", tmp_path
    )
    found = quarantine(spoiled, allowed=0.05)
    assert not found.may_be_published
    verdict = next(one for one in found.verdicts if one.code == quarantined_rows_stay_few.code)
    assert verdict.outcome is Outcome.FAIL


def test_rows_are_not_set_aside_to_hide_a_defect_of_the_whole(small: SmallProduct, tmp_path: Path):
    both = (
        f"update {TABLE} set name = 'call +49 30 901820' {ONE};"
        f" insert into {TABLE} select * from {TABLE} where day = {LAST_DAY} - 2"
    )
    assert not quarantine(small.spoiled(both, tmp_path), allowed=0.05).may_be_published
