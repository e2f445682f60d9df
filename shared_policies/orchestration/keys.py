"""What an asset is called where more than one room has to know.

Belongs here: keys that a domain, dbt and governance agree on. Does not: dbt, whose import takes a
second that a location without models need not pay.
"""

from __future__ import annotations

import dagster as dg


def candidate_key(domain: str, product: str) -> dg.AssetKey:
    """The asset whose table becomes the product if it passes its audit."""
    return dg.AssetKey([domain, "candidates", product])
