"""How far a candidate knows the days that it is about, and whose days it lacks.

Belongs here: counting rows, settled ones and accounts. Does not: whether that is enough (policies,
service levels).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared_policies.governance.policies.relations import settled

if TYPE_CHECKING:
    from shared_policies.governance.policies.checks import Question
    from shared_policies.platform.warehouse import Warehouse

NAMED = 10


def coverage(question: Question, warehouse: Warehouse) -> dict[str, Any]:
    """How many rows there are, and through which day they are wholly known."""
    sandbox = "bool_or(sandbox)" if "sandbox" in question.types else "false"
    latency = question.contract.service_levels.get("latency")
    element = getattr(latency, "element", None)
    if element not in question.types:
        sql = f"select count(*) as row_count, coalesce({sandbox}, false) as sandbox"
        return warehouse.rows(f"{sql} from {question.candidate}")[0]
    sql = (
        f"select {element} as due_day, count(*) as rows_of_day, {sandbox} as sandbox,"
        f" count(*) filter (where {settled(question)}) as settled_rows"
        f" from {question.candidate} group by {element}"
    )
    return warehouse.rows(
        "select coalesce(sum(rows_of_day), 0)::bigint as row_count,"
        " coalesce(bool_or(sandbox), false) as sandbox,"
        " max(due_day) filter (where settled_rows = rows_of_day) as covered_through,"
        " sum(settled_rows)::double / nullif(sum(rows_of_day), 0) as complete_share"
        f" from ({sql})"
    )[0]


def incomplete(question: Question, warehouse: Warehouse) -> tuple[str, ...]:
    """Accounts that lack days which others know, ten at most; "and n more" stands for the rest."""
    element = getattr(question.contract.service_levels.get("latency"), "element", None)
    if element is None or not {element, "account_id"} <= question.types.keys():
        return ()
    who = "platform || ' ' || account_id" if "platform" in question.types else "account_id"
    known = f"bool_or({settled(question)})"
    found = warehouse.rows(
        f"with days as (select {who} as who, {element} as due_day, {known} as is_known"
        f" from {question.candidate} group by all),"
        f" due as (select max(due_day) filter (where is_known) as until_day from days)"
        " select who || ' since ' || min(due_day) as named from days, due"
        " where not is_known and due_day <= until_day group by who order by who"
    )
    named = [str(row["named"]) for row in found]
    rest = [f"and {len(named) - NAMED} more"] if len(named) > NAMED else []
    return (*named[:NAMED], *rest)
