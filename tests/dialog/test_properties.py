"""Whatever happens, in whatever order: no exception, no dead end, nobody lost."""

from __future__ import annotations

from datetime import datetime

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from dialog.acts import Ask, File, Hangup, Redirect, Transfer
from dialog.engine import Engine
from dialog.events import (
    CallStarted,
    EngineFailed,
    Event,
    Filed,
    Heard,
    HungUp,
    Keys,
    QueueUnanswered,
    Reconnected,
    RedirectFailed,
    Silence,
    event_from_json,
    event_to_json,
)
from dialog.nlu.interpreter import Parse, Ranked
from dialog.state import State
from tests.dialog.scripts import real_script

AT = datetime.fromisoformat("2026-11-24T10:00:00+05:00")
ENDINGS = {"resolved", "handed_over", "redirected", "callback", "caller_hung_up"}
INTENTS = (None, *sorted(real_script().topics), "topic_of_another_version")
TEXTS = (
    "", "да", "нет", "к лору", "в кунгуре", "березняки", "завтра", "завтра в семь", "нет не к лору",
    "к хирургу в чусовом на среду", "восемь девятьсот двенадцать триста сорок пять сорок сорок два",
    "петрова анна ивановна", "пятое июня семидесятого года", "не знаю", "назад", "пропустить",
    "отмена", "меню", "повторите", "помедленнее", "алло", "минутку", "телефон неправильный",
    "ля ля ля", "первое", "второе", "документы", "а сколько стоит", "дом пять квартира шесть",
    "улица ленина дом шестнадцать", "мне сорок лет", "болит голова и температура",
)  # fmt: skip
KEYS = st.one_of(
    st.sampled_from([*"0123456789*#", "89123456789#", "05061970", "12", "12#", "21", "00", "##"]),
    st.text("0123456789*#", min_size=1, max_size=12),
)


@st.composite
def parses(draw: st.DrawFn) -> Parse:
    text = draw(st.sampled_from(TEXTS))
    intent = draw(st.sampled_from(INTENTS))
    confidence = draw(st.sampled_from([0.3, 0.65, 0.97]))
    others = tuple(draw(st.lists(st.sampled_from(INTENTS[1:]), max_size=3, unique=True)))
    alarm = intent in ("ambulance_103", "emergency_112", "crisis", "operator") and draw(
        st.booleans()
    )
    ranking = tuple(Ranked(name, 0.3) for name in others if name is not None)
    clarify = tuple(r.intent for r in ranking) if draw(st.booleans()) and not alarm else ()
    return Parse(text, intent, confidence, ranking, (), "rule" if alarm else None, clarify)


