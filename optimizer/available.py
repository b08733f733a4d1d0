"""How much memory this process may take: what the machine has left, and what its control group allows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_VERSIONS = (
    ("", "sys/fs/cgroup", "memory.max", "memory.current", ("inactive_file", "active_file")),
    (
        "memory",
        "sys/fs/cgroup/memory",
        "memory.limit_in_bytes",
        "memory.usage_in_bytes",
        ("total_inactive_file", "total_active_file"),
    ),
)
"""Of both versions of control groups: controller, root, and the files of the limit and of what is in use."""


def available_bytes(system: Path = Path("/")) -> int | None:
    """Return how large this process may become in all, in bytes; None where the system does not say.

    Parameters
    ----------
    system
        Where `proc` and `sys` stand.
    """
    held = _field(system / "proc/self/status", "VmRSS") or 0
    free = _field(system / "proc/meminfo", "MemAvailable")
    rooms = [] if free is None else [free + held]
    return min([*rooms, *_rooms_of_groups(system, held)], default=None)


def _rooms_of_groups(system: Path, held: int) -> Iterator[int]:
    """Return what every control group leaves to this process: its limit less what others of it hold."""
    groups = [line.split(":", 2) for line in _text(system / "proc/self/cgroup").splitlines()]
    for controller, root, most, used, cache in _VERSIONS:
        paths = [path for _number, names, path in groups if controller in names.split(",")]
        for folder in {folder for path in paths for folder in _up(system / root, path)}:
            limit, current = _integer(folder / most), _integer(folder / used) or 0
            if limit is not None:
                freed = _statistics(folder, cache)  # files that the system lets go of when it must
                yield max(0, limit - max(0, current - freed - held))


def _up(root: Path, path: str) -> list[Path]:
    """Return the folder of a group and those above it; inside a container the root may be the group."""
    folder = root / path.strip("/")
    return [folder, *(above for above in folder.parents if above.is_relative_to(root))]


def _statistics(folder: Path, names: tuple[str, ...]) -> int:
    pairs = (line.split() for line in _text(folder / "memory.stat").splitlines())
    return sum(int(pair[1]) for pair in pairs if len(pair) == 2 and pair[0] in names)


def _field(file: Path, name: str) -> int | None:
    """Return a field of a file of proc, which counts kilobytes, in bytes."""
    found = next((line.split() for line in _text(file).splitlines() if line.startswith(f"{name}:")), None)
    return None if found is None else int(found[1]) * 1024


def _integer(file: Path) -> int | None:
    text = _text(file).strip()
    return int(text) if text.isdigit() else None  # `max` is no limit


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
