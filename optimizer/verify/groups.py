"""The texts of groups, written only where somebody asks: there may be millions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from optimizer.verify.arrays import Codes
from optimizer.verify.texts import quoted

_PLAIN = r"^[0-9A-Za-z_.+-][0-9A-Za-z_.+ -]*[0-9A-Za-z_.+-]$|^[0-9A-Za-z_.+-]$"


@dataclass(frozen=True, eq=False)
class Named:
    """One column of the groups: how it is written, its texts, and the place of every group's among them."""

    label: str
    texts: Sequence[str]
    codes: Codes

    def text(self, group: int) -> str:
        """Write the condition of a group."""
        return f"{self.label}={quoted(self.texts[self.codes[group]])}"

    def written(self, groups: Codes) -> pa.Array:
        """Write the conditions of some groups."""
        if len(self.texts) > 4 * len(groups):
            used, place = np.unique(self.codes[groups], return_inverse=True)
            texts = [f"{self.label}={quoted(self.texts[code])}" for code in used.tolist()]
            return pa.array(texts, pa.string()).take(pa.array(place))
        return self._every.take(pa.array(self.codes[groups]))

    @cached_property
    def _every(self) -> pa.Array:
        """The conditions of all texts; quotes are thought about only where they might be needed."""
        texts = pa.array(self.texts, pa.string())
        is_plain = pc.match_substring_regex(texts, _PLAIN)
        if not pc.all(is_plain).as_py():
            places = np.flatnonzero(~is_plain.to_numpy(zero_copy_only=False)).tolist()
            marked = pa.array([quoted(self.texts[place]) for place in places], pa.string())
            texts = pc.replace_with_mask(texts, pc.invert(is_plain), marked)
        return pc.binary_join_element_wise(f"{self.label}=", texts, "")


@dataclass(frozen=True, eq=False)
class GroupTexts:
    """The texts of groups as `limits.csv` writes them.

    Attributes
    ----------
    num_groups
        Before each is cut into windows.
    columns
        Those of `by`, in order.
    spans
        The texts of windows; every group has each.
    """

    num_groups: int
    columns: tuple[Named, ...]
    spans: tuple[str, ...]

    def with_spans(self, spans: tuple[str, ...]) -> GroupTexts:
        """Cut every group into windows."""
        return replace(self, spans=spans)

    def __len__(self) -> int:
        return self.num_groups * len(self.spans) if self.spans else self.num_groups

    def __getitem__(self, place: int) -> str:
        group, span = divmod(place, len(self.spans)) if self.spans else (place, 0)
        parts = [column.text(group) for column in self.columns]
        return ";".join([*parts, self.spans[span]] if self.spans else parts)

    def __iter__(self) -> Iterator[str]:
        return iter(self.written(np.arange(len(self))).to_pylist())

    def written(self, places: Codes) -> pa.Array:
        """Write some of the texts."""
        size = max(1, len(self.spans))
        parts = [column.written(places // size) for column in self.columns]
        if self.spans:
            parts.append(pa.array(self.spans, pa.string()).take(pa.array(places % size)))
        if not parts:
            return pa.array([""] * len(places), pa.string())
        return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, ";")
