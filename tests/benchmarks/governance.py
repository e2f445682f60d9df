"""`make bench-governance`: what is stopped before it is published, and what is let through.

Belongs here: the worlds, the counting, what is printed and written. Does not: the defects, the
publishing step itself (governed_world calls the real one). No number here is a threshold: the
result is printed and written, whatever it is.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import duckdb

from tests.benchmarks import audit_scale, loading_scale, policy_mutation
from tests.benchmarks.benign_changes import BENIGN
from tests.benchmarks.bypasses import BYPASSES, honest_ways_refused
from tests.benchmarks.defects import LISTED, UNLISTED
from tests.benchmarks.governed_world import (
    CAMPAIGNS,
    EARNED,
    USUAL_LOOKBACK_DAYS,
    GovernedWorld,
    Morning,
    copied,
    governed_world,
    judge,
    table_of,
)
from tests.benchmarks.platform_defects import DEFECTS, PlatformChange
from tests.benchmarks.platform_side import PlatformSide
from tests.benchmarks.product_defects import PRODUCT_DEFECTS
from tests.benchmarks.spoiling import TABLE, Spoiling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tests.benchmarks.governed_world import Judged

ROOT = Path(__file__).parents[2]
TARGET = ROOT / ".data" / "bench" / "governance.json"
SEEDS = (7, 11, 23)
BENIGN_PICKS = (2, 2, 1)
FIRST_MORNING = datetime(2026, 11, 18, 7, tzinfo=UTC)
# The next day, the one after, and a week later, when a month is pulled again.
LATER = (timedelta(days=1), timedelta(days=2), timedelta(days=9))
LARGE = (1_400_000, 9_300_000)
AT_ONCE = 2
Group = Literal["defect", "clean", "benign", "bypass"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One experiment. `detected` is anything shown to a person, `published` what readers got."""

    group: Group
    name: str
    family: str
    listed: bool
    seed: int
    detected: bool
    published: bool
    shown: list[str]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--out", type=Path, default=TARGET)
    parser.add_argument("--one-seed", type=int, help="internal: measure this seed alone")
    options = parser.parse_args()
    folder = options.out.parent / "governance"
    folder.mkdir(parents=True, exist_ok=True)
    if options.one_seed is not None:
        measured = measure(options.one_seed, folder)
        (folder / f"seed-{options.one_seed}.json").write_text(json.dumps(measured))
        return 0
    started = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        parts = list(pool.map(lambda seed: _in_a_process(seed, options.out), options.seeds))
    cases = [Case(**case) for part in parts for case in part["cases"]]
    result = summary(cases, audit_share=max(part["audit_share"] for part in parts))
    options.out.write_text(json.dumps(result, indent=2))
    _show(cases, result)
    print(f"{time.monotonic() - started:.0f} s. Written to {options.out}.")
    return 0


def measure(seed: int, folder: Path) -> dict[str, Any]:
    """Every experiment of one seed's world, and the audit's share of its ordinary morning."""
    with governed_world(folder / f"seed-{seed}", seed=seed, at=FIRST_MORNING) as world:
        world.morning(FIRST_MORNING)
        for later in LATER[:-1]:
            world.morning(FIRST_MORNING + later)
        world.morning(FIRST_MORNING + LATER[-1], lookback_days=USUAL_LOOKBACK_DAYS)
        _say(seed, "four mornings published")
        cases = [*_clean(world, seed)]
        _say(seed, "clean loads judged")
        usual = _usual(world, seed)
        cases += _spoiled(world, seed, usual)
        _say(seed, "candidates spoiled")
        cases += _changed(world, seed, usual)
        _say(seed, "platforms changed")
        if seed == SEEDS[0]:
            cases += _other_products(world, seed)
            cases += _bypassed(world, seed)
        return {"cases": [asdict(case) for case in cases], "audit_share": world.audit_share}


