"""The look at the clock: lateness shows while nothing runs.

Belongs here: the sensor. Does not: what is late (service_levels), who is told (telling).

It starts no run. Every two minutes it measures all promises, tells whom they concern, and reports
to Dagster those checks whose answer has changed, so that a product turns red in the UI although
nothing of its domain happened.
"""

import json
from collections.abc import Callable, Mapping, Sequence

import dagster as dg

from shared_policies.governance.alerts.delivery import channels
from shared_policies.governance.alerts.findings import findings
from shared_policies.governance.alerts.incidents import IncidentStore
from shared_policies.governance.alerts.settings import alert_settings
from shared_policies.governance.alerts.telling import tell
from shared_policies.governance.contracts.model import Contract
from shared_policies.governance.ledger import Ledger
from shared_policies.governance.products.service_levels.checks import SPAN, answers, evaluation
from shared_policies.governance.service_levels.present import present_states
from shared_policies.governance.service_levels.recent import RecentAudits
from shared_policies.governance.waivers import Waiver
from shared_policies.platform import days
from shared_policies.platform.company import company_settings, data_settings

LOOK_SECONDS = 120


def clock_sensor(
    contracts: Callable[[], Sequence[Contract]],
    waivers: Callable[[], Mapping[str, Sequence[Waiver]]],
) -> dg.SensorDefinition:
    """`contracts` of all domains, and their `waivers` by domain; asked anew at every look."""
    recent = RecentAudits(span=SPAN)

    @dg.sensor(
        name="service_level_clock",
        minimum_interval_seconds=LOOK_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Measures every promise against the clock and alerts owners; starts no run.",
    )
    def service_level_clock(
        context: dg.SensorEvaluationContext, ledger: dg.ResourceParam[Ledger]
    ) -> dg.SensorResult:
        now, promised = days.now(), contracts()
        settings, zone = alert_settings(), company_settings().reporting_time_zone
        memory = data_settings().governance_url
        records = recent.look(ledger, now=now)
        states = present_states(promised, records, now=now)
        found = findings(states, records, waivers(), contracts=promised, now=now)
        incidents = tell(
            found,
            store=IncidentStore(memory),
            channels=channels(settings, context.log),
            now=now,
            log=context.log,
            runbook_url=settings.runbook_url,
            time_zone=zone,
        )
        shown = {one.name_in_cursor: one for one in answers(states)}
        before = json.loads(context.cursor) if context.cursor else {}
        changed = [one for name, one in shown.items() if before.get(name) != one.state]
        return dg.SensorResult(
            skip_reason=f"{sum(one.is_open for one in incidents)} open incidents",
            asset_events=[evaluation(one) for one in changed],
            cursor=json.dumps({name: one.state for name, one in shown.items()}),
        )

    return service_level_clock
