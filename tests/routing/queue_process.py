"""A service process, to be killed: `python -m tests.routing.queue_process URL SEED`.

It plays callers and operators on a shared store until it dies. Every call that the store has taken
is printed, so that a test knows what was promised before the kill.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from routing.errors import RoutingError
from routing.queue.desk import Desk, open_desk
from routing.queue.records import NewTask
from routing.queue.states import Activity
from routing.store import Store
from tests.routing.shop import PHONE


def main(url: str, seed: int) -> None:
    """Play until killed."""
    rng = random.Random(seed)
    desk = open_desk(Store(url), lambda: datetime.now().astimezone())
    print("ready", flush=True)
    for number in range(10**9):
        with suppress(RoutingError):
            _play(desk, rng, f"{seed}-{number}")
        time.sleep(rng.random() * 0.002)


def _play(desk: Desk, rng: random.Random, key: str) -> None:
    operator = f"o{rng.randrange(8)}"
    held = desk.reservations.open_of(operator)
    moves: list[Callable[[], object]] = [desk.timekeeper.tick]
    if rng.random() < 0.35:
        phone = rng.choice([None, PHONE])
        task = desk.tasks.create(NewTask(key, "general", phone=phone, callback_agreed=True))
        print(task.id, flush=True)
        moves.append(lambda: desk.tasks.caller_left(task.id))
        moves.append(lambda: desk.tasks.redirect(task.id, "103"))
    elif held is None:
        moves = [lambda: desk.operators.set_activity(operator, Activity.AVAILABLE)]
    else:
        moves += [
            lambda: desk.reservations.accept(held.id),
            lambda: desk.reservations.complete(held.id),
            lambda: desk.reservations.reject(held.id),
            lambda: desk.reservations.end_talk(held.id),
        ]
    rng.choice(moves)()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
