"""What the tests run in processes of their own: `hammer REGISTRY WHO ACTION ARGUMENT COUNT`.

COUNT processes are forked, each with a connection of its own. A barrier file lets all begin at once. Each
says `ready` first, and then its answer, a line on standard output.
"""

import os
import sys
import time
from pathlib import Path

from models.refusal import Refused
from optimizer.registry import store as stores
from optimizer.registry.address import address_of
from optimizer.registry.deciding import approve
from optimizer.registry.events import Said
from optimizer.registry.money import adjust
from optimizer.registry.store import Store, make


def main(where: str, who: str, action: str, argument: str, count: str) -> None:
    stores._user = lambda: who
    children = []
    for _ in range(int(count)):
        child = os.fork()
        if not child:
            _run(where, action, argument)
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


def _run(where: str, action: str, argument: str) -> None:
    barrier = Path(os.environ["BARRIER"])
    _answer("ready")
    while not barrier.exists():
        time.sleep(0.005)
    try:
        if action == "make":
            _answer(make(address_of(where)))
            return
        store = Store(address_of(where))
        if action == "approve":
            _answer(approve(store, argument, Said()).event.seq)
        elif action == "take":
            _answer(adjust(store, "cash", argument, Said(), is_taken=True).event.seq)
        elif action == "hang":
            _hang(store)
        else:
            while True:
                _answer(adjust(store, "cash", argument, Said()).event.seq)
    except Refused as refused:
        _answer(refused.reason.name)


def _answer(text: object) -> None:
    """Write a line in one piece: several processes share the pipe."""
    os.write(1, f"{text}\n".encode())


def _hang(store: Store) -> None:
    """Change everything in a turn that never ends."""
    from optimizer.registry.events import append
    from optimizer.registry.ledger import Line, post

    with store.writing() as turn:
        line = Line("tiny", "cash", "left", "added", 77)
        after, event = append(turn, Said(), "adjust", instance="tiny", lines=[line.to_json()])
        post(after, event.seq, [line])
        _answer("holding")
        time.sleep(600)


if __name__ == "__main__":
    main(*sys.argv[1:])
