"""Kills processes of a queue and looks at what is left: for a short test and a long bench."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from routing.queue.invariants import EventCheck, Violation, check_store
from routing.queue.states import TaskState
from tests.routing.shop import Shop

ROOT = Path(__file__).parents[2]


@dataclass
class Survivors:
    """What was left after all kills."""

    kills: int = 0
    taken: int = 0
    """Calls that a process had confirmed before it died."""
    lost: int = 0
    """Of them, those that the store does not know."""
    moved: int = 0
    """Waiting calls whose order changed across a kill."""
    events: int = 0
    violations: list[Violation] = field(default_factory=list)


class Player:
    """A process that plays callers and operators."""

    def __init__(self, url: str, seed: int) -> None:
        self.confirmed: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.routing.queue_process", url, str(seed)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def kill(self) -> None:
        """As the power does it."""
        self._process.send_signal(signal.SIGKILL)
        out, _ = self._process.communicate()
        # The last line may be half written: then nobody was told.
        self.confirmed += [line for line in out.split("\n")[:-1] if line]


def prepare(url: str) -> None:
    """Eight operators, and callers who are waiting already."""
    shop = Shop(url, at=datetime.now().astimezone())
    shop.queue("general", wrap_up_s=1, offer_s=2, redirect_s=1, spare_s=0)
    shop.queue("patient")
    for n in range(8):
        shop.operator(f"o{n}", queues=("general",))
    for n in range(20):
        shop.call(f"patient-{n}", "patient")
    shop.close()


def play_and_kill(url: str, kills: int, *, alive_s: float = 0.3) -> Survivors:
    """Two processes on one store; one of them is killed again and again, at any moment."""
    prepare(url)
    rng, found = random.Random(122), Survivors()
    players = [Player(url, seed) for seed in (1, 2)]
    confirmed: list[str] = []
    order = _patient(url)
    try:
        for number in range(kills):
            time.sleep(alive_s * rng.uniform(0.5, 1.5))
            victim = players[number % 2]
            victim.kill()
            confirmed += victim.confirmed
            found.kills += 1
            found.moved += _patient(url) != order
            players[number % 2] = Player(url, 10 + number)
    finally:
        for player in players:
            player.kill()
            confirmed += player.confirmed
    return _judge(url, confirmed, found)


def _patient(url: str) -> list[str]:
    """Who waits in the queue that nobody serves, in order."""
    shop = Shop(url)
    listed = shop.desk.tasks.listing(queues=["patient"], state=TaskState.PENDING)
    shop.close()
    return [task.id for task in listed]


def _judge(url: str, confirmed: list[str], found: Survivors) -> Survivors:
    shop = Shop(url, at=datetime.now().astimezone())
    found.taken = len(confirmed)
    replay = shop.desk.statistics.recount()
    found.lost = sum(task_id not in replay.states for task_id in confirmed)
    check, seq = EventCheck(), 0
    while events := shop.desk.events.after(seq):
        check.feed(events)
        seq = events[-1].seq
    found.events = seq
    found.violations = check.violations + check_store(shop.store, shop.at)
    shop.close()
    return found
