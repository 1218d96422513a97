"""A small content folder in which everything is right, to be spoilt by tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

from dialog.content.findings import Finding
from dialog.content.folder import ContentFolder

TODAY = date(2026, 11, 24)

METADATA = """\
    metadata:
      owner: Минздрав
      topic: {topic}
      sources: [{{title: Приказ, url: "https://example.org", date: "2026-01-01"}}]
      checked: "2026-11-23"
      valid_until: null
      review_by: "2027-06-01"
      confidence: high
      use: answer
"""

FILES = {
    "intents.yml": """\
intents:
  ct_scan: {does: answer, title: узнать про томографию}
  lab_results: {does: answer, title: узнать результаты анализов}
  ambulance_103: {does: redirect, title: вызвать скорую, number: "103"}
  thanks: {does: control, title: поблагодарить}
""",
    "entities.yml": "entities:\n  specialty: врач\n",
    "never_say.yml": """\
claims:
  - claim: Повестку вручают лично под подпись, через интернет не отправляют.
    why: правило 2022 года
    signs: [повестк* лично подпис*, повестк* интернет* не]
blocked_sources: [plohoy-sayt.ru]
""",
    "lists/numbers.yml": """\
numbers:
  - {number: "103", name: скорая помощь, source: приказ, checked: "2026-11-23"}
  - {number: "217-33-70", name: центр поддержки, source: сайт, checked: "2026-11-23"}
""",
    "flows/visit.yml": "slots:\n  specialty: {reads: text}\nflows:\n  a: {ask: utter_ask_day}\n",
    "nlu/all.yml": """\
nlu:
- intent: ct_scan
  examples: |
    - где сделать томографию головы
    - направили на кт куда идти
- intent: lab_results
  examples: |
    - готовы ли мои анализы
    - что показала кровь у [терапевта](specialty)
- intent: ambulance_103
  examples: |
    - вызовите скорую человеку плохо
- intent: thanks
  examples: |
    - спасибо вам большое
""",
    "tests/nlu/all.yml": """\
nlu:
- intent: ct_scan
  examples: |
    - мрт колена по направлению
""",
    "responses/all.yml": (
        "responses:\n"
        "  utter_ct_scan:\n  - text: Томографию делают по направлению врача.\n"
        + METADATA.format(topic="ct_scan")
        + "  utter_lab_results:\n  - text: Результаты спросите в регистратуре.\n"
        + METADATA.format(topic="lab_results")
        + "  utter_redirect_103:\n  - text: Соединяю. Если прервётся, наберите сто три.\n"
        + METADATA.format(topic="ambulance_103")
        + "  utter_ask_day:\n  - text: На какой день?\n"
    ),
}


def write_content(folder: Path) -> Path:
    """`folder`/nlu_data with all `FILES`."""
    content = folder / "nlu_data"
    for name, text in FILES.items():
        path = content / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return content


def change(content: Path, name: str, old: str, new: str) -> None:
    """Replace `old`, which must be there, in a file of the content."""
    text = (content / name).read_text(encoding="utf-8")
    assert old in text, old
    (content / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def found_by(
    check: Callable[[ContentFolder], Iterable[Finding]], content: Path, today: date = TODAY
) -> list[Finding]:
    """What one check finds."""
    return list(check(ContentFolder(content, today)))


def answer_with(text: str, name: str = "utter_ct_scan_more", topic: str = "ct_scan") -> str:
    """A file with one answer."""
    return f'responses:\n  {name}:\n  - text: "{text}"\n' + METADATA.format(topic=topic)
