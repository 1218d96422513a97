"""The schema of steps in `nlu_data/flows/*.yml`: Rasa's flow steps, and ours for the telephone.

Descriptions and examples stand at the fields, in Russian: editors read them in `docs/flows.md`,
which is generated from here.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from dialog.flow.slot_schema import Confirmation, Strict

END = "END"
"""Where a flow ends."""

RequestName = Literal["appointment", "cancellation", "home_visit", "complaint", "callback"]


class KeyBranch(Strict):
    """Что делает клавиша, если она не выбирает значение."""

    next: str | None = Field(
        default=None, description="К какому шагу перейти.", examples=["other_town"]
    )
    skip: bool = Field(
        default=False, description="Оставить вопрос без ответа и идти дальше.", examples=[True]
    )
    title: str = Field(
        default="", description="Как назвать это в подсказке о кнопках.", examples=["другой город"]
    )


class Branch(Strict):
    """Ветка развилки `next`: `if` с `then`, последней - `else`."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    condition: str | None = Field(
        default=None,
        alias="if",
        description="Условие: slots.<слот>, on_duty (операторы отвечают), caller_known (номер "
        "звонящего известен), dialled_known (известна поликлиника набранного номера), recording, "
        "bad_line, unanswered (ждал в очереди, и никто не подошёл), subject_known (ясно, о чём "
        "звонят: тему называли); знаки = != < <= > >=, is null, "
        "in [..], and, or, not, скобки.",
        examples=["slots.danger = 'yes'", "slots.age < 18 and not on_duty"],
    )
    then: str | tuple[Step, ...] | None = Field(
        default=None,
        description="Куда идти, если условие верно: имя шага, END или вложенные шаги.",
        examples=["emergency"],
    )
    otherwise: str | tuple[Step, ...] | None = Field(
        default=None,
        alias="else",
        description="Куда идти, если не подошло ни одно условие выше: имя шага, END или шаги.",
        examples=["END"],
    )


class _Step(Strict):
    kind: ClassVar[str] = ""

    id: str | None = Field(
        default=None,
        description="Имя шага, чтобы на него ссылаться. Без него шаг с вопросом зовётся именем "
        "слота.",
        examples=["ask_address"],
    )
    description: str = Field(default="", description="Заметка для редакторов.")
    next: str | tuple[Branch, ...] | None = Field(
        default=None,
        description="Что дальше: имя шага, END или развилка. Без него - следующий по порядку.",
        examples=["END"],
    )


class Collect(_Step):
    """Вопрос: спрашивать, пока у слота нет значения. Слот, у которого оно есть, не спрашивается."""

    kind: ClassVar[str] = "collect"

    collect: str = Field(description="Имя слота.", examples=["specialty"])
    ask: str | None = Field(
        default=None,
        description="Ответ с вопросом, до 20 слов. Без него utter_ask_<слот>.",
        examples=["utter_ask_specialty"],
    )
    help: str | None = Field(
        default=None,
        description="Подсказка с примером, когда дважды не вышло. Без неё utter_help_<слот>, "
        "если такой ответ есть.",
        examples=["utter_help_specialty"],
    )
    keys: dict[str, str | KeyBranch] = Field(
        default={},
        description="Клавиша -> значение слота, или {next: шаг}, или {skip: yes}. До пяти, "
        "клавиши от 1 до 5. У да/нет без записи 1 и 2; цифры, телефон, дата рождения, возраст "
        "набираются сами. 0 - оператор, 9 и * - повтор, 8 - назад, # - пропустить или назад.",
        examples=[{"1": "therapist", "2": "pediatrician", "5": {"next": "other_doctor"}}],
    )
    keypad: str | None = Field(
        default=None,
        description="Ответ, который называет кнопки, если составленный сам не годится.",
        examples=["utter_keys_specialty"],
    )
    optional: bool = Field(
        default=False,
        description="Можно пропустить: «пропустить», «не знаю», клавиша #.",
        examples=[True],
    )
    confirm: Confirmation | None = Field(
        default=None,
        description="Как переспрашивать здесь, если не так, как сказано у слота.",
        examples=["explicit"],
    )


class Confirm(_Step):
    """Зачитать собранное и спросить, всё ли верно. «Нет» ведёт к вопросу, что исправить."""

    kind: ClassVar[str] = "confirm"

    confirm: str = Field(
        description="Ответ с {слотами}. Он звучит целиком, поэтому кончается вопросом.",
        examples=["utter_confirm_appointment"],
    )
    slots: tuple[str, ...] = Field(
        default=(),
        description="Что можно исправить. Без этого всё, что спрошено раньше в этом разговоре.",
        examples=[["specialty", "visit_day", "phone"]],
    )


class Action(_Step):
    """Сказать что-то, не спрашивая."""

    kind: ClassVar[str] = "action"

    action: str = Field(description="Имя ответа.", examples=["utter_home_visit_rules"])


