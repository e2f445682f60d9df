"""What the org holds at an instant, whoever may see it: for tests to compare with.

Belongs here: records as they are. Does not: how they are asked for (routes.py).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.sandbox.salesforce import soql
from tests.sandbox.salesforce.records import OBJECTS

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.sandbox.state import Sandbox


def routes(sandbox: Sandbox) -> list[Route]:
    def records(request: Request) -> JSONResponse:
        told = request.query_params.get("as_of")
        as_of = datetime.fromisoformat(told) if told else sandbox.as_of
        found = OBJECTS[request.path_params["name"]](sandbox.world, as_of)
        return JSONResponse(
            [{name: soql.in_json(value) for name, value in row.items()} for row in found]
        )

    return [Route("/truth/salesforce/{name}", records)]
