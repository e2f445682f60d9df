"""Whether a candidate is what its contract promises.

Belongs here: schema, key, required values, presence, provenance. Does not: what the numbers mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared_policies.governance.policies.verdicts import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared_policies.governance.contracts.loading import Contract


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What was found in the table that wants to be published."""

    contract: Contract
    types: Mapping[str, str]
    row_count: int
    duplicate_keys: int
    duplicate_samples: Sequence[Mapping[str, Any]]
    nulls: Mapping[str, int]
    null_samples: Sequence[Mapping[str, Any]]
    sandbox_rows: int
    sandbox_expected: bool | None


def columns_are_as_promised(candidate: Candidate) -> Verdict:
    """SCH-01: names, types and order of the columns equal the contract.

    Why: a consumer's query breaks, or worse, reads another column.
    """
    promised = {column.name: column.data_type.upper() for column in candidate.contract.columns}
    found = {name: data_type.upper() for name, data_type in candidate.types.items()}
    same = list(promised.items()) == list(found.items())
    differing = sorted(set(promised.items()) ^ set(found.items()))
    return Verdict(
        code="SCH-01",
        name="columns_are_as_promised",
        outcome=Outcome.PASS if same else Outcome.FAIL,
        observed="equal" if same else f"differing: {differing or 'the order'}",
        expected=f"the {len(promised)} columns of contract {candidate.contract.version}",
        remedy="Change the model, or publish a new major version of the contract.",
    )


def keys_are_unique(candidate: Candidate) -> Verdict:
    """KEY-01: no two rows share the contract's key.

    Why: a join fans out and money is counted twice.
    """
    return Verdict(
        code="KEY-01",
        name="keys_are_unique",
        outcome=Outcome.FAIL if candidate.duplicate_keys else Outcome.PASS,
        observed=f"{candidate.duplicate_keys} keys on more than one row",
        expected=f"one row per {', '.join(candidate.contract.key)}",
        remedy="Look for a join that multiplies rows, or extend the key in a new major version.",
        samples=candidate.duplicate_samples,
    )


def required_values_are_there(candidate: Candidate) -> Verdict:
    """NUL-01: no required column misses a value.

    Why: a missing exchange rate or id would silently drop money from every sum.
    """
    missing = {name: count for name, count in candidate.nulls.items() if count}
    return Verdict(
        code="NUL-01",
        name="required_values_are_there",
        outcome=Outcome.FAIL if missing else Outcome.PASS,
        observed=f"missing values by column: {missing}" if missing else "none missing",
        expected="a value in every required column",
        remedy="See the sample rows. A missing fx_rate: the currency has no ECB rate for that day; "
        "pull finance/ecb/reference_rate for it, or leave the account's currency out.",
        samples=candidate.null_samples,
    )


def rows_are_there(candidate: Candidate) -> Verdict:
    """VOL-01: the candidate is not empty.

    Why: an empty table passes every other test.
    """
    return Verdict(
        code="VOL-01",
        name="rows_are_there",
        outcome=Outcome.PASS if candidate.row_count else Outcome.FAIL,
        observed=f"{candidate.row_count} rows",
        expected="at least one row",
        remedy="Materialise what stands upstream, its landing first.",
    )


def sandbox_and_real_do_not_mix(candidate: Candidate) -> Verdict:
    """SBX-01: all rows come from the sandbox, or none.

    Why: made-up exchange rates on real spend look like real figures.
    """
    mixed = 0 < candidate.sandbox_rows < candidate.row_count
    clashing = candidate.sandbox_expected is not None and candidate.sandbox_expected != (
        candidate.sandbox_rows > 0
    )
    observed = f"{candidate.sandbox_rows} of {candidate.row_count} rows are the sandbox's"
    if clashing:
        observed += f"; the products read are {'' if candidate.sandbox_expected else 'not '}its own"
    return Verdict(
        code="SBX-01",
        name="sandbox_and_real_do_not_mix",
        outcome=Outcome.FAIL if mixed or clashing else Outcome.PASS,
        observed=observed,
        expected="all figures from the sandbox, or none",
        remedy="Set the credentials of every source and ECB_RATES_URL, and use another "
        "MESH_DATA_DIR than the sandbox's.",
    )


POLICIES = (
    columns_are_as_promised,
    keys_are_unique,
    required_values_are_there,
    rows_are_there,
    sandbox_and_real_do_not_mix,
)
CODES = frozenset({"SCH-01", "KEY-01", "NUL-01", "VOL-01", "SBX-01"})
