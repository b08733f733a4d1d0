"""All choices of a block that lose little: the depth-first search of `own_dive` that keeps what it meets."""

from __future__ import annotations

from models.instance import Int64
from optimizer.compiled import compiled
from optimizer.lagrangian.choices import Block, Scratch
from optimizer.lagrangian.own_dive import begin, keep_choices, may_pay, reaches, takes_next

TOO_MANY = -1


@compiled
def list_choices(
    block: Block,
    work: Scratch,
    known: tuple[Int64, Int64, int],
    limits: tuple[float, float, int],
    listed: Int64,
) -> int:
    """List the choices of a block that keep to its limits and lose little.

    Parameters
    ----------
    known
        The choice that comes first, another that is to be among the others if it keeps to the limits, and
        the value of the first.
    limits
        Largest loss against the first, largest loss against the bound, and nodes that may be looked at.
    listed
        Where the choices go; shape (most choices + 1, cells).

    Returns
    -------
    How many there are, or `TOO_MANY`.
    """
    taken, further, now = known
    loss, most, nodes = limits
    num_cells, num_limits = len(block.start) - 1, len(block.bound)
    listed[0] = taken
    count = 1
    num_open = keep_choices(block, work, most)
    first = num_cells - num_open
    reaches(block, work, num_cells, num_limits)
    if begin(block, work, first, num_limits) and may_pay(block, work, first, most) and num_open > 0:
        depth = first
        work.pointer[depth] = work.kept_start[depth]
        while depth >= first:
            if depth == num_cells:
                if work.partial_value[depth] >= now - loss:
                    if count == len(listed) - 1:
                        return TOO_MANY
                    _write(work, num_cells, first, listed[count])
                    if (listed[count] != taken).any():
                        count += 1
                depth -= 1
            elif not takes_next(block, work, depth, most):
                depth -= 1
            else:
                nodes -= 1
                if nodes < 0:
                    return TOO_MANY
                if may_pay(block, work, depth + 1, most):
                    depth += 1
                    if depth < num_cells:
                        work.pointer[depth] = work.kept_start[depth]
    return _with_further(block, further, listed, count)


@compiled
def list_known(block: Block, known: tuple[Int64, Int64, int], listed: Int64) -> int:
    """List the choices that are known alone."""
    listed[0] = known[0]
    return _with_further(block, known[1], listed, 1)


@compiled
def _with_further(block: Block, further: Int64, listed: Int64, count: int) -> int:
    """Add a choice that is not among those listed, if it keeps to the limits; return how many there are."""
    if not _holds(block, further):
        return count
    for number in range(count):
        if (listed[number] == further).all():
            return count
    listed[count] = further
    return count + 1


@compiled
def _holds(block: Block, choice: Int64) -> bool:
    """Say whether a choice keeps to every limit."""
    for limit in range(len(block.bound)):
        used = 0
        for cell in range(len(choice)):
            used += block.amount[limit, choice[cell]]
        if used > block.bound[limit]:
            return False
    return True


@compiled
def _write(work: Scratch, num_cells: int, first: int, choice: Int64) -> None:
    """Write out the choice that the pointers stand for; in open cells they are one ahead."""
    for place in range(num_cells):
        at = work.pointer[place] - (1 if place >= first else 0)
        choice[work.order[place]] = work.kept[at]