class Detail(Strict):
    """Подробность ответа: её спрашивают словами или клавишей."""

    answer: str = Field(description="Имя ответа.", examples=["utter_dispensary_checkup_docs"])
    title: str = Field(
        description="Как предложить её: «Рассказать <title>?»", examples=["о документах"]
    )
    words: tuple[str, ...] = Field(
        default=(),
        description="Слова и обороты, по которым её узнают: хватит любого, в любом падеже.",
        examples=[["документ", "что взять", "паспорт"]],
    )


class Answer(_Step):
    """Ответить и предложить подробности, до пяти. Просроченный ответ ведёт к оператору."""

    kind: ClassVar[str] = "answer"

    answer: str = Field(description="Имя ответа.", examples=["utter_dispensary_checkup"])
    details: dict[str, Detail] = Field(
        default={},
        description="Подробности; клавиши 1-5 по порядку, частое раньше.",
        examples=[{"docs": {"answer": "utter_dispensary_checkup_docs", "title": "о документах"}}],
    )
    ask: str | None = Field(
        default=None,
        description="Вопрос о подробностях. Без него составляется из их title.",
        examples=["utter_dispensary_checkup_more"],
    )


class FileRequest(_Step):
    """Подать заявку и сказать правду о том, что с ней стало."""

    kind: ClassVar[str] = "file"

    file: RequestName = Field(description="Вид заявки.", examples=["appointment"])
    fields: tuple[str, ...] = Field(
        default=(),
        description="Слоты заявки. Без этого все, что собрал разговор.",
        examples=[["specialty", "visit_day"]],
    )
    phone: str | None = Field(
        default=None,
        description="Слот с телефоном. Пустой - номер, с которого звонят.",
        examples=["phone"],
    )
    wait: str | None = Field(
        default=None,
        description="Что сказать, пока заявка подаётся. Без него utter_filing.",
        examples=["utter_filing"],
    )
    filed: str = Field(
        default="utter_filed",
        description="Заявка принята; {number} - её номер.",
        examples=["utter_filed_appointment"],
    )
    pending: str = Field(
        default="utter_filed_pending",
        description="Заявка сохранена, подтверждения ещё нет.",
    )
    refused: str = Field(
        default="utter_filed_refused",
        description="Система её не приняла; дальше - человек.",
    )
    failed: str = Field(
        default="utter_filed_failed",
        description="Сохранить не удалось; дальше - человек.",
    )
    queue: str | None = Field(
        default=None,
        description="Очередь, если заявка не принята. Без этого очередь темы.",
        examples=["appointments"],
    )


class Handover(_Step):
    """Передать человеку. Когда очередь не отвечает, вместо этого предложат перезвонить."""

    kind: ClassVar[str] = "handover"

    handover: str = Field(description="Очередь операторов.", examples=["appointments"])
    say: str | None = Field(
        default=None,
        description="Что сказать перед передачей. Без этого utter_transfer_operator.",
        examples=["utter_transfer_complaint"],
    )


class RedirectStep(_Step):
    """Соединить с внешним номером."""

    kind: ClassVar[str] = "redirect"

    redirect: str = Field(description="Номер из destinations.yml.", examples=["103"])
    say: str | None = Field(
        default=None,
        description="Что сказать перед этим. Без этого utter_redirect_<номер>.",
        examples=["utter_redirect_103"],
    )


class SetSlots(_Step):
    """Записать значения в слоты; null стирает."""

    kind: ClassVar[str] = "set_slots"

    set_slots: Annotated[
        dict[str, str | None],
        BeforeValidator(
            lambda value: (
                {k: v for part in value for k, v in part.items()}
                if isinstance(value, list) and all(isinstance(part, dict) for part in value)
                else value
            )
        ),
    ] = Field(
        description="Слот -> значение. «{caller}» - номер звонящего.",
        examples=[[{"phone": "{caller}"}], [{"clinic": None}]],
    )


class Call(_Step):
    """Провести другой разговор и вернуться сюда."""

    kind: ClassVar[str] = "call"

    call: str = Field(description="Имя разговора.", examples=["ask_phone"])


class Link(_Step):
    """Перейти в другой разговор; этот кончается."""

    kind: ClassVar[str] = "link"

    link: str = Field(description="Имя разговора.", examples=["callback_request"])


class Noop(_Step):
    """Ничего не делать: место для развилки."""

    kind: ClassVar[str] = "noop"

    noop: bool = Field(description="Всегда true.", examples=[True])


Step = (
    Collect
    | Confirm
    | Action
    | Answer
    | FileRequest
    | Handover
    | RedirectStep
    | SetSlots
    | Call
    | Link
    | Noop
)
STEPS: dict[str, type[_Step]] = {
    model.kind: model
    for model in (
        Collect,
        Confirm,
        Action,
        Answer,
        FileRequest,
        Handover,
        RedirectStep,
        SetSlots,
        Call,
        Link,
        Noop,
    )
}
"""What kinds of steps there are, by the key that names them."""


Branch.model_rebuild()
for _model in STEPS.values():
    _model.model_rebuild()
