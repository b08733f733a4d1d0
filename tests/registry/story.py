"""The story that docs/registry.md tells: played on a PostgreSQL of its own, each person with their own login.

`python -m tests.registry.story` writes what is printed now into the page.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.registry.cluster import GRANTS, Cluster

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "registry.md"
BLOCK = re.compile(r"(?<=^```text\n)((?:\w+\$ ).*?)(?=^```$)", re.MULTILINE | re.DOTALL)
PROMPT = re.compile(r"^(\w+)\$ (.*)$")
URL = re.compile(r"postgresql://postgres@\S+")
VARYING = re.compile(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?! UTC)")


def played(page: str, cluster: Cluster) -> str:
    """Return the page with what its commands print now."""
    database = cluster.new_database()
    with tempfile.TemporaryDirectory() as made:
        shutil.copytree(ROOT / "instances" / "tiny", Path(made) / "tiny")
        return BLOCK.sub(lambda block: _block(block[0], Path(made), cluster, database), page)


def _block(text: str, cwd: Path, cluster: Cluster, database: str) -> str:
    prompts = [match.groups() for match in map(PROMPT.match, text.splitlines()) if match]
    return "".join(
        f"{who}$ {line}\n{_run(line, cwd, cluster.url(database, who), cluster, database)}"
        for who, line in prompts
    )


def _run(line: str, cwd: Path, url: str, cluster: Cluster, database: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
    environment |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "FAIRPOOL_REGISTRY": url,
        "COLUMNS": "120",
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        check=False,
    )
    if line == "fairpool registry init":
        cluster.execute(GRANTS, database)
    said = "\n".join(row.rstrip() for row in done.stdout.decode().strip("\n").splitlines())
    said = URL.sub("postgresql://postgres@db/fairpool", said).replace(f"{cwd}/", "")
    ended = f"(exit {done.returncode})\n" if done.returncode else ""
    return (f"{said}\n" if said else "") + ended


def comparable(page: str) -> str:
    """Return a page without what is another one every time: hashes and the time of day."""
    return VARYING.sub("#", page)


if __name__ == "__main__":
    server = Cluster()
    try:
        PAGE.write_text(played(PAGE.read_text("utf-8"), server), "utf-8")
    finally:
        server.stop()
