"""The heart of the process: every call once in 20 ms, never in bursts, each for itself."""

from __future__ import annotations

import asyncio
import time

import pytest

from asr.audio import FRAME_S
from telephony.clock import RealClock
from telephony.pacer import BEATS, SHARED, Pacer


async def test_every_call_ticks_once_a_frame() -> None:
    pacer, ticks = Pacer(), dict.fromkeys(range(10), 0)

    def call(name: int) -> None:
        ticks[name] += 1

    for name in ticks:
        pacer.add(lambda name=name: call(name), raise_it)  # type: ignore[misc]
    began = time.monotonic()
    await asyncio.sleep(0.5)
    frames = (time.monotonic() - began) / FRAME_S
    assert all(frames - 15 < count <= frames + 1 for count in ticks.values())


async def test_a_few_calls_share_a_beat_and_wake_nobody_for_the_others() -> None:
    beats = list[float]()
    pacer, order = Pacer(lambda late_s, skipped: beats.append(late_s)), list[int]()
    for name in range(SHARED):
        pacer.add(lambda n=name: order.append(n), raise_it)  # type: ignore[misc]
    await asyncio.sleep(0.1)
    assert len(order) == len(beats) * SHARED


async def test_many_calls_are_spread_over_the_beats_of_a_frame() -> None:
    pacer, order = Pacer(), list[tuple[int, float]]()
    for name in range(BEATS * SHARED):
        pacer.add(lambda n=name: order.append((n, time.monotonic())), raise_it)  # type: ignore[misc]
    await asyncio.sleep(0.1)
    first = dict(reversed(order))
    assert len(first) == BEATS * SHARED
    assert max(first.values()) - min(first.values()) > FRAME_S / BEATS


async def test_calls_of_a_beat_count_the_same_frames_and_neighbouring_beats_others() -> None:
    pacer, seen = Pacer(), dict[int, list[int]]()
    for name in range(BEATS * SHARED):
        pacer.add(lambda n=name: seen.setdefault(n, []).append(pacer.frame), raise_it)  # type: ignore[misc]
    await asyncio.sleep(0.2)
    for frames in seen.values():
        assert frames == [*range(frames[0], frames[0] + len(frames))]
    beats = {frames[0] for frames in seen.values()}
    assert len(beats) == BEATS
    assert [*seen[0]] == [*seen[SHARED - 1]]


async def test_after_a_stall_frames_are_skipped_and_never_sent_in_a_burst() -> None:
    beats = list[tuple[float, int]]()
    pacer, at = Pacer(lambda late_s, skipped: beats.append((late_s, skipped))), list[float]()
    pacer.add(lambda: at.append(time.monotonic()), raise_it)
    behind = list[bool]()
    pacer.add(lambda: behind.append(pacer.behind), raise_it)
    await asyncio.sleep(0.05)
    time.sleep(0.3)  # noqa: ASYNC251 - the stall
    stalled_until = time.monotonic()
    await asyncio.sleep(0.1)
    after = [moment for moment in at if moment >= stalled_until - 0.001]
    assert len(after) <= 0.1 / FRAME_S + 2
    assert max(skipped for _, skipped in beats) >= 10
    assert any(behind)


async def test_a_call_that_fails_does_not_disturb_the_others() -> None:
    pacer, ticks, failures = Pacer(), list[int](), list[Exception]()

    def fails() -> None:
        raise ValueError("this call only")

    pacer.add(fails, failures.append)
    pacer.add(lambda: ticks.append(1), raise_it)
    await asyncio.sleep(0.1)
    assert [str(error) for error in failures] == ["this call only"]
    assert len(ticks) >= 2
    assert pacer.calls == 1


async def test_without_calls_it_stands_still() -> None:
    beats = list[float]()
    pacer = Pacer(lambda late_s, skipped: beats.append(late_s))
    clock = RealClock(pacer)
    await clock.drive(lambda: False, asyncio.create_task(asyncio.sleep(0.05)))
    count = len(beats)
    await asyncio.sleep(0.06)
    assert len(beats) == count > 0
    assert pacer.calls == 0


async def test_what_a_tick_raises_ends_its_own_call() -> None:
    def fails() -> bool:
        raise ValueError("broken")

    forever = asyncio.get_running_loop().create_future()
    with pytest.raises(ValueError, match="broken"):
        await RealClock(Pacer()).drive(fails, forever)


def raise_it(error: Exception) -> None:
    raise error
