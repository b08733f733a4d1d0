"""`fairpool init`."""

from __future__ import annotations

from pathlib import Path

import click

from models.language import _
from optimizer.commands.frame import command, print_json, wrote
from optimizer.commands.parameters import Folder
from optimizer.show.output import named


@command("fairpool init my-instance")
@click.argument("folder", type=Folder())
def init(folder: Path, as_json: bool) -> int:
    """Write an instance to fill in. Every table with its columns and an example; valid as it stands."""
    from optimizer.init import init as write_instance

    names = write_instance(folder)
    wrote(folder)
    if as_json:
        print_json(0, {"folder": str(folder), "files": names})
    else:
        click.echo(_("{folder}: {files}").format(folder=named(folder), files=", ".join(names)))
        click.echo(_("Fill them in, then: fairpool check {folder}").format(folder=named(folder)))
    return 0
