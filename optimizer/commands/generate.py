"""`fairpool generate`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from models.language import _, mark
from optimizer.commands.frame import command, print_json, wrote
from optimizer.commands.parameters import Folder
from optimizer.show.output import named


@command("fairpool generate --merchants 2000 --out market --seed 7")
@click.option(
    "--merchants", type=click.IntRange(1, 20_000_000), required=True, help=mark("How many merchants.")
)
@click.option("--out", type=Folder(), required=True, help=mark("The instance folder to write."))
@click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), default=0, help=mark("Another seed is another market.")
)
@click.option(
    "--cells-per-merchant", type=click.FloatRange(1, 24), default=5.0, help=mark("On average (default 5).")
)
@click.option(
    "--options", type=click.IntRange(1, 20), help=mark("Options of every cell (default three to five).")
)
@click.option("--parquet", is_flag=True, help=mark("Write the large tables as Parquet."))
def generate(out: Path, as_json: bool, **choices: Any) -> int:
    """Write a realistic synthetic instance. It is a short-video marketplace's yearly resource package."""
    from optimizer.generate import generate as write_instance

    try:
        write_instance(out, **choices)
    except ValueError as error:  # what the ranges of the options let through: nan
        raise click.UsageError(str(error)) from None
    wrote(out)
    if as_json:
        print_json(0, {"folder": str(out)})
    else:
        click.echo(_("{folder} written; next: fairpool solve {folder} --out PLAN").format(folder=named(out)))
    return 0
