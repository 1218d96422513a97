"""The schema of whole conversations in `nlu_data/flows/*.yml`, and of the files that hold them.

Descriptions and examples stand at the fields, in Russian: editors read them in `docs/flows.md`,
which is generated from here.
"""

from __future__ import annotations

from pydantic import Field

from dialog.flow.schema import Detail, Step
from dialog.flow.slot_schema import Slot, Strict


class FlowModel(Strict):
    """Разговор. Если он зовётся как тема из intents.yml, тема начинает его."""

    name: str = Field(
        description="Как назвать разговор: «Вернёмся: <name>». Именительный падеж.",
        examples=["запись к врачу"],
    )
    description: str = Field(default="", description="Для редакторов: что делает разговор.")
    queue: str | None = Field(
        default=None,
        description="Очередь, если разговор не получится. Без этого очередь темы, иначе general.",
        examples=["appointments"],
    )
    words: tuple[str, ...] = Field(
        default=(),
        description="Для разговора без темы: слова, на которые он начинается, если сказаны в двух "
        "словах, а не внутри рассказа.",
        examples=[["перезвоните", "обратный звонок"]],
    )
    details: dict[str, Detail] = Field(
        default={},
        description="Вопросы по ходу: на эти слова разговор отвечает в любом шаге и спрашивает "
        "дальше.",
        examples=[
            {
                "wait": {
                    "answer": "utter_make_appointment_wait",
                    "title": "о сроках",
                    "words": ["сколько ждать"],
                }
            }
        ],
    )
    steps: tuple[Step, ...] = Field(min_length=1, description="Шаги по порядку.")


class FlowFile(Strict):
    """Файл папки flows/: слоты и разговоры. Слоты общие для всех файлов."""

    slots: dict[str, Slot] = Field(default={}, description="Слоты по именам.")
    flows: dict[str, FlowModel] = Field(default={}, description="Разговоры по именам.")
