"""Two switches: tests at full volume run with `--full`, tests of a service where the service is."""

import shutil
from pathlib import Path

import pytest

SKIPPED_SERVICES = pytest.StashKey[dict[str, int]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="also run the tests marked full")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SKIPPED_SERVICES] = {}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    skipped = config.stash[SKIPPED_SERVICES]
    for item in items:
        if item.get_closest_marker("full") and not config.getoption("--full"):
            item.add_marker(pytest.mark.skip(reason="full volume: run with --full"))
        for marker in item.iter_markers("service"):
            (service,) = marker.args
            if not _is_installed(service):
                skipped[service] = skipped.get(service, 0) + 1
                item.add_marker(pytest.mark.skip(reason=f"{service} is not installed"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for service, count in sorted(config.stash[SKIPPED_SERVICES].items()):
        terminalreporter.section(f"NOT TESTED: {service} is not installed, {count} skipped", "!", red=True)


def _is_installed(service: str) -> bool:
    """Whether `postgresql` or `chromium` is on this machine; Debian keeps postgres off the PATH."""
    if service == "postgresql":
        return bool(shutil.which("postgres") or any(Path("/usr/lib/postgresql").glob("*/bin/postgres")))
    if service == "chromium":
        return bool(shutil.which("chromium") or shutil.which("chromium-browser"))
    raise pytest.UsageError(f"unknown service {service!r}: expected postgresql or chromium")
