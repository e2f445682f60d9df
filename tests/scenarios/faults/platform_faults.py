"""What the outside systems do to us, all of it.

Belongs here: the whole list. Does not: its parts (advertising_faults.py, analytics_faults.py,
company_faults.py, finance_faults.py, and clock_faults.py for our own clock), what came of it
(trials.py).
"""

from __future__ import annotations

from tests.scenarios.faults import (
    advertising_faults,
    analytics_faults,
    clock_faults,
    company_faults,
    finance_faults,
)

PLATFORM_FAULTS = (
    *advertising_faults.GOOGLE,
    *advertising_faults.META,
    *analytics_faults.GOOGLE,
    *analytics_faults.ADOBE,
    *company_faults.SALESFORCE,
    *company_faults.SURVEYS,
    *finance_faults.LEDGER,
    *finance_faults.RATES,
    *clock_faults.CLOCKS,
)
