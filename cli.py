"""The command line: every command under one name."""

from __future__ import annotations

import click

from optimizer.commands.check import check
from optimizer.commands.compare import compare
from optimizer.commands.evaluate import evaluate
from optimizer.commands.explain import explain
from optimizer.commands.frame import Commands
from optimizer.commands.frontier import frontier
from optimizer.commands.generate import generate
from optimizer.commands.init import init
from optimizer.commands.registry import registry
from optimizer.commands.reoptimise import reoptimise
from optimizer.commands.scenarios import scenarios
from optimizer.commands.solve import solve
from optimizer.commands.status import status
from optimizer.commands.verify import verify

COMMANDS = (
    *(check, solve, verify, evaluate, compare, explain, frontier, scenarios),
    *(reoptimise, status, registry, init, generate),
)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="fairpool solve instances/tiny --out plans/tiny",
)
@click.version_option(package_name="fairpool", message="%(prog)s %(version)s")
def main() -> None:
    """Decide who gets a platform's subsidies: the plan that brings the most while the policy holds.

    Exit codes: 0 done; 2 usage; 3 invalid instance or plan; 4 proven impossible; 5 stopped before the gap was
    reached; 6 a plan failed verification; 7 a guard wants a person to look; 74 a file cannot be read or
    written; 75 another run or writer is at work.
    """


for _command in COMMANDS:
    main.add_command(_command)


if __name__ == "__main__":
    main()
