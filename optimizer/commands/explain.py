"""`fairpool explain`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from models.language import _
from optimizer.commands.asking import Asked, answer, asking_options, refused
from optimizer.commands.frame import command, say
from optimizer.commands.parameters import instance_argument, plan_argument
from optimizer.show.output import console_of


@command("fairpool explain instances/tiny plans/tiny --merchant an_tea")
@instance_argument
@plan_argument
@asking_options
def explain(instance: Path, plan: Path, as_json: bool, **options: Any) -> int:
    """Say why a plan is as it is. What each merchant got, and what moving a rule would do."""
    from optimizer import pipeline
    from optimizer.show.findings import show_findings

    asked = Asked.of(options)
    in_hand = pipeline.take_in_hand(instance, plan)
    if in_hand.plan is None:
        return refused(in_hand.findings, as_json=as_json)
    if not as_json:
        show_findings(console_of(sys.stdout), in_hand.findings)
    if in_hand.changed:
        say(_("changed since the plan was made: {files}").format(files=", ".join(in_hand.changed)), 0)
    return answer(asked, plan, in_hand, as_json=as_json)
