"""`python -m tests.sandbox`: run until told to end.

Belongs here: the command line. Does not: anything else.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from tests.sandbox.serve import serving
from tests.sandbox.state import Sandbox
from tests.sandbox.world.world import World

LEDGER_URL = "sqlite:///.data/sandbox_ledger.sqlite"


def main() -> int:
    parser = argparse.ArgumentParser(
        description="A local stand-in for ad platforms, analytics, surveys, the ECB and a ledger."
    )
    parser.add_argument("--http-port", type=int, default=8765, help="0 takes a free one")
    parser.add_argument("--grpc-port", type=int, default=8766, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=7, help="another seed is another world")
    parser.add_argument("--as-of", type=datetime.fromisoformat, help="default: the real clock")
    parser.add_argument("--world", default="demo", help="small, demo, or a JSON file with sizes")
    parser.add_argument(
        "--ledger-url",
        default=LEDGER_URL,
        help="SQLAlchemy URL, its tables are replaced; empty: no ledger. Default: SQLite in .data",
    )
    parser.add_argument(
        "--files-dir", default=".data/sandbox_files", help="where files are dropped, by source"
    )
    options = parser.parse_args()
    sandbox = Sandbox(
        world=World.of_size(options.world, seed=options.seed), fixed_as_of=options.as_of
    )
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    if options.ledger_url == LEDGER_URL:
        Path(".data").mkdir(exist_ok=True)
    with serving(
        sandbox,
        http_port=options.http_port,
        grpc_port=options.grpc_port,
        ledger_url=options.ledger_url,
        files_dir=options.files_dir,
    ) as addresses:
        print(json.dumps({"ready": True, **asdict(addresses)}), flush=True)
        ended.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
