"""Two processes on one queue, one of them killed again and again: nothing lost, nothing doubled."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.routing.postgres import Postgres, find_server
from tests.routing.queue_faults import play_and_kill


def main(argv: list[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="queue_faults")
    parser.add_argument("--kills", type=int, default=50)
    options = parser.parse_args(argv)
    print(
        f"{'database':12} {'kill -9':>8} {'calls taken':>12} {'lost':>5} {'order changed':>14}"
        f" {'events':>7} {'violations':>11}"
    )
    with tempfile.TemporaryDirectory() as folder:
        _row("SQLite", f"sqlite:///{Path(folder) / 'voice122.sqlite'}", options.kills)
    programs = find_server()
    if programs is None:
        print("PostgreSQL   not installed")
        return 0
    server = Postgres(programs, durable=True)
    try:
        _row("PostgreSQL", server.new_database(), options.kills)
    finally:
        server.close()
    return 0


def _row(name: str, url: str, kills: int) -> None:
    found = play_and_kill(url, kills)
    print(
        f"{name:12} {found.kills:8} {found.taken:12} {found.lost:5} {found.moved:14}"
        f" {found.events:7} {len(found.violations):11}",
        flush=True,
    )
    for violation in found.violations[:10]:
        print(f"  {violation}")
