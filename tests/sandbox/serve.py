"""The sandbox's servers: gRPC and HTTP over one world, on loopback only.

Belongs here: starting, being ready, ending. Does not: what is answered.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import uvicorn
from starlette.applications import Starlette

from tests.sandbox import control, truth
from tests.sandbox.adobe_analytics import routes as adobe_analytics
from tests.sandbox.ecb import routes as ecb
from tests.sandbox.facebook_ads import routes as facebook_ads
from tests.sandbox.google_ads import routes as google_ads
from tests.sandbox.google_analytics import routes as google_analytics
from tests.sandbox.keeping import Keeper
from tests.sandbox.oauth import routes as oauth
from tests.sandbox.salesforce import routes as salesforce
from tests.sandbox.salesforce import truth as salesforce_truth
from tests.sandbox.surveys import routes as surveys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.state import Sandbox

LOOPBACK = "127.0.0.1"
# Meta's pattern takes whatever is left, so it stands last.
PARTS = (
    salesforce_truth,
    truth,
    oauth,
    adobe_analytics,
    ecb,
    salesforce,
    surveys,
    facebook_ads,
)


@dataclass(frozen=True)
class Addresses:
    http_url: str
    grpc_address: str
    ledger_url: str
    files_dir: str


class _Server(uvicorn.Server):
    """Tells when it listens, so that nobody has to try."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[object] | None = None) -> None:
        await super().startup(sockets)  # type: ignore[arg-type]
        self.listening.set()


@contextmanager
def serving(
    sandbox: Sandbox, *, http_port: int, grpc_port: int, ledger_url: str, files_dir: str
) -> Iterator[Addresses]:
    """Both servers, the ledger and dropped files until the block ends. Port 0 takes a free one.

    Raises:
        OSError: a port is taken.
    """
    rpc = grpc.server(ThreadPoolExecutor(max_workers=8), options=[("grpc.so_reuseport", 0)])
    google_ads.register(rpc, sandbox)
    google_analytics.register(rpc, sandbox)
    try:
        bound = rpc.add_insecure_port(f"{LOOPBACK}:{grpc_port}")
    except RuntimeError as error:
        raise OSError(f"gRPC port {grpc_port} on {LOOPBACK} is taken.") from error
    rpc.start()
    keeper = Keeper(ledger_url, Path(files_dir), sandbox)
    found = [
        control.routes(sandbox, keeper),
        *(part.routes(sandbox) for part in PARTS),
    ]
    config = uvicorn.Config(
        Starlette(routes=[route for routes in found for route in routes]),
        host=LOOPBACK,
        port=http_port,
        log_level="warning",
        lifespan="off",
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.listening.wait(0.05):
        if not thread.is_alive():
            raise OSError(f"HTTP port {http_port} on {LOOPBACK} is taken.")
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with keeper.at_work():
            yield Addresses(
                f"http://{LOOPBACK}:{port}", f"{LOOPBACK}:{bound}", ledger_url, files_dir
            )
    finally:
        server.should_exit = True
        thread.join(timeout=5)
        rpc.stop(grace=None).wait(timeout=5)
