"""Edges against mad peers: a few thousand messages here, a hundred thousand in the bench."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings

from tests.telephony import fuzzing

FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@FEW
@given(fuzzing.audiosocket_messages, fuzzing.cuts)
def test_no_bytes_harm_the_audiosocket_edge(messages: list[bytes], cuts: list[int]) -> None:
    async def run() -> None:
        fuzzing.try_audiosocket(messages, cuts)

    asyncio.run(run())


@pytest.mark.parametrize("begin", [True, False])
@pytest.mark.parametrize("name", fuzzing.DIALECTS)
@settings(FEW, max_examples=25)
@given(messages=fuzzing.websocket_messages)
def test_no_messages_harm_the_websocket_edge(
    name: str, begin: bool, messages: list[str | bytes]
) -> None:
    asyncio.run(fuzzing.try_websocket(name, messages, begin))
