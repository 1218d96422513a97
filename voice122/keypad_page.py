"""The list of everything that keys reach, as editors and administrators read it: docs/keypad.md."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Final

from dialog.keypad import KeypadEnd, keypad_ends, menu_lines, unreached
from dialog.script import Script

_WORKDAY: Final = datetime(2026, 11, 25, 10)
"""A time at which operators answer and every answer of today's content may be spoken."""
_KINDS: Final = {
    "answer": "ответ",
    "file": "заявка",
    "transfer": "очередь",
    "redirect": "соединение",
}
_HEAD: Final = """\
# Кнопочное меню

<!-- Составлено командой `voice122 content leaves > docs/keypad.md`; правьте nlu_data/menu.yml. -->

Всё, до чего звонящий доходит, не сказав ни слова. В любом месте **0** зовёт оператора (ночью -
предлагает перезвонить), **9** и **\\*** повторяют, **8** возвращает на шаг, **#** пропускает
вопрос, где это можно, а в меню ведёт на уровень выше. Что и как писать: docs/conversations.ru.md.
"""


def keypad_page(script: Script, zone: tzinfo) -> str:
    """The page, in Markdown."""
    ends = keypad_ends(script, _WORKDAY.replace(tzinfo=zone))
    lost = unreached(script, ends)
    parts = [
        _HEAD,
        "## Меню\n\n| клавиши | куда |\n|---|---|",
        *(f"| {' '.join(keys)} | {title} |" for keys, title in menu_lines(script)),
        "\n## Ответы, заявки и соединения\n",
        "Кратчайший путь от приветствия. Цифры подряд набирают сразу: дату рождения, телефон.",
        "\n| клавиши | что | имя |\n|---|---|---|",
        *_rows(ends),
        f"\nДо чего кнопками не дойти: {', '.join(lost) if lost else 'такого нет'}.",
    ]
    return "\n".join(parts)


def _rows(ends: tuple[KeypadEnd, ...]) -> Iterator[str]:
    for end in ends:
        yield f"| {' '.join(end.keys)} | {_KINDS[end.kind]} | {end.name} |"
