"""Known vulnerabilities of the locked packages: `make audit`. Runs pip-audit and reads its answer.

Exit codes: 0 no package has a known one, or the advisory service could not be asked, which is
said; 1 some has, and which version mends it.
"""

import json
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).parents[1] / "requirements.txt"


def main() -> int:
    command = ["-m", "pip_audit", "--requirement", str(LOCK), "--disable-pip", "--format", "json"]
    asked = subprocess.run(
        [sys.executable, *command, "--no-deps"], capture_output=True, text=True, check=False
    )
    if not asked.stdout.strip():
        print(f"NOT AUDITED: the advisory service cannot be asked from here.\n{asked.stderr}")
        return 0
    packages = json.loads(asked.stdout)["dependencies"]
    unknown = [one for one in packages if "skip_reason" in one]
    vulnerable = [one for one in packages if one.get("vulns")]
    for one in vulnerable:
        for found in one["vulns"]:
            mended = ", ".join(found["fix_versions"]) or "no version yet"
            print(f"{one['name']} {one['version']}: {found['id']}, mended by {mended}")
    if len(unknown) == len(packages):
        print("NOT AUDITED: the advisory service that answers here knows none of the packages.")
    else:
        print(f"{len(packages) - len(unknown)} of {len(packages)} locked packages were audited.")
    return 1 if vulnerable else 0


if __name__ == "__main__":
    raise SystemExit(main())
