"""The smallest whole number that is enough, in as few trials as can be: each is a search of its own."""

from __future__ import annotations

from collections.abc import Callable

Trial = Callable[[int], bool | None]
"""Whether a number is enough; None: the trial does not say."""


def smallest(
    is_enough: Trial, most: int, tries: int, *, guess: int = 0, step: int = 1
) -> tuple[int, int | None]:
    """Narrow down the smallest number from 1 to `most` that is enough, where larger ones are as well.

    Parameters
    ----------
    tries
        How many numbers may be tried.
    guess
        Where to begin; out of range: at `most`.
    step
        What the answer is probably a multiple of.

    Returns
    -------
    The largest number known not to be enough (0 if none is), and the smallest known to be (None if none is).
    """
    low, floor, high = 0, 0, None
    for trial in range(tries):
        if trial == 0 and 0 < guess < most:
            number = guess
        elif high is None:
            number = most
        elif high - floor <= 1:
            break
        else:
            number = _between(floor, high, step)
        if high is None and number <= floor:
            break
        answer = is_enough(number)
        if answer:
            high = number
        else:
            floor = max(floor, number)
            low = max(low, number) if answer is not None else low
    return low, high


def _between(floor: int, high: int, step: int) -> int:
    """Return a number strictly between: a multiple of the step near the middle, else the one below `high`."""
    if high - floor <= step:
        return high - 1 if high % step == 0 else (floor + high) // 2
    middle = (floor + high) // 2 // step * step
    middle = middle if middle > floor else middle + step
    return middle if middle < high else high - 1
