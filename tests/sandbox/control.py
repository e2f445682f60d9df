"""How tests set the clock and the faults, and count what was asked.

Belongs here: the sandbox's own controls. Does not: anything a platform offers.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.sandbox.keeping import Keeper
    from tests.sandbox.state import Sandbox


def routes(sandbox: Sandbox, keeper: Keeper) -> list[Route]:
    async def set_as_of(request: Request) -> JSONResponse:
        asked = (await request.json())["as_of"]
        sandbox.fixed_as_of = datetime.fromisoformat(asked) if asked else None
        keeper.bring_up_to_date()
        return JSONResponse({"as_of": sandbox.as_of.isoformat()})

    async def set_faults(request: Request) -> JSONResponse:
        sandbox.faults.replace(await request.json())
        return JSONResponse(sandbox.faults.report())

    async def faults(_: Request) -> JSONResponse:
        return JSONResponse(sandbox.faults.report())

    async def requests(_: Request) -> JSONResponse:
        return JSONResponse(sandbox.requests.report())

    async def set_click_window(request: Request) -> JSONResponse:
        asked = await request.json()
        sandbox.click_windows[asked["conversion_action_id"]] = asked["days"]
        return JSONResponse({})

    async def reset(_: Request) -> JSONResponse:
        sandbox.click_windows.clear()
        sandbox.faults.replace([])
        sandbox.requests.clear()
        return JSONResponse({})

    return [
        Route("/control/as_of", set_as_of, methods=["POST"]),
        Route("/control/faults", set_faults, methods=["POST"]),
        Route("/control/faults", faults, methods=["GET"]),
        Route("/control/requests", requests, methods=["GET"]),
        Route("/control/click_window", set_click_window, methods=["POST"]),
        Route("/control/reset", reset, methods=["POST"]),
    ]
