"""A caller who does anything: answers, wanders off, presses keys, breaks off, comes back.

Half of the time it does what the question asks, so that it gets deep into flows.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from dialog.acts import Act
from dialog.engine import Engine
from dialog.events import (
    CallStarted,
    EngineFailed,
    Event,
    Filed,
    Heard,
    HungUp,
    Keys,
    Reconnected,
    RedirectFailed,
    Silence,
)
from dialog.flow.schema import Collect
from dialog.nlu.interpreter import Parse, Ranked
from dialog.script import Script
from dialog.state import Asking, State

AT: Final = datetime.fromisoformat("2026-11-24T10:00:00+05:00")
ANSWERS: Final = {
    "yes_no": ("да", "нет", "верно", "нет спасибо"),
    "phone": ("восемь девятьсот двенадцать триста сорок пять шестьдесят семь восемьдесят девять",),
    "birth_date": ("пятое июня семидесятого года", "первого января две тысячи пятого"),
    "person": ("петрова анна ивановна", "иванов пётр"),
    "address": ("улица ленина дом шестнадцать квартира пять", "проспект мира десять"),
    "age": ("сорок лет", "три года"),
    "policy": ("1234567890123452",),
    "snils": ("11223344595",),
    "text": ("болит горло и температура тридцать восемь", "врач нагрубил и не принял"),
    "day_and_time": ("завтра утром", "в среду в десять", "как можно скорее"),
    "date": ("завтра", "в пятницу"),
    "time": ("в девять утра", "после обеда"),
    "specialties": ("к лору", "к хирургу", "к терапевту", "нет не к лору к хирургу"),
    "municipalities": ("в кунгуре", "в перми", "березняки", "в чусовом"),
    "clinics": ("вторая поликлиника", "краевая больница"),
    "districts": ("в кировском",),
}
ANYTHING: Final = (
    "", "да", "нет", "не знаю", "назад", "пропустить", "отмена", "меню", "повторите", "медленнее",
    "алло", "минутку", "телефон неправильный", "ля ля ля", "первое", "второе", "какие документы",
    "а сколько это стоит", "нет не на завтра", "к хирургу в чусовом на среду",
)  # fmt: skip


def answer_to(script: Script, state: State, rng: random.Random) -> str | None:
    """Words that answer the question of a flow's step; None where nothing is asked there."""
    flow = script.flows.get(state.flow or "")
    node = None if flow is None else flow.nodes.get(state.step or "")
    if node is None or state.asking is not Asking.STEP:
        return None
    if not isinstance(node.step, Collect):
        return rng.choice(ANSWERS["yes_no"])
    slot = script.slots[node.step.collect]
    if slot.options:
        return rng.choice(rng.choice(list(slot.options.values())))
    return rng.choice(ANSWERS.get(slot.reads, ("сорок два",)))


@dataclass
class RandomCaller:
    """One call.

    Args:
        engine: leads it.
        rng: what it does.
    """

    engine: Engine
    rng: random.Random
    state: State = field(default_factory=State)
    on_duty: bool = True

    def starts(self) -> tuple[Event, tuple[Act, ...]]:
        """The call begins."""
        self.on_duty = self.rng.random() < 0.6
        caller = self.rng.choice([None, "89125556677", "anonymous"])
        return self._happens(CallStarted(**self._moment(), caller=caller, recording=True))

    def goes_on(self) -> tuple[Event, tuple[Act, ...]]:
        """One more event."""
        return self._happens(self._event())

    def falls_silent(self) -> tuple[Event, tuple[Act, ...]]:
        """The caller says nothing; a request that is on its way is answered."""
        if self.state.asking is Asking.FILING:
            key = self.state.requests[-1].split()[0]
            return self._happens(Filed(**self._moment(), key=key, status="filed", number="40817"))
        return self._happens(Silence(**self._moment()))

    def _happens(self, event: Event) -> tuple[Event, tuple[Act, ...]]:
        self.state, acts = self.engine.step(self.state, event)
        return event, acts

    def _moment(self) -> dict[str, Any]:
        return {
            "at": AT,
            "on_duty": self.on_duty,
            "queues": {"crisis": True},
            "opens": "" if self.on_duty else "завтра с восьми часов",
        }

    def _event(self) -> Event:
        rng, moment = self.rng, self._moment()
        if self.state.ended == "redirected":
            return RedirectFailed(**moment, number=self.state.redirects[-1])
        if self.state.asking is Asking.FILING and rng.random() < 0.8:
            status = rng.choice(["filed", "filed", "pending", "refused", "failed"])
            key = self.state.requests[-1].split()[0]
            return Filed(
                **moment, key=key, status=status, number="40817" if status == "filed" else None
            )
        chance = rng.random()
        if chance < 0.62:
            return self._says()
        if chance < 0.86:
            keys = [*"0123456789*#", "89125556677#", "05061970", "12", "12#", "111", "##"]
            weights = [0.3, *[4.0] * 5, *[1.0] * 12]
            return Keys(**moment, keys=rng.choices(keys, weights[: len(keys)])[0])
        if chance < 0.92:
            return Silence(**moment)
        if chance < 0.94:
            return EngineFailed(**moment)
        if chance < 0.96:
            return Reconnected(**moment)
        if chance < 0.97:
            self.on_duty = not self.on_duty
            return Silence(**self._moment())
        if chance < 0.98:
            return Filed(**moment, key="nobody:1", status="filed", number="1")
        if chance < 0.985:
            return HungUp(**moment)
        return self._says()

    def _says(self) -> Heard:
        rng = self.rng
        topics = [*self.engine.script.topics, "topic_of_another_version"]
        text, intent, confidence = None, None, rng.choice([0.3, 0.65, 0.97])
        if rng.random() < 0.6:
            text = answer_to(self.engine.script, self.state, rng)
        if text is None:
            text = rng.choice(ANYTHING)
            intent = rng.choice([None, *topics, "make_appointment", "call_doctor_home"])
        alarm = intent in ("ambulance_103", "crisis", "operator") and rng.random() < 0.3
        ranking = tuple(Ranked(name, 0.3) for name in rng.sample(topics, 3))
        clarify = ()
        if not alarm and rng.random() < 0.1:
            clarify = tuple(r.intent for r in ranking)
        return Heard(
            **self._moment(),
            parse=Parse(text, intent, confidence, ranking, (), "rule" if alarm else None, clarify),
            asr_confidence=rng.choice([0.3, 0.8, 1.0]),
            snr_db=rng.choice([None, 4.0, 25.0]),
        )
