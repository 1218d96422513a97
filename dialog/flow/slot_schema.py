"""The schema of slots in `nlu_data/flows/*.yml`: Rasa's, and ours for the telephone.

Descriptions and examples stand at the fields, in Russian: editors read them in `docs/flows.md`,
which is generated from here.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dialog.acts import AnswerKind

Confirmation = Literal["none", "implicit", "explicit"]


class Strict(BaseModel):
    """What editors write: nothing unknown in it, and nobody changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Slot(Strict):
    """Слот: то, что звонящий сообщает о себе или о своей просьбе."""

    reads: str = Field(
        description="Как читается значение: yes_no, digits, phone, snils, policy, date, time, "
        "day_and_time, birth_date, person, address, age, text (слова как есть), options (один из "
        "вариантов ниже) или имя списка из lists/.",
        examples=["specialties", "day_and_time", "options"],
    )
    expects: AnswerKind | None = Field(
        default=None,
        description="Какой ответ ждёт слух: open, yes_no, choice, digits, name, date, address. "
        "Обычно ясно из reads, тогда не пишется.",
        examples=["choice"],
    )
    title: str = Field(
        default="",
        description="Как назвать слот в вопросе «Что исправить: врача, день?»: в винительном "
        "падеже.",
        examples=["врача"],
    )
    called: tuple[str, ...] = Field(
        default=(),
        description="Слова, по которым понятно, что речь об этом слоте: «телефон неверный».",
        examples=[["телефон", "номер"]],
    )
    after: tuple[str, ...] = Field(
        default=(),
        description="Предлоги, по которым два слота одного вида различают, когда их называют сразу "
        "вместе: «с пятницы на понедельник».",
        examples=[["с", "со"]],
    )
    options: dict[str, tuple[str, ...]] = Field(
        default={},
        description="Для reads: options. Значение -> как его называют; первым стоит то, что "
        "говорит помощник. Не больше пяти.",
        examples=[{"cancel": ["отменить", "убрать"], "move": ["перенести", "другой день"]}],
    )
    confirm: Confirmation | None = Field(
        default=None,
        description="Как переспрашивать: implicit - назвать значение в начале следующего вопроса; "
        "explicit - спросить «верно?» сразу; none - не переспрашивать. Без этого: implicit для "
        "списков, дней и времени, none для остального. Что плохо расслышано, переспрашивается "
        "строже.",
        examples=["implicit"],
    )
    persisted: bool = Field(
        default=False,
        description="Помнить до конца звонка: второй раз за звонок не спросят (имя, телефон).",
        examples=[True],
    )

    @property
    def kind(self) -> AnswerKind:
        """What kind of answer the ear waits for."""
        return self.expects or _KINDS.get(self.reads, AnswerKind.CHOICE)

    @property
    def confirmation(self) -> Confirmation:
        """How its value is confirmed, where the step does not say."""
        if self.confirm is not None:
            return self.confirm
        own = self.reads not in _KINDS or self.reads in ("date", "time", "day_and_time")
        return "implicit" if own else "none"


_KINDS = {
    "yes_no": AnswerKind.YES_NO,
    "digits": AnswerKind.DIGITS,
    "phone": AnswerKind.DIGITS,
    "snils": AnswerKind.DIGITS,
    "policy": AnswerKind.DIGITS,
    "date": AnswerKind.DATE,
    "time": AnswerKind.DATE,
    "day_and_time": AnswerKind.DATE,
    "birth_date": AnswerKind.DATE,
    "person": AnswerKind.NAME,
    "address": AnswerKind.ADDRESS,
    "age": AnswerKind.DIGITS,
    "text": AnswerKind.OPEN,
    "options": AnswerKind.CHOICE,
}
