"""The proof of governance counts what it says it counts."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.benchmarks import audit_scale, loading_scale, policy_mutation
from tests.benchmarks.benign_changes import BENIGN
from tests.benchmarks.bypasses import BYPASSES
from tests.benchmarks.defects import LISTED, UNLISTED
from tests.benchmarks.governance import Case, summary
from tests.benchmarks.platform_defects import DEFECTS

# How many kinds of each class everybody knows.
KNOWN = {
    "duplication": 4,
    "completeness": 8,
    "unit": 5,
    "currency": 5,
    "semantic": 8,
    "time": 6,
    "restatement": 3,
    "identity": 6,
    "schema": 5,
    "text": 2,
    "privacy": 4,
    "drift": 1,
}


def case(group: str, name: str, *, seed: int = 1, published: bool, detected: bool) -> Case:
    return Case(
        group=group,  # type: ignore[arg-type]  the tests name groups
        name=name,
        family="unit",
        listed=True,
        seed=seed,
        detected=detected,
        published=published,
        shown=[],
    )


@pytest.fixture
def without_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_scale, "main", lambda *_: 1.0)
    monkeypatch.setattr(loading_scale, "main", lambda: 1.0)
    monkeypatch.setattr(policy_mutation, "score", lambda: 1.0)


def test_every_known_kind_of_defect_and_benign_change_is_tried():
    assert Counter(defect.family for defect in LISTED) == KNOWN
    assert len(BENIGN) == 14
    assert len(UNLISTED) + len(DEFECTS) >= 15


def test_no_two_experiments_have_one_name():
    names = [one.name for one in (*LISTED, *UNLISTED, *DEFECTS, *BENIGN, *BYPASSES)]
    assert [name for name, count in Counter(names).items() if count > 1] == []


def test_a_kind_counts_as_detected_only_if_it_was_in_every_world(without_clocks: None):
    found = summary(
        [
            case("defect", "a", seed=1, published=False, detected=True),
            case("defect", "a", seed=2, published=True, detected=False),
            case("defect", "b", published=True, detected=True),
        ],
        audit_share=0.1,
    )
    assert (found["kinds"], found["detected"], found["published"]) == (2, 1, 2)
    assert found["by_class"] == {"unit": {"kinds": 2, "detected": 1, "published": 2}}


def test_a_refused_clean_load_and_an_open_bypass_are_counted(without_clocks: None):
    found = summary(
        [
            case("clean", "a", published=True, detected=True),
            case("clean", "b", published=False, detected=True),
            case("benign", "c", published=False, detected=True),
            case("bypass", "d", published=True, detected=False),
            case("bypass", "e", published=False, detected=True),
        ],
        audit_share=0.1,
    )
    assert (found["clean"], found["clean_flagged"]) == (2, 1)
    assert (found["benign"], found["benign_flagged"], found["benign_blocked"]) == (1, 1, 1)
    assert (found["bypasses"], found["bypasses_closed"]) == (2, 1)
