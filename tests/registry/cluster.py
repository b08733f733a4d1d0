"""A PostgreSQL server of the tests' own: in a temporary folder, on a socket only, gone at the end."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg

PEOPLE = ("anna", "boss", "second", "job", "uma'x")
GRANTS = """
grant usage on schema public to public;
grant select, insert on all tables in schema public to public;
grant update on fairpool_chain, fairpool_plans, fairpool_approvals, fairpool_accounts to public;
grant usage on all sequences in schema public to public;
"""
"""What docs/registry.md gives to those who use a registry."""


class Cluster:
    """A running server; `url(database, user)` connects to it."""

    def __init__(self) -> None:
        self._owner = (
            {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
        )
        memory = Path("/dev/shm")  # quicker than a disk, where there is one
        place = memory if os.access(memory, os.W_OK) else None
        self._home = Path(tempfile.mkdtemp(prefix="fp-pg-", dir=place))
        if self._owner:
            shutil.chown(self._home, "postgres", "postgres")
        self._run("initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-k {self._home} -c listen_addresses='' -c fsync=off -c max_connections=60"
        self._run("pg_ctl", "-D", self._data, "-l", self._home / "log", "-w", "-o", options, "start")
        for name in PEOPLE:
            self.execute(f'create role "{name}" login')
        self._count = 0

    @property
    def _data(self) -> Path:
        return self._home / "data"

    def _run(self, program: str, *arguments: object) -> None:
        """Run one of PostgreSQL's programs; its output goes to a file, as the server keeps it open."""
        found = shutil.which(program) or max(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                [found, *map(str, arguments)],
                cwd=self._home,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                timeout=120,
                check=False,
                **self._owner,
            )
            said.seek(0)
            assert done.returncode == 0, said.read().decode()

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run a statement as the owner of everything."""
        with psycopg.connect(self._info(database), autocommit=True) as connection:
            connection.execute(statement)

    def new_database(self, template: str = "template1") -> str:
        """Make a database: empty, or a copy."""
        self._count += 1
        name = f"registry{self._count}"
        self.execute(f"create database {name} template {template} strategy file_copy")
        return name

    def url(self, database: str, user: str = "postgres") -> str:
        return f"postgresql://{user.replace(chr(39), '%27')}@/{database}?host={self._home}"

    def _info(self, database: str) -> str:
        return f"host={self._home} user=postgres dbname={database}"

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._home, ignore_errors=True)
