"""Looking cells up by the texts of their keys."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from models.headers import EVERY_KEY
from models.instance import Options

Keys = tuple[str, ...]


class Cells:
    """The cells of options.

    Attributes
    ----------
    is_complete
        False where rows or keys of options could not be read: nothing is said of cells that seem not to be.
    """

    def __init__(self, options: Options, *, is_complete: bool = True) -> None:
        self.is_complete = is_complete
        self.names = tuple(options.keys)
        self._options = options
        self._texts = [key.texts for key in options.keys.values()]
        self._patterns: dict[tuple[int, ...], set[Keys]] = {}

    @cached_property
    def _codes(self) -> list[dict[str, int]]:
        return [{text: code for code, text in enumerate(texts)} for texts in self._texts]

    def options_of(self, keys: Keys) -> Keys:
        """Return the options of one cell, sorted; none if there is no such cell."""
        start, end = 0, len(self._options)
        for codes, column, text in zip(self._codes, self._options.keys.values(), keys, strict=True):
            code = codes.get(text)
            if code is None:
                return ()
            part = column.codes[start:end]
            start, end = (
                start + int(np.searchsorted(part, code)),
                start + int(np.searchsorted(part, code, "right")),
            )
        option = self._options.option
        return tuple(option.texts[code] for code in option.codes[start:end])

    def fits(self, keys: Keys) -> bool:
        """Whether any cell has these keys; `*` fits every text."""
        named = tuple(i for i, text in enumerate(keys) if text != EVERY_KEY)
        if len(named) == len(keys):
            return bool(self.options_of(keys))
        if named not in self._patterns:
            self._patterns[named] = self._project(named)
        return tuple(keys[i] for i in named) in self._patterns[named]

    def unknown(self, keys: Keys) -> tuple[str, str, Keys] | None:
        """Return (key, text, known texts) of the first text that no cell has, or None."""
        for name, text, texts, codes in zip(self.names, keys, self._texts, self._codes, strict=True):
            if text != EVERY_KEY and text not in codes:
                return name, text, texts
        return None

    def _project(self, named: tuple[int, ...]) -> set[Keys]:
        columns = list(self._options.keys.values())
        if not named:
            return {()} if len(self._options) else set()
        distinct = np.unique(np.stack([columns[i].codes for i in named], axis=1), axis=0)
        return {
            tuple(self._texts[i][code] for i, code in zip(named, row, strict=True))
            for row in distinct.tolist()
        }
