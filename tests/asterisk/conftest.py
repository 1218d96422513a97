"""A private Asterisk for all tests here, in the namespace of `make test-asterisk` only."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asterisk.private_asterisk import Asterisk

# They need root, a network of their own and an Asterisk: only where asked for.
_ANYWHERE = {"test_shipped_files.py"}
collect_ignore = [
    path.name
    for path in Path(__file__).parent.glob("test_*.py")
    if os.environ.get("TEST_ASTERISK") != "1" and path.name not in _ANYWHERE
]


@pytest.fixture(scope="session")
def running_asterisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asterisk]:
    directory = tmp_path_factory.mktemp("asterisk") / "private"
    site = {
        "V122_PATIENCE_AT_START": "2",
        "V122_PATIENCE_IN_CALL": "15",
        "V122_QUEUE_WAIT": "60",
        "V122_HOURS": "*,*,*,*",
    }
    with Asterisk(directory, **site) as asterisk:
        yield asterisk


@pytest.fixture
def asterisk(running_asterisk: Asterisk) -> Iterator[Asterisk]:
    """Nobody telephones when a test begins, nor a moment after it has ended."""
    assert running_asterisk.channels == 0
    yield running_asterisk
    deadline = time.monotonic() + 10
    while running_asterisk.channels and time.monotonic() < deadline:
        time.sleep(0.1)
    assert running_asterisk.channels == 0, running_asterisk.command("core show channels")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
