"""A caller for tests of the engine: says, presses, is silent; knows what was asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dialog.acts import Act, Ask, File, Say
from dialog.engine import Engine
from dialog.events import CallStarted, Event, Filed, Heard, Keys, Silence
from dialog.nlu.interpreter import Parse, Ranked
from dialog.state import State
from tests.dialog.scripts import APPOINTMENT, script_with

AT = datetime.fromisoformat("2026-11-24T10:00:00+05:00")


class Caller:
    """One call.

    Args:
        flows: files of `flows/` besides the editors' own.
        on_duty: whether operators answer.
        started: more fields of `CallStarted`.
    """

    def __init__(self, *flows: str, on_duty: bool = True, **started: Any) -> None:
        self.engine = Engine(script_with(*flows))
        self.on_duty = on_duty
        self.state = State()
        self.acts: tuple[Act, ...] = ()
        self.does(CallStarted(**self.moment, **started))

    @property
    def moment(self) -> dict[str, Any]:
        return {
            "at": AT,
            "on_duty": self.on_duty,
            "queues": {"crisis": True},
            "hours": "Операторы отвечают каждый день с восьми до двадцати часов.",
            "opens": "" if self.on_duty else "завтра с восьми часов",
        }

    def does(self, event: Event) -> tuple[Act, ...]:
        self.state, self.acts = self.engine.step(self.state, event)
        return self.acts

    def says(
        self,
        text: str,
        intent: str | None = None,
        *,
        confidence: float = 0.95,
        safety: str | None = None,
        clarify: tuple[str, ...] = (),
        asr_confidence: float = 0.9,
        snr_db: float | None = 25.0,
    ) -> tuple[Act, ...]:
        ranking = () if intent is None else (Ranked(intent, confidence),)
        parse = Parse(text, intent, confidence, ranking, (), safety, clarify)
        return self.does(Heard(**self.moment, parse=parse, asr_confidence=asr_confidence,
                               snr_db=snr_db))  # fmt: skip

    def presses(self, keys: str) -> tuple[Act, ...]:
        return self.does(Keys(**self.moment, keys=keys))

    def is_silent(self) -> tuple[Act, ...]:
        return self.does(Silence(**self.moment))

    def is_filed(self, status: Any = "filed", number: str | None = "40817") -> tuple[Act, ...]:
        (file,) = [act for act in self.acts if isinstance(act, File)]
        return self.does(Filed(**self.moment, key=file.key, status=status,
                               number=number if status == "filed" else None))  # fmt: skip

    @property
    def asked(self) -> str:
        """The question at the end of the last acts."""
        ask = self.acts[-1]
        assert isinstance(ask, Ask), self.acts
        return ask.text

    @property
    def heard(self) -> str:
        """Everything that was said in the last acts."""
        return " ".join(act.text for act in self.acts if isinstance(act, Say | Ask))


VISIT = """
slots:
  who: {reads: options, options: {me: [мне, себе], child: [ребёнку, для ребёнка, сыну]}}
  street: {reads: address, title: адрес, called: [адрес, улица]}
  trouble: {reads: text, title: жалобу, called: [жалоба]}
  policy: {reads: policy, title: полис, called: [полис]}
  phone: {reads: phone, title: телефон, called: [телефон, номер], persisted: true}
flows:
  call_doctor_home:
    name: врач на дом
    queue: home_visits
    steps:
      - collect: who
        ask: utter_ask_test
        keys: {"1": me, "2": child}
      - collect: trouble
        ask: utter_ask_test
      - collect: policy
        ask: utter_ask_test
        optional: yes
      - collect: phone
        ask: utter_ask_phone
      - confirm: utter_confirm_test
        slots: [trouble, policy, phone]
      - file: home_visit
        phone: phone
        next: END
"""


def appointment(*said: str, **more: object) -> Caller:
    caller = Caller(APPOINTMENT, **more)  # type: ignore[arg-type]
    caller.says("запишите меня к врачу", "make_appointment")
    for text in said:
        caller.says(text)
    return caller


def visit(*said: str) -> Caller:
    caller = Caller(VISIT)
    caller.says("врача на дом", "call_doctor_home")
    for text in said:
        caller.says(text)
    return caller


def filed_visit() -> Caller:
    caller = visit("мне", "кашель", "нет полиса")
    caller.presses("89123456789#")
    caller.says("да", "affirm")
    return caller
