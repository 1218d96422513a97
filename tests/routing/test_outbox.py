"""No request is lost or doubled, and the caller is told the truth."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.errors import FilingError, KeyReusedError, RequestRefused
from routing.outbox import Outbox
from routing.register import Register
from routing.request_number import is_request_number
from routing.requests import Filed, NewRequest, RequestKind, RequestStatus
from routing.store import Store
from tests.routing.remote_system import Manner, RemoteSystem

AT = datetime.fromisoformat("2026-11-24T10:00:00+05:00")
PHONE = "79990000122"
STORY = "Терапевт Выдумкина не приняла по записи"
IN_TIME_S = 0.05


class Clock:
    def __init__(self) -> None:
        self.at = AT

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **span: float) -> None:
        self.at += timedelta(**span)


def request(n: int = 1, **changed: str) -> NewRequest:
    fields = {"complaint": STORY, "clinic": "clinic_2", **changed}
    return NewRequest(f"call-1:complaint:{n}", RequestKind.COMPLAINT, "call-1", AT, fields, PHONE)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.in_directory(tmp_path)
    yield store
    store.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def local(store: Store, clock: Clock) -> Outbox:
    return Outbox(store, Register(store, clock), clock)


def behind(store: Store, clock: Clock, *manners: Manner) -> tuple[Outbox, RemoteSystem]:
    remote = RemoteSystem(manners)
    return Outbox(store, remote, clock), remote


async def test_a_request_gets_a_number_and_is_listed(local: Outbox) -> None:
    filed = await local.file(request(), 1)
    assert filed.status == "filed"
    assert filed.number is not None
    assert is_request_number(filed.number)
    (record,) = local.records.listing()
    assert (record.status, record.number, record.kind) == ("filed", filed.number, "complaint")
    assert (record.fields, record.phone) == ({"complaint": STORY, "clinic": "clinic_2"}, PHONE)
    assert (record.call_id, record.created_at) == ("call-1", AT)


async def test_a_request_that_is_kept_too_late_is_left_to_the_person_who_has_the_call(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    remote = RemoteSystem(())
    outbox = Outbox(store, remote, clock, store_s=0.05)
    with closing(sqlite3.connect(tmp_path / "voice122.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # a store that does not answer
        with pytest.raises(FilingError, match="give the call to a person"):
            await outbox.file(request(), 1)
        other.execute("ROLLBACK")
    async with asyncio.timeout(10):
        while [r.status for r in outbox.records.listing()] != ["refused"]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    clock.pass_by(hours=1)
    assert await outbox.deliver_due() == 0
    assert not remote.asked


async def test_a_repetition_gets_the_first_number(local: Outbox) -> None:
    first = await local.file(request(), 1)
    assert await local.file(request(), 1) == first
    assert len(local.records.listing()) == 1


async def test_other_content_under_the_same_key_is_refused_and_logged(
    local: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    first = await local.file(request(), 1)
    with pytest.raises(KeyReusedError):
        await local.file(request(clinic="clinic_3"), 1)
    assert "call-1:complaint:1" in caplog.text
    (record,) = local.records.listing()
    assert (record.number, record.fields["clinic"]) == (first.number, "clinic_2")


async def test_many_at_once_get_different_numbers(local: Outbox) -> None:
    filed = await asyncio.gather(*(local.file(request(n), 20) for n in range(40)))
    assert len({answer.number for answer in filed}) == 40


async def test_a_slow_system_is_waited_for(store: Store, clock: Clock) -> None:
    outbox, _ = behind(store, clock, Manner.SLOW)
    assert await outbox.file(request(), 0.4) == Filed("filed", "R-1")


@pytest.mark.parametrize(
    "manner",
    [
        Manner.FILED_THEN_SILENT,
        Manner.SILENT,
        Manner.FILED_THEN_BROKEN,
        Manner.DOWN,
        Manner.LATER,
        Manner.GARBAGE,
    ],
)
async def test_what_is_not_known_is_pending_until_it_is(
    store: Store, clock: Clock, manner: Manner
) -> None:
    outbox, remote = behind(store, clock, manner)
    assert await outbox.file(request(), IN_TIME_S) == Filed("pending", None)
    assert outbox.records.listing()[0].status is RequestStatus.PENDING
    assert await outbox.deliver_due() == 0  # its time has not come
    clock.pass_by(minutes=1)
    assert await outbox.deliver_due() == 1
    assert remote.entries == ["call-1:complaint:1"]
    assert await outbox.file(request(), IN_TIME_S) == Filed("filed", "R-1")
    assert len(remote.asked) == 2


async def test_a_caller_who_repeats_a_pending_request_may_hear_its_number(
    store: Store, clock: Clock
) -> None:
    outbox, remote = behind(store, clock, Manner.FILED_THEN_SILENT)
    assert (await outbox.file(request(), IN_TIME_S)).status == "pending"
    assert await outbox.file(request(), IN_TIME_S) == Filed("filed", "R-1")
    assert remote.duplicates == 1
    assert len(remote.entries) == 1


async def test_a_refused_request_is_kept_for_a_person(store: Store, clock: Clock) -> None:
    outbox, remote = behind(store, clock, Manner.REFUSES)
    for _ in range(2):
        with pytest.raises(RequestRefused):
            await outbox.file(request(), 1)
    (record,) = outbox.records.listing(RequestStatus.REFUSED)
    assert record.reason == "this clinic takes no requests"
    clock.pass_by(days=1)
    assert await outbox.deliver_due() == 0
    assert len(remote.asked) == 1


async def test_a_caller_who_hangs_up_meanwhile_loses_nothing(store: Store, clock: Clock) -> None:
    outbox, remote = behind(store, clock, Manner.SILENT)
    filing = asyncio.create_task(outbox.file(request(), 60))
    await remote.was_asked.wait()
    filing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await filing
    clock.pass_by(minutes=10)
    assert await outbox.deliver_due() == 1
    assert remote.entries == ["call-1:complaint:1"]


async def test_a_long_outage_is_asked_ever_less_often_but_never_given_up(
    store: Store, clock: Clock
) -> None:
    outbox, remote = behind(store, clock, *[Manner.DOWN] * 160)
    await outbox.file(request(), 1)
    for _ in range(24 * 60 * 2):  # a day, looked at twice a minute
        clock.pass_by(seconds=30)
        await outbox.deliver_due()
    assert 140 < len(remote.asked) < 155  # about every ten minutes
    clock.pass_by(hours=3)
    for _ in range(30):
        clock.pass_by(minutes=11)
        await outbox.deliver_due()
    assert remote.entries == ["call-1:complaint:1"]


async def test_deliveries_go_on_in_the_background(store: Store, clock: Clock) -> None:
    outbox, remote = behind(store, clock, *[Manner.DOWN] * 25)
    for n in range(25):
        await outbox.file(request(n), 1)
    clock.pass_by(minutes=1)
    background = asyncio.create_task(outbox.keep_delivering(every_s=0.01))
    async with asyncio.timeout(30):
        while outbox.records.listing(RequestStatus.PENDING):  # noqa: ASYNC110 - rows tell nobody
            await asyncio.sleep(0.02)
    background.cancel()
    assert len(remote.entries) == 25


async def test_personal_data_stays_out_of_logs_and_reprs(
    store: Store, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    outbox, _ = behind(store, clock, *Manner)
    for n in range(len(Manner)):
        try:
            await outbox.file(request(n), IN_TIME_S)
        except RequestRefused:
            continue
    with pytest.raises(KeyReusedError):
        await outbox.file(request(0, complaint=STORY + "!"), IN_TIME_S)
    clock.pass_by(hours=1)
    await outbox.deliver_due()
    told = caplog.text + repr(request()) + repr(outbox.records.listing())
    assert "call-1:complaint:3" in told
    assert PHONE not in told
    assert "Выдумкина" not in told


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    manners=st.lists(st.sampled_from(list(Manner)), max_size=25),
    keys=st.lists(st.integers(1, 4), min_size=1, max_size=12),
)
def test_whatever_happens_each_request_is_filed_once_or_refused(
    tmp_path_factory: pytest.TempPathFactory, manners: list[Manner], keys: list[int]
) -> None:
    async def run() -> None:
        store = Store.in_directory(tmp_path_factory.mktemp("store"))
        clock = Clock()
        outbox, remote = behind(store, clock, *manners)
        told: dict[str, set[str]] = {}
        for n in keys:
            clock.pass_by(seconds=20)
            try:
                filed = await outbox.file(request(n), 0.005)
            except FilingError:
                continue
            if filed.number is not None:
                told.setdefault(request(n).key, set()).add(filed.number)
            await outbox.deliver_due(0.005)
        for _ in range(len(manners) + 2):
            clock.pass_by(minutes=11)
            await outbox.deliver_due(0.005)
        records = {record.key: record for record in outbox.records.listing()}
        assert set(records) == {request(n).key for n in keys}
        assert len(remote.entries) == len(set(remote.entries))
        for key, record in records.items():
            assert record.status is not RequestStatus.PENDING
            if record.status is RequestStatus.FILED:
                assert told.get(key, {remote.filed[key]}) == {remote.filed[key]}
                assert record.number == remote.filed[key]
            else:
                assert key not in told
                assert key not in remote.filed
        store.close()

    asyncio.run(run())
