"""Personal data: sealed at rest, kept no longer than set, erased on request, never in logs."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from routing.errors import StoreError
from routing.masking import MaskNumbers, masked
from routing.outbox import Outbox
from routing.privacy import Erased, Privacy, Retention
from routing.quality import Sheet, SheetItem
from routing.queue.states import Activity
from routing.register import Register
from routing.replays import Answer, Fresh, Replays
from routing.request_records import RequestRecords
from routing.requests import NewRequest, RequestKind, RequestStatus
from routing.sealing import Sealer, mask_phone
from routing.store import Store
from tests.routing.shop import AT, PHONE, Shop

KEY, NEW_KEY = bytes(range(32)), bytes(range(32, 64))
NAME, WORDS = "Тестов Пример Образцович", "у меня болит выдуманная нога"
BRIEF = {"topic": "complaint_quality", "slots": {"name": NAME, "phone": PHONE}}


def fill(shop: Shop) -> None:
    """A call with its transcript, brief and request; all that can be known of a caller."""
    shop.store.begin_call("one", AT, caller=PHONE, dialled="122")
    shop.store.record_turn("one", 1, {"event": "Heard", "text": WORDS}, NAME, [{"say": NAME}])
    shop.store.hand_over("one", "complaints", BRIEF, AT)
    records = RequestRecords(shop.store)
    request = NewRequest("one:complaint:1", RequestKind.COMPLAINT, "one", AT, {"n": NAME}, PHONE)
    records.keep(request, AT)


@pytest.fixture
def sealed(store_url: str) -> Iterator[Shop]:
    shop = Shop(store_url, sealer=Sealer([KEY]))
    fill(shop)
    yield shop
    shop.close()


def test_nothing_personal_can_be_read_in_the_files(tmp_path: Path) -> None:
    shop = Shop(f"sqlite:///{tmp_path / 'voice122.sqlite'}", sealer=Sealer([KEY]))
    fill(shop)
    shop.operator("anna")
    shop.close()
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for secret in (NAME, WORDS, PHONE, PHONE[1:], "Оператор anna"):
        assert secret.encode() not in raw
        assert secret.encode("unicode_escape") not in raw


def test_what_was_sealed_is_read_with_the_key_only(sealed: Shop) -> None:
    assert sealed.store.last_state("one") == NAME
    assert sealed.store.handovers()[0].brief == BRIEF
    stranger = Store(sealed.url, Sealer([NEW_KEY]))
    with pytest.raises(StoreError, match="VOICE122_DATA_KEY"):
        stranger.last_state("one")
    stranger.close()


def test_a_key_is_changed_by_putting_the_new_one_in_front(sealed: Shop) -> None:
    both = Store(sealed.url, Sealer([NEW_KEY, KEY]))
    assert both.last_state("one") == NAME
    erased = Privacy(both, lambda: AT).erase(PHONE)
    assert erased.under_way == 2
    both.close()


def test_what_was_written_before_the_key_was_set_stays_readable(store_url: str) -> None:
    plain = Shop(store_url)
    fill(plain)
    plain.close()
    later = Store(store_url, Sealer([KEY]))
    assert later.last_state("one") == NAME
    later.close()


def test_a_changed_value_is_noticed() -> None:
    sealer = Sealer([KEY])
    head, _, body = sealer.seal("секрет").rpartition(":")
    raw = bytearray(base64.b64decode(body))
    raw[-1] ^= 1
    with pytest.raises(StoreError, match="changed"):
        sealer.open(f"{head}:{base64.b64encode(raw).decode()}")


@pytest.mark.parametrize("key", ["short", "%%%", base64.b64encode(b"1" * 31).decode()])
def test_a_bad_key_says_what_a_key_is(key: str) -> None:
    with pytest.raises(StoreError, match="base64"):
        Sealer.from_setting(key)


def test_a_caller_is_found_by_any_way_of_writing_the_number() -> None:
    sealer = Sealer([KEY])
    assert sealer.index("+7 (999) 555-01-01") == sealer.index("89995550101")
    assert sealer.index(PHONE) != Sealer([NEW_KEY]).index(PHONE)


def test_a_callers_data_are_erased_by_number(sealed: Shop) -> None:
    privacy = Privacy(sealed.store, lambda: AT)
    # While the call waits and the request is pending, nothing may be lost.
    assert privacy.erase(PHONE) == Erased(under_way=2)
    sealed.store.end_call("one", "handed_over", AT)
    sealed.desk.tasks.caller_left(sealed.desk.tasks.of_call("one")[0].id)
    RequestRecords(sealed.store).settle("one:complaint:1", RequestStatus.FILED, "12344")
    assert privacy.erase("8 999 555 01 01") == Erased(calls=1, turns=1, tasks=1, requests=1)
    assert sealed.store.last_state("one") is None
    (task,) = sealed.desk.tasks.of_call("one")
    assert (task.brief, task.phone) == ({}, None)
    (request,) = RequestRecords(sealed.store).listing()
    assert (request.fields, request.phone, request.number) == ({}, None, "12344")
    assert privacy.erase(PHONE) == Erased()
    assert task.ending is not None  # that the call came and how it ended stays


def test_half_a_number_erases_nothing(sealed: Shop) -> None:
    with pytest.raises(ValueError, match="ten digits"):
        Privacy(sealed.store, lambda: AT).erase("0101")


def test_data_are_gone_when_their_time_is_over(sealed: Shop) -> None:
    sealed.store.end_call("one", "handed_over", AT)
    sealed.desk.tasks.caller_left(sealed.desk.tasks.of_call("one")[0].id)
    RequestRecords(sealed.store).settle("one:complaint:1", RequestStatus.FILED, "12344")
    kept = Retention(transcripts=30, numbers=60, briefs=90, requests=120)

    def after(days: int) -> Erased:
        return Privacy(sealed.store, lambda: AT + timedelta(days=days), kept).expire()

    assert after(29) == Erased()
    assert after(31) == Erased(turns=1)
    assert after(61) == Erased(calls=1)
    assert after(91) == Erased(tasks=1)
    assert after(121) == Erased(requests=1)


def test_a_call_that_still_waits_outlives_every_term(sealed: Shop) -> None:
    later = AT + timedelta(days=1000)
    Privacy(sealed.store, lambda: later).expire()
    assert sealed.desk.tasks.of_call("one")[0].brief == BRIEF
    assert RequestRecords(sealed.store).listing()[0].phone == PHONE


def test_an_erasure_takes_along_the_answers_that_are_kept_for_repetitions(sealed: Shop) -> None:
    (task,) = sealed.desk.tasks.of_call("one")
    replays = Replays(sealed.store, lambda: AT)
    bodies = {"number": PHONE, "card": task.id, "call": '"one"', "other": "79990000122"}
    for key, body in bodies.items():
        replays.begin("router", key, "same")
        replays.finish("router", key, Answer(201, "application/json", body.encode()))
    assert Privacy(sealed.store, lambda: AT).erase(PHONE).answers == 3
    assert isinstance(replays.begin("router", "other", "same"), Answer)
    for key in ("number", "card", "call"):
        assert replays.begin("router", key, "same") == Fresh()


def test_names_of_operators_who_left_comments_and_events_have_their_terms(sealed: Shop) -> None:
    shop = sealed
    for name in ("anna", "boris"):
        shop.operator(name)
    judged = shop.accept().task_id
    shop.complete()
    shop.desk.quality.put_sheet(Sheet("intake", "Приём", (SheetItem("hello", "Поздоровался"),)))
    shop.desk.quality.review(judged, "anna", "intake", "head", {"hello": 5}, "Торопится.")
    shop.desk.operators.set_activity("anna", Activity.OFFLINE)
    shop.operator("anna", available=False, disabled=True)
    shop.at += timedelta(days=20)
    shop.operator("vera")
    last = shop.desk.events.last()
    kept = Retention(names=10, comments=10, events=10)
    erased = Privacy(shop.store, lambda: shop.at, kept).expire()
    assert (erased.names, erased.comments) == (1, 1)
    names = {each.profile.id: each.profile.name for each in shop.desk.operators.listing()}
    assert names == {"anna": "anna", "boris": "Оператор boris", "vera": "Оператор vera"}
    (review,) = shop.desk.quality.reviews(operator_id="anna")
    assert (review.score, review.comment) == (1.0, None)
    left = [event.seq for event in shop.events()]
    assert left == list(range(left[0], shop.desk.events.last() + 1))
    assert 1 < left[0] <= last
    assert all(event.at >= shop.at for event in shop.events())
    assert Privacy(shop.store, lambda: shop.at, kept).expire() == Erased()


async def test_logs_and_events_hold_nothing_personal(
    sealed: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    request = NewRequest("two:complaint:1", RequestKind.COMPLAINT, "two", AT, {"n": NAME}, PHONE)
    await Outbox(sealed.store, Register(sealed.store, lambda: AT), lambda: AT).file(request, 5)
    sealed.operator("anna")
    sealed.pass_by(60)
    written = caplog.text + repr(sealed.events()) + repr(sealed.desk.tasks.listing())
    for secret in (NAME, WORDS, PHONE):
        assert secret not in written


def test_numbers_in_logs_are_masked() -> None:
    assert masked("call from +7 (999) 555-01-01 failed") == "call from ***01 failed"
    assert masked("phone=89995550101") == "phone=***01"
    assert masked("task 12 after 20.5 s, 2026-11-24") == "task 12 after 20.5 s, 2026-11-24"
    uuid = "5e1f8a30-1234-4abc-9def-001122334455"
    assert masked(f"call {uuid}") == f"call {uuid}"
    line = logging.LogRecord("x", logging.INFO, "", 1, "caller %s", (PHONE,), None)
    assert MaskNumbers().filter(line)
    assert line.getMessage() == "caller ***01"
    assert mask_phone(PHONE) == "***01"