def summary(cases: list[Case], *, audit_share: float) -> dict[str, Any]:
    """The figures that are written; a kind counts as detected if it was in every world."""
    kinds = _by_name(case for case in cases if case.group == "defect")
    clean = [case for case in cases if case.group == "clean"]
    benign = [case for case in cases if case.group == "benign"]
    bypasses = [case for case in cases if case.group == "bypass"]
    families: dict[str, dict[str, int]] = {}
    for found in kinds.values():
        family = families.setdefault(found[0].family, {"kinds": 0, "detected": 0, "published": 0})
        family["kinds"] += 1
        family["detected"] += all(case.detected for case in found)
        family["published"] += any(case.published for case in found)
    return {
        "kinds": len(kinds),
        "detected": sum(family["detected"] for family in families.values()),
        "published": sum(family["published"] for family in families.values()),
        "clean": len(clean),
        "clean_flagged": sum(not case.published for case in clean),
        "benign": len(benign),
        "benign_flagged": sum(case.detected for case in benign),
        "benign_blocked": sum(not case.published for case in benign),
        "bypasses": len(bypasses),
        "bypasses_closed": sum(not case.published for case in bypasses),
        "mutation_score": policy_mutation.score(),
        "audit_share": round(audit_share, 4),
        "audit_seconds_large": round(audit_scale.main(*LARGE), 2),
        "load_seconds_500x15": round(loading_scale.main(), 2),
        "by_class": dict(sorted(families.items())),
    }


