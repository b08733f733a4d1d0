"""Collects what verification finds."""

from __future__ import annotations

from collections import Counter

from models.finding import Finding, ordered

_KEPT_PER_CODE = 1000
_FIRST = "VER-01"


class UnverifiableError(Exception):
    """Verification cannot go on; the finding that says why has been added."""


class Report:
    """The findings of one verification; of each code at most a thousand are kept, the rest are counted."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []
        self._seen: Counter[str] = Counter()

    def add(
        self,
        code: str,
        file: str = "",
        row: int | None = None,
        column: str = "",
        value: str = "",
        **facts: object,
    ) -> None:
        """Add one finding."""
        self._keep(code, file, row, (column, value), facts)

    def stop(self, code: str, file: str = "", value: str = "", **facts: object) -> UnverifiableError:
        """Add one finding and return the exception that ends the verification."""
        self._keep(code, file, None, ("", value), facts)
        return UnverifiableError(code)

    def _keep(
        self, code: str, file: str, row: int | None, texts: tuple[str, str], facts: dict[str, object]
    ) -> None:
        self._seen[code] += 1
        if self._seen[code] <= _KEPT_PER_CODE:
            column, value = map(_printable, texts)
            shown = tuple((name, _printable(str(fact))) for name, fact in facts.items())
            self._findings.append(Finding(code, _printable(file), row, column, value, shown))

    def under(self, names: dict[str, str]) -> Report:
        """Return a report that adds to this one, with files under other names."""
        return _Renamed(self, names)

    def has(self, prefix: str) -> bool:
        """Whether a code that begins with `prefix` has been found."""
        return any(code.startswith(prefix) for code in self._seen)

    @property
    def count(self) -> int:
        """How many findings there are so far."""
        return sum(self._seen.values())

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings kept, most severe first; changed inputs before all, as they explain the others."""
        return tuple(sorted(ordered(self._findings), key=lambda found: found.code != _FIRST))

    @property
    def num_dropped(self) -> int:
        """How many findings were counted but not kept."""
        return sum(max(0, seen - _KEPT_PER_CODE) for seen in self._seen.values())


class _Renamed(Report):
    """A report of files that are read as others are, under names of their own."""

    def __init__(self, base: Report, names: dict[str, str]) -> None:
        super().__init__()
        self._base, self._names = base, names

    def _keep(
        self, code: str, file: str, row: int | None, texts: tuple[str, str], facts: dict[str, object]
    ) -> None:
        self._base._keep(code, self._names.get(file, file), row, texts, facts)

    def has(self, prefix: str) -> bool:
        return self._base.has(prefix)

    @property
    def count(self) -> int:
        return self._base.count


def _printable(text: str) -> str:
    # Lone surrogates come from hostile JSON; no terminal and no file takes them.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
