"""Mad peers: a hundred thousand AudioSocket and WebSocket messages against the real edges."""

from __future__ import annotations

import argparse
import asyncio
import logging
import time

from hypothesis import HealthCheck, Phase, given, settings
from rich.console import Console
from rich.table import Table

from tests.telephony import fuzzing


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="telephony_fuzz", description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    most = parser.parse_args(argv).messages
    logging.disable(logging.CRITICAL)  # every dropped peer says why
    table = Table(title="messages that did no harm")
    for head in ("edge", "peers", "messages", "s"):
        table.add_column(head, justify="right")
    total = 0
    kinds = ["audiosocket", *fuzzing.DIALECTS]
    for kind in kinds:
        peers, count, seconds = _try(kind, most // len(kinds) + 1)
        total += count
        table.add_row(kind, str(peers), str(count), f"{seconds:.0f}")
    Console().print(table)
    print(f"{total} messages in all (bar 100000)")
    return 0


def _try(kind: str, wanted: int) -> tuple[int, int, float]:
    """Until so many messages were sent: peers, messages, seconds."""
    peers = count = 0
    began = time.monotonic()
    free = settings(
        max_examples=500,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    @free
    @given(fuzzing.audiosocket_messages, fuzzing.cuts)
    def audiosocket(messages: list[bytes], cuts: list[int]) -> None:
        nonlocal peers, count
        peers, count = peers + 1, count + len(messages)

        async def run() -> None:
            fuzzing.try_audiosocket(messages, cuts)

        asyncio.run(run())

    @free
    @given(fuzzing.websocket_messages)
    def websocket(messages: list[str | bytes]) -> None:
        nonlocal peers, count
        peers, count = peers + 1, count + len(messages)
        asyncio.run(fuzzing.try_websocket(kind, messages, begin=peers % 4 > 0))

    while count < wanted:
        if kind == "audiosocket":
            audiosocket()
        else:
            websocket()
    return peers, count, time.monotonic() - began