def _in_a_process(seed: int, out: Path) -> dict[str, Any]:
    """A world sets its process's environment, so each has one of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.governance"]
    subprocess.run([*command, "--one-seed", str(seed), "--out", str(out)], check=True, cwd=ROOT)
    found: dict[str, Any] = json.loads(
        (out.parent / "governance" / f"seed-{seed}.json").read_text()
    )
    return found


def _clean(world: GovernedWorld, seed: int) -> Iterator[Case]:
    """Every product on every morning, and the main one against every earlier version too."""
    for number, morning in enumerate(world.mornings):
        for port in world.ports:
            # Before the first publication finance has nothing to add up.
            if number or port not in EARNED:
                yield _clean_load(world, morning, morning, port, seed)
        for earlier in world.mornings[: max(0, number - 1)]:
            yield _clean_load(world, morning, earlier, CAMPAIGNS, seed)


def _clean_load(
    world: GovernedWorld, morning: Morning, history: Morning, port: str, seed: int
) -> Case:
    with copied(morning, world.scratch, port=port, history=history) as folder:
        found = judge(world.step(port), folder, port, morning.at)
    when = f"{port} of {morning.yesterday} after {history.yesterday}"
    return _case("clean", when, "clean", seed, found, frozenset())


def _usual(world: GovernedWorld, seed: int) -> frozenset[str]:
    """What is shown of the good day itself: not a detection."""
    with copied(world.good_day, world.scratch, port=CAMPAIGNS) as folder:
        found = judge(world.step(CAMPAIGNS), folder, CAMPAIGNS, world.good_day.at)
    if not found.published:
        print(f"seed {seed}: the good day itself is refused: {found.refused}", flush=True)
    return frozenset(found.flagged)


def _spoiled(world: GovernedWorld, seed: int, usual: frozenset[str]) -> Iterator[Case]:
    for number, defect in enumerate((*LISTED, *UNLISTED)):
        with copied(world.good_day, world.scratch, port=CAMPAIGNS) as folder:
            before = _opened(folder, world, Spoiling, (seed, number), defect.spoil)
            found = judge(world.step(CAMPAIGNS), folder, CAMPAIGNS, world.good_day.at)
        if before:
            yield _case("defect", defect.name, defect.family, seed, found, usual, defect.listed)
        else:
            _say(seed, f"'{defect.name}' changed nothing")


def _changed(world: GovernedWorld, seed: int, usual: frozenset[str]) -> Iterator[Case]:
    """Defects of the platforms, then what a business does; the models run after each."""
    picks = BENIGN_PICKS[SEEDS.index(seed) % len(BENIGN_PICKS)] if seed in SEEDS else 1
    changes = [(change, 0) for change in DEFECTS]
    changes += [(change, pick) for change in BENIGN for pick in range(picks)]
    for number, (change, pick) in enumerate(changes):
        with copied(world.good_day, world.scratch, port=CAMPAIGNS) as folder:
            changed = _rebuilt(world, folder, change, (seed, number, pick))
            found = judge(world.step(CAMPAIGNS), folder, CAMPAIGNS, world.good_day.at)
        if not changed:
            _say(seed, f"'{change.name}' changed nothing")
            continue
        group: Group = "defect" if change.harmful else "benign"
        family = f"{change.family} (at the platform)" if change.harmful else "benign"
        yield _case(group, change.name, family, seed, found, usual)


def _rebuilt(
    world: GovernedWorld, folder: Path, change: PlatformChange, pick: tuple[int, ...]
) -> bool:
    warehouse = folder / "warehouse" / "marketing.duckdb"
    before = table_of(warehouse, TABLE)

    def changed(side: PlatformSide) -> None:
        side.remember_residuals()
        change.change(side)

    _opened(folder, world, PlatformSide, pick, changed)
    world.replay(warehouse)
    return table_of(warehouse, TABLE) != before


def _opened(
    folder: Path,
    world: GovernedWorld,
    kind: Callable[..., Any],
    pick: tuple[int, ...],
    spoil: Callable[[Any], None],
) -> bool:
    """Strike in a copy; whether anything is another than before."""
    warehouse = folder / "warehouse" / "marketing.duckdb"
    before = table_of(warehouse, TABLE)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        published = world.published_files(folder, CAMPAIGNS)
        spoil(kind(connection, random.Random(str(pick)), published))  # noqa: S311  a pick
    return table_of(warehouse, TABLE) != before


def _other_products(world: GovernedWorld, seed: int) -> Iterator[Case]:
    """Defects that any table can have, in every other product: in one world, as they are many."""
    for port in world.ports:
        if port == CAMPAIGNS:
            continue
        for defect in PRODUCT_DEFECTS:
            with copied(world.good_day, world.scratch, port=port) as folder:
                if not defect.strike(folder, port, world.contract(port)):
                    continue
                found = judge(world.step(port), folder, port, world.good_day.at)
            name = f"{defect.name} in {port}"
            yield _case("defect", name, "other products", seed, found, frozenset())


def _bypassed(world: GovernedWorld, seed: int) -> Iterator[Case]:
    for refused in honest_ways_refused(world):
        print(f"seed {seed}: refused although nothing is wrong: {refused}", flush=True)
    for bypass in BYPASSES:
        open_way = bypass.tried(world)
        yield Case(
            group="bypass",
            name=bypass.name,
            family="bypass",
            listed=True,
            seed=seed,
            detected=open_way is None,
            published=open_way is not None,
            shown=[open_way or ""],
        )


def _case(
    group: Group,
    name: str,
    family: str,
    seed: int,
    found: Judged,
    usual: frozenset[str],
    listed: bool = False,  # noqa: FBT001, FBT002  one of the defects that everybody knows
) -> Case:
    return Case(
        group=group,
        name=name,
        family=family,
        listed=listed,
        seed=seed,
        detected=not found.published or bool(found.flagged - usual),
        published=found.published,
        shown=found.refused or sorted(found.flagged - usual),
    )


def _by_name(cases: Iterable[Case]) -> Mapping[str, list[Case]]:
    found: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        found[case.name].append(case)
    return found


def _say(seed: int, what: str) -> None:
    print(f"seed {seed}: {what}", flush=True)


def _show(cases: list[Case], result: Mapping[str, Any]) -> None:
    print(f"\n{'class':42} kinds detected published")
    for family, counts in result["by_class"].items():
        print(f"{family:42} {counts['kinds']:5} {counts['detected']:8} {counts['published']:9}")
    listed = _by_name(case for case in cases if case.group == "defect" and case.listed)
    got_out = [name for name, found in listed.items() if any(case.published for case in found)]
    print(f"\nof the {len(listed)} that everybody knows, published: {len(got_out)}")
    for group, wrong in (("defect", True), ("clean", False), ("benign", False), ("bypass", True)):
        for case in cases:
            if case.group == group and case.published == wrong:
                verb = "published" if wrong else "refused"
                print(f"  {group} {verb}: {case.name} (seed {case.seed}) {case.shown[:2]}")
    flagged = [case for case in cases if case.group == "benign" and case.detected]
    for case in flagged:
        print(f"  benign shown: {case.name} (seed {case.seed}) {case.shown[:2]}")
    print()
    for name, value in result.items():
        if name != "by_class":
            print(f"{name:22} {value}")


if __name__ == "__main__":
    sys.exit(main())
