"""A machine in trouble loses us nothing that a plain rerun does not bring back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scenarios.faults.machine_faults import DISK, KILLED, TWO_AT_ONCE
from tests.scenarios.faults.trials import survived

if TYPE_CHECKING:
    from pathlib import Path

    from tests.scenarios.faults.machine_faults import MachineFault


@pytest.fixture(scope="module")
def never_failed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("never_failed") / "landing"


# Before the data file, the log's record and its index of the first account; `make bench-faults`
# tries the others and random moments.
@pytest.mark.parametrize(
    "fault", [*KILLED[:3], *DISK, TWO_AT_ONCE], ids=lambda fault: str(fault.name)
)
@pytest.mark.usefixtures("sandbox")
def test_a_plain_rerun_lands_what_was_never_in_trouble(
    fault: MachineFault, never_failed: Path, tmp_path: Path
):
    found = survived(fault, never_failed, tmp_path / "landing")
    assert found.recovered, found
