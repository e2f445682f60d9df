"""A platform in trouble loses us nothing, whether the pull ends well or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scenarios.faults.platform_faults import PLATFORM_FAULTS
from tests.scenarios.faults.trials import tried

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox.process import RunningSandbox
    from tests.scenarios.faults.platform_faults import PlatformFault


@pytest.mark.parametrize("fault", PLATFORM_FAULTS, ids=lambda fault: fault.name)
def test_a_plain_rerun_lands_what_was_never_in_trouble(
    fault: PlatformFault, sandbox: RunningSandbox, tmp_path: Path
):
    found = tried(fault, sandbox, tmp_path)
    assert found.met, "the trouble never came up"
    assert found.recovered, found
    assert found.by_itself or not fault.by_itself, found
    assert found.names_place, found.told
