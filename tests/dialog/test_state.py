"""The state of a call: small, versioned, whole, or refused; and what is saved of a refused one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dialog.acts import Ask, File, Say, Transfer
from dialog.errors import StateError
from dialog.events import StateLost
from dialog.state import Asking, Frame, State, salvage
from tests.dialog.callers import Caller

STATE = State(
    turn=7,
    frames=(Frame("make_appointment", "visit_day", ("specialty", "visit_day"), ("action",)),),
    asking=Asking.STEP,
    slots={"specialty": "ent", "phone": "+79123456789"},
    topic="make_appointment",
    last_words="к лору",
    menu=(1, 2),
    caller="+79123456789",
)


def test_a_state_comes_back_as_it_was() -> None:
    assert State.from_json(STATE.to_json()) == STATE
    assert State.from_json(State().to_json()) == State()


def changed(**changes: object) -> str:
    return json.dumps({**json.loads(STATE.to_json()), **changes}, ensure_ascii=False)


@pytest.mark.parametrize(
    "document",
    [
        "",
        "{",
        "[]",
        "null",
        STATE.to_json()[:-20],
        changed(version=1),
        changed(version=99),
        changed(version=None),
        changed(slots={"specialty": "surgeon"}),
        changed(frames=[]),
        changed(bogus=1),
        changed(digest="00000000"),
        "[" * 100_000,
        "x" * 1_000_000,
    ],
)
def test_a_damaged_or_older_document_is_refused(document: str) -> None:
    with pytest.raises(StateError, match="hand the call over"):
        State.from_json(document)


def test_what_can_be_saved_of_a_refused_document_reaches_the_operator() -> None:
    known = salvage(changed(version=99))
    assert known == {
        "turn": 7,
        "topic": "make_appointment",
        "last_words": "к лору",
        "caller": "+79123456789",
        "slots": STATE.slots,
    }
    caller = Caller()
    caller.does(StateLost(**caller.moment, known=known))
    transfer = caller.acts[-1]
    assert isinstance(transfer, Transfer)
    assert transfer.queue == "appointments"
    assert transfer.brief["slots"]["specialty"] == "ent"
    assert transfer.brief["last_words"] == "к лору"


@pytest.mark.parametrize("known", [{}, {"slots": 5, "topic": "nothing"}, {"slots": {"x": "y"}}])
def test_where_nothing_is_left_the_call_still_goes_to_a_person(known: dict[str, object]) -> None:
    caller = Caller()
    caller.does(StateLost(**caller.moment, known=known))
    assert isinstance(caller.acts[-1], Transfer)


def test_a_step_leaves_the_state_that_it_was_given_as_it_was() -> None:
    caller = Caller()
    caller.says("к лору в кунгуре", "make_appointment")
    before, document = caller.state, caller.state.to_json()
    caller.says("завтра")
    assert before.to_json() == document
    assert caller.state != before


def test_after_twenty_turns_of_long_words_the_state_is_small() -> None:
    caller = Caller()
    long = "очень длинные слова о самочувствии и обо всём на свете " * 20
    for turn in range(20):
        if caller.state.ended is not None:
            break
        ask = caller.acts[-1]
        if isinstance(ask, File):
            caller.is_filed()
        elif turn % 3 == 0:
            caller.says(long, "call_doctor_home")
        else:
            caller.says(f"к лору в кунгуре завтра {long}", "make_appointment")
        assert len(caller.state.to_json().encode()) <= 4096


def test_the_same_step_twice_gives_the_same() -> None:
    caller = Caller()
    caller.says("к лору", "make_appointment")
    first = replace(caller.state), caller.acts
    again = Caller()
    again.says("к лору", "make_appointment")
    assert (again.state, again.acts) == first
    assert all(isinstance(act, Say | Ask) for act in again.acts)
