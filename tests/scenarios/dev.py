"""`make dev`: the UI, the daemon and the sandbox on the data of the demo, until Ctrl-C.

Belongs here: starting and ending the processes. Does not: what they show.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from tests.scenarios.mesh import ROOT, running_mesh, running_ui


def main() -> int:
    """Run until interrupted; the sandbox ends with the UI."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=ROOT / ".data")
    parser.add_argument("--port", type=int, default=3000)
    parser.add_argument("--world", default="demo")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with running_mesh(options.data_dir, world=options.world) as (sandbox, environment):
        print(f"Sandbox: {sandbox.http_url}. The UI needs about 20 seconds to load all locations.")
        print(f"UI:      http://127.0.0.1:{options.port}   (Ctrl-C ends everything)", flush=True)
        with running_ui(environment, port=options.port, log=None) as process:
            try:
                return process.wait()
            except KeyboardInterrupt:
                return 0


if __name__ == "__main__":
    sys.exit(main())
