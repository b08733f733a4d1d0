"""A registry of either database, plans to put in it, and people to do so."""

import json
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from optimizer import pipeline
from optimizer.read import read_instance
from optimizer.registry import store as stores
from optimizer.registry.address import address_of
from optimizer.registry.standing import Tools
from optimizer.registry.store import Store, make
from optimizer.verify import verify
from tests.registry.cluster import GRANTS, Cluster

ROOT = Path(__file__).resolve().parents[2]
TINY = ROOT / "instances" / "tiny"
TOOLS = Tools(verify, read_instance)


class Registry:
    """A registry under test; `as_user` opens it as somebody."""

    def __init__(self, monkeypatch, where, cluster=None):
        self._monkeypatch, self.where, self._cluster = monkeypatch, where, cluster

    @property
    def is_postgresql(self):
        return self._cluster is not None

    def url(self, name="postgres"):
        """What `--registry` takes, for a login or user."""
        return self._cluster.url(self.where, name) if self.is_postgresql else str(self.where)

    def as_user(self, name, wait_seconds=20):
        """Open it as `name`: a login of PostgreSQL, or what SQLite's operating system would say."""
        if not self.is_postgresql:
            self._monkeypatch.setattr(stores, "_user", lambda: name)
        return Store(address_of(self.url(name)), wait_seconds)

    def make(self):
        made = make(address_of(self.url()))
        if self.is_postgresql:
            self._cluster.execute(GRANTS, self.where)
        return made

    def tamper(self, *statements, keep_triggers=False):
        """Run statements as somebody who may do anything to the database, past its triggers."""
        engine = sa.create_engine(
            self.url().replace("postgresql:", "postgresql+psycopg:")
            if self.is_postgresql
            else f"sqlite:///{self.where}",
            poolclass=sa.NullPool,
        )
        with engine.begin() as connection:
            if not keep_triggers:
                self._disable_triggers(connection)
            for statement in statements:
                connection.execute(sa.text(statement))

    def _disable_triggers(self, connection):
        if self.is_postgresql:
            connection.execute(sa.text("set session_replication_role = replica"))
            return
        for table in ("events", "entries", "files"):
            for verb in ("update", "delete"):
                connection.execute(sa.text(f"drop trigger if exists fairpool_{table}_no_{verb}"))


@pytest.fixture(scope="session")
def cluster():
    made = Cluster()
    yield made
    made.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service("postgresql"))])
def empty(request, tmp_path, monkeypatch):
    """A place for a registry, on each database."""
    if request.param == "sqlite":
        return Registry(monkeypatch, tmp_path / "registry.sqlite")
    cluster = request.getfixturevalue("cluster")
    return Registry(monkeypatch, cluster.new_database(), cluster)


@pytest.fixture
def registry(empty):
    """A registry without anything in it."""
    empty.make()
    return empty


def solved(instance, out):
    """Solve an instance."""
    assert pipeline.solve(instance, out).plan is not None
    return out


@pytest.fixture(scope="session")
def solved_tiny(tmp_path_factory):
    return solved(TINY, tmp_path_factory.mktemp("solved") / "plan")


@pytest.fixture
def tiny(tmp_path):
    """A copy of the instance that may be changed; its name is in its settings."""
    shutil.copytree(TINY, tmp_path / "instance")
    return tmp_path / "instance"


@pytest.fixture
def plan(tmp_path, solved_tiny):
    """A plan of `tiny`: all 100.00 of its cash."""
    shutil.copytree(solved_tiny, tmp_path / "plan")
    return tmp_path / "plan"


def twin(plan, number=1):
    """Return another plan folder that holds the same and verifies as well: it only took longer."""
    folder = plan.with_name(f"{plan.name}-{number}")
    shutil.copytree(plan, folder)
    summary = json.loads((folder / "summary.json").read_bytes())
    summary["timings"]["read_seconds"] = f"{number}.5"
    (folder / "summary.json").write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return folder
