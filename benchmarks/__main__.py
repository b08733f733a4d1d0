"""Run every benchmark there is, small enough to be done in a few minutes: `python -m benchmarks`.

Each module beside this one is a benchmark and takes `--quick`; run by itself, `python -m benchmarks.read`, it
does what `RESULTS.md` reports.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Run them one after the other; return how many failed."""
    failed = 0
    for path in sorted(Path(__file__).parent.glob("[!_]*.py")):
        print(f"\n## benchmarks.{path.stem}\n", flush=True)
        command = [sys.executable, "-m", f"benchmarks.{path.stem}", "--quick"]
        failed += subprocess.run(command, check=False, cwd=Path(__file__).parent.parent).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