class AnyCall(RuleBasedStateMachine):
    """Random callers, by day and by night, on good and bad lines, with failing systems."""

    @initialize(
        on_duty=st.booleans(),
        caller=st.sampled_from([None, "89123456789", "anonymous"]),
        recording=st.booleans(),
    )
    def begins(self, on_duty: bool, caller: str | None, recording: bool) -> None:
        self.engine = Engine(real_script())
        self.on_duty = on_duty
        self.state = State()
        self.acts: tuple[object, ...] = ()
        self.journal: list[tuple[dict[str, object], str]] = []
        self.happens(CallStarted(**self.moment(), caller=caller, recording=recording))

    def moment(self) -> dict[str, object]:
        return {"at": AT, "on_duty": self.on_duty, "queues": {"crisis": True}, "opens": "завтра"}

    def happens(self, event: Event) -> None:
        before = self.state
        self.state, self.acts = self.engine.step(before, event)
        self.journal.append((event_to_json(event), self.state.to_json()))
        if before.ended is None:
            self.check(event)

    def check(self, event: Event) -> None:
        if isinstance(event, Filed) and not self.acts:
            return  # of a request that nobody waits for
        assert self.acts, event
        last = self.acts[-1]
        if self.state.ended is None:
            assert isinstance(last, Ask | File), self.acts
            assert sum(isinstance(act, Ask | File) for act in self.acts) == 1, self.acts
        else:
            assert self.state.ended in ENDINGS
            assert isinstance(last, Transfer | Redirect | Hangup)

    @property
    def going_on(self) -> bool:
        return self.state.ended is None

    @precondition(lambda self: self.going_on)
    @rule(
        parse=parses(),
        sure=st.sampled_from([0.2, 0.9]),
        snr_db=st.sampled_from([None, 3.0, 25.0]),
    )
    def speaks(self, parse: Parse, sure: float, snr_db: float | None) -> None:
        self.happens(Heard(**self.moment(), parse=parse, asr_confidence=sure, snr_db=snr_db))

    @precondition(lambda self: self.going_on)
    @rule(keys=KEYS)
    def presses(self, keys: str) -> None:
        self.happens(Keys(**self.moment(), keys=keys))

    @rule()
    def is_silent(self) -> None:
        self.happens(Silence(**self.moment()))

    @rule()
    def our_fault(self) -> None:
        self.happens(EngineFailed(**self.moment()))

    @rule(
        status=st.sampled_from(["filed", "pending", "refused", "failed"]),
        stray=st.booleans(),
    )
    def answered_by_the_register(self, status: str, stray: bool) -> None:
        key = "x:1" if stray or not self.state.requests else self.state.requests[-1].split()[0]
        number = "40817" if status == "filed" else None
        self.happens(Filed(**self.moment(), key=key, status=status, number=number))

    @rule()
    def breaks_off_and_comes_back(self) -> None:
        self.state = State.from_json(self.state.to_json())
        self.happens(Reconnected(**self.moment()))

    @precondition(lambda self: self.state.ended == "redirected")
    @rule()
    def nobody_there(self) -> None:
        self.happens(RedirectFailed(**self.moment(), number=self.state.redirects[-1]))
        assert self.acts

    @precondition(lambda self: self.state.ended == "handed_over")
    @rule(queue=st.sampled_from([None, "crisis", "queue_of_another_version"]))
    def no_operator_comes(self, queue: str | None) -> None:
        transfer = self.acts[-1] if self.acts else None
        queue = queue or (transfer.queue if isinstance(transfer, Transfer) else "general")
        self.happens(QueueUnanswered(**self.moment(), queue=queue))
        assert isinstance(self.acts[-1], Ask | File), self.acts

    @rule()
    def the_shift_ends_or_begins(self) -> None:
        self.on_duty = not self.on_duty

    @rule(really=st.integers(0, 9))
    def hangs_up(self, really: int) -> None:
        if really == 0:
            self.happens(HungUp(**self.moment()))

    @invariant()
    def a_person_is_one_key_away(self) -> None:
        if not hasattr(self, "engine") or self.state.ended is not None:
            return
        _, acts = self.engine.step(self.state, Keys(**self.moment(), keys="0"))
        if self.on_duty:
            assert isinstance(acts[-1], Transfer), acts
        else:  # nobody there: a call-back is offered, or its number asked for
            assert isinstance(acts[-1], Transfer | Ask | File), acts
            if isinstance(acts[-1], Transfer) and acts[-1].queue == "crisis":
                return  # somebody is there day and night
            assert not any("оставайтесь" in getattr(a, "text", "").lower() for a in acts)

    @invariant()
    def state_stays_small_and_comes_back(self) -> None:
        if hasattr(self, "engine"):
            document = self.state.to_json()
            assert len(document.encode()) <= 4096
            assert State.from_json(document) == self.state

    def teardown(self) -> None:
        """A recorded journal gives the same states."""
        state = State()
        for event, after in getattr(self, "journal", ()):
            state, _ = self.engine.step(state, event_from_json(event))
            assert state.to_json() == after


AnyCall.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestAnyCall = AnyCall.TestCase
