"""Whether the tests notice a policy that no longer judges: each is disabled in turn.

Belongs here: disabling one, running the tests of policies, the share that turned red. Does not:
the tests (tests/**/policies).

A disabled policy keeps its code, its name and its text, so that no digest and no list gives it
away: only an example that should fail and does not.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from finance_domain.policies import FINANCE
from marketing_domain.policies import MARKETING
from shared_policies.governance.policies.verdicts import Finding, Outcome

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
SUITE = (
    TESTS / "shared_policies" / "governance" / "policies",
    *sorted(TESTS.glob("*_domain/test_policies.py")),
)
AT_ONCE = 2


def score() -> float:
    """Prints what survived; returns the share of disabled policies that turned the tests red."""
    policies = {one.code: one for one in (*MARKETING.policies, *FINANCE.policies)}
    for one in policies.values():
        assert one.source_text, "kept before anything is replaced"
    # Forked, so that nothing is imported again and no mutant outlives its run.
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(AT_ONCE, mp_context=context, max_tasks_per_child=None) as pool:
        red = dict(zip(policies, pool.map(_turns_red, policies), strict=True))
    if _exit_code(None, []) != pytest.ExitCode.OK:
        print("the tests of policies are not green by themselves: the score says nothing")
        return 0.0
    survivors = sorted(code for code, found in red.items() if not found)
    print(f"{len(red) - len(survivors)} of {len(red)} disabled policies were noticed")
    if survivors:
        print(f"  not noticed: {', '.join(survivors)}")
    return round((len(red) - len(survivors)) / len(red), 4)


def _turns_red(code: str) -> bool:
    """The example of its own first: what fails at once need not be looked for everywhere."""
    failed = pytest.ExitCode.TESTS_FAILED
    return _exit_code(code, ["-k", code]) == failed or _exit_code(code, []) == failed


def _exit_code(code: str | None, chosen: list[str]) -> int:
    """In a process of its own: run the tests with one policy disabled, or with none."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)
    with (
        Path(os.devnull).open("w") as nowhere,
        redirect_stdout(nowhere),
        redirect_stderr(nowhere),
        warnings.catch_warnings(),
    ):
        if code is not None:
            _disable(code)
        arguments = ["-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", *chosen]
        os._exit(int(pytest.main([*arguments, *map(str, SUITE)])))


def _disable(code: str) -> None:
    for one in (*MARKETING.policies, *FINANCE.policies):
        if one.code != code:
            continue

        def content(*_: Any, **__: Any) -> Finding:  # noqa: ANN401  whatever it is asked
            return Finding(outcome=Outcome.PASS, observed="", expected="")

        content.__name__, content.__doc__ = one.function.__name__, one.function.__doc__
        object.__setattr__(one, "function", content)


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(0 if score() == 1 else 1)
