"""The editors' own content, read once for all tests, and the same with flows of a test's own."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from dialog.content.findings import refuse_broken
from dialog.content.responses_reader import Answer, Responses
from dialog.flow.reader import read_flows
from dialog.load import load_script
from dialog.script import Script

RESPONSES = {
    "utter_confirm_test": "Приём {specialty} {municipality}. День: {visit_day}. Всё верно?",
    "utter_ask_test": "Вопрос?",
    "utter_ask_specialty": "К какому врачу вас записать?",
    "utter_ask_municipality": "В каком городе или округе?",
    "utter_ask_visit_day": "На какой день вам удобно?",
    "utter_help_specialty": "Назовите врача, например: к терапевту.",
    "utter_say_test": "Сказано.",
    "utter_long_test": " ".join(["слово"] * 21) + "?",
}
"""What flows of tests say, whatever editors write."""
CONTENT = Path(__file__).parents[2] / "nlu_data"


@lru_cache
def real_script() -> Script:
    return load_script(CONTENT)


@lru_cache
def script_with(*files: str) -> Script:
    """The editors' content with these flows (texts of files of `flows/`) besides, or instead."""
    with TemporaryDirectory() as directory:
        for number, text in enumerate(files):
            (Path(directory) / f"test{number}.yml").write_text(text, encoding="utf-8")
        read, findings = read_flows(Path(directory))
    refuse_broken(findings)
    script = real_script()
    said = {name: (Answer(name, text, "test.yml", 1),) for name, text in RESPONSES.items()}
    return replace(
        script,
        answers=Responses({**script.answers.answers, **said}),
        flows={**script.flows, **read.flows},
        slots={**script.slots, **read.slots},
    )


APPOINTMENT = """
slots:
  specialty: {reads: specialties, title: врача, called: [врач]}
  municipality: {reads: municipalities, title: город, called: [город]}
  visit_day: {reads: day_and_time, title: день, called: [день]}
flows:
  make_appointment:
    name: запись к врачу
    queue: appointments
    steps:
      - collect: specialty
        keys: {"1": therapist, "2": surgeon}
      - collect: municipality
      - collect: visit_day
        ask: utter_ask_visit_day
      - id: confirmed
        confirm: utter_confirm_test
      - handover: appointments
"""
"""A short appointment: three questions, a summary, a person."""
