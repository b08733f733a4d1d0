"""`fairpool verify`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from optimizer.commands.frame import command, print_json
from optimizer.commands.parameters import instance_argument, plan_argument
from optimizer.show.output import console_of


@command("fairpool verify instances/tiny plans/tiny")
@instance_argument
@plan_argument
def verify(instance: Path, plan: Path, as_json: bool) -> int:
    """Recompute a plan from the files alone. Totals, every limit and the bound, in exact arithmetic."""
    from optimizer.show.findings import findings_json
    from optimizer.show.verification import show_verification
    from optimizer.verify import verify as verify_folders

    for folder in (instance, plan):
        os.scandir(folder).close()
    result = verify_folders(instance, plan)
    if as_json:
        print_json(result.exit_code, {**result.to_json(), **findings_json(result.findings)})
        return result.exit_code
    show_verification(console_of(sys.stdout), result)
    return result.exit_code
