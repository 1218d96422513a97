"""The reference of the flow language for editors, generated from its schema: `docs/flows.md`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from dialog.commands import Command
from dialog.flow.conditions import CONTEXT
from dialog.flow.file_schema import FlowModel
from dialog.flow.schema import STEPS, Branch, Detail, KeyBranch
from dialog.flow.slot_schema import Slot
from dialog.menu import MenuOption
from dialog.script import AFTER_HOURS, PLACES, REQUIRED_RESPONSES

_HEAD: Final = """\
# Язык разговоров

<!-- Составлено из схемы командой `voice122 content reference > docs/flows.md`; правьте описания в
dialog/flow/*schema.py. -->

Разговоры лежат в `nlu_data/flows/*.yml`, по-Rasa: шаги `collect`, `action`, `set_slots`, `call`,
`link`, `noop` и развилки `next` с `if/then/else`; для телефона добавлены `keys`, `confirm`, `file`,
`answer`, `handover` и `redirect`. Всё проверяет `voice122 content check`: сломанное не загружается.

```yaml
slots:
  specialty: {reads: specialties, title: врача, called: [врач, доктор]}
  danger: {reads: yes_no}

flows:
  call_doctor_home:          # имя темы из intents.yml: тема и начнёт разговор
    name: вызов врача на дом
    queue: home_visits
    steps:
      - collect: danger      # вопрос utter_ask_danger
        next:
          - if: slots.danger = 'yes'
            then:
              - redirect: "103"
          - else: address
      - collect: address     # подсказка utter_help_address, когда не вышло
      - confirm: utter_confirm_home_visit
      - file: home_visit
        phone: phone
        next: END
```

## Что помощник делает сам

Этого в разговорах писать не нужно:

- **несколько ответов в одной фразе** («к хирургу в Чусовом на завтра»): названное не спрашивается;
- **исправление на ходу** («нет, не к терапевту, к хирургу»), возврат («назад», клавиши 8 и #),
  повтор («что вы сказали», 9 и *), «помедленнее», «пропустить» (где `optional`), «отмена», «меню»;
- **посторонний вопрос**: ответит и вернётся к своему; другой разговор начнёт и потом вернётся;
- **опасность** - сразу 103, 112 или живой человек; **оператор** - сразу, словом или нулём;
- **лестница**, когда не вышло: короткий переспрос, потом подсказка с примером (`help`) и кнопки,
  потом человек; не больше двух раз на вопрос и трёх на звонок; на плохой линии кнопки сразу;
- **после закрытия** вместо передачи человеку начинается разговор `{after_hours}`;
- **подтверждение**: что расслышано плохо, переспрашивается; перед `file` ставьте `confirm`.

Вопрос - до 20 слов, кнопок - до пяти, ответ - до 35 слов.
"""


def reference() -> str:
    """The whole document, in Markdown."""
    parts = [_HEAD.replace("{after_hours}", AFTER_HOURS), "## Слот", *_model(Slot)]
    parts += ["## Разговор", *_model(FlowModel)]
    parts += ["## Шаги", "У каждого шага могут быть `id`, `next` и `description`:"]
    common = ("id", "next", "description")
    parts += _table(STEPS["noop"], only=common)
    for kind, model in STEPS.items():
        parts += [f"### {kind}", *_model(model, without=common)]
    parts += ["### Ветка развилки (`next`)", *_model(Branch)]
    parts += ["### Клавиша (`keys`)", *_model(KeyBranch)]
    parts += ["### Подробность (`details`)", *_model(Detail)]
    parts += [
        "## Условия",
        "`slots.<слот>` и " + ", ".join(f"`{name}`" for name in CONTEXT) + "; сравнения `=`, `!=`,"
        " `<`, `<=`, `>`, `>=`, `is null`, `is not null`, `in ['a', 'b']`; связки `and`, `or`,"
        " `not` и скобки. Тексты в кавычках; `yes` и `no` слотов да/нет: `slots.danger = 'yes'`.",
        "## Меню кнопок (`menu.yml`)",
        "Клавиша 1 - первый пункт списка `menu:`, и так до пяти на уровне, частое раньше.",
        *_table(MenuOption),
        "## Обороты (`commands.yml`)",
        "Списки фраз для " + ", ".join(f"`{c.value}`" for c in Command) + ".",
        "## Набранный номер (`dialled.yml`)",
        "`dialled:` - номер цифрами -> слоты, которые он уже называет: `{\"73422000000\": {clinic:"
        " gkp2}}`.",
        "## Ответы, которые помощник говорит сам",
        "Должны быть в `responses/`: " + ", ".join(f"`{n}`" for n in REQUIRED_RESPONSES) + ".",
        "В фигурных скобках, кроме слотов, можно: "
        + ", ".join(f"`{{{place}}}`" for place in sorted(PLACES))
        + ". `{opens}` - когда ответят операторы («завтра с восьми часов»), `{hours}` - часы"
        " работы целой фразой, `{number}` - номер заявки, `{options}` - варианты, `{value}` -"
        " значение, `{recorded}` - предупреждение о записи или ничего, `{flow}` - имя разговора.",
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _model(model: type[BaseModel], without: tuple[str, ...] = ()) -> list[str]:
    return [" ".join((model.__doc__ or "").split()), *_table(model, without=without)]


def _table(
    model: type[BaseModel], without: tuple[str, ...] = (), only: tuple[str, ...] = ()
) -> list[str]:
    rows = [row for row in _rows(model) if row[0] not in without and (not only or row[0] in only)]
    lines = ["| поле | что значит | пример |", "|---|---|---|"]
    lines += [f"| `{name}`{need} | {text} | {example} |" for name, need, text, example in rows]
    return ["\n".join(lines)]


def _rows(model: type[BaseModel]) -> Iterator[tuple[str, str, str, str]]:
    for name, field in model.model_fields.items():
        required = field.default is PydanticUndefined
        example = _yaml(field.examples[0]) if field.examples else ""
        text = " ".join((field.description or "").split()).replace("|", "\\|")
        yield field.alias or name, " *" if required else "", text, example


def _yaml(value: Any) -> str:
    if isinstance(value, bool):
        return "`yes`" if value else "`no`"
    if isinstance(value, str):
        return f"`{value}`"
    text = json.dumps(value, ensure_ascii=False)
    return f"`{text}`".replace("|", "\\|")
