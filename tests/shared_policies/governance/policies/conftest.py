"""The small product, built once: a test spoils a copy."""

from __future__ import annotations

import pytest

from tests.shared_policies.governance.policies.small_product import SmallProduct, build


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> SmallProduct:
    return build(tmp_path_factory.mktemp("small"))
