"""What is wrong with flows, topics and menu as a whole; broken ones are never loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from dialog.content.findings import Finding, Severity
from dialog.flow.conditions import Condition
from dialog.flow.graph import Flow, Node
from dialog.flow.schema import (
    Action,
    Answer,
    Call,
    Collect,
    Confirm,
    FileRequest,
    Handover,
    Link,
    RedirectStep,
    SetSlots,
)
from dialog.flow.slot_schema import Slot
from dialog.menu import MOST_OPTIONS, MenuOption
from dialog.script import REQUIRED_RESPONSES, Script
from dialog.slots.readers import BY_KEYS

MOST_QUESTION_WORDS: Final = 20
"""Words of a question; a longer one is not answered, but asked back."""
_STAYS: Final = "Изменения не вступят в силу: линия отвечает по прежней версии"
_ASKING_ITSELF: Final = frozenset({"yes_no", *BY_KEYS})
"""Kinds whose keypad help is made by the engine."""


def check_script(script: Script, slot_places: Mapping[str, tuple[str, int]]) -> Iterator[Finding]:
    """Everything that is wrong with flows, topics and the menu of `script`.

    Args:
        script: loaded, whatever is wrong with it.
        slot_places: slot -> file and line.
    """
    for name in REQUIRED_RESPONSES:
        if not script.has(name):
            yield _error(
                "responses", None, f"нет ответа {name}", "Помощнику нечего будет сказать",
                "Допишите его в responses/service.yml",
            )  # fmt: skip
    yield from _topics(script)
    yield from _menu(script, script.menu, "главное меню")
    for slot_name, slot in script.slots.items():
        file, line = slot_places.get(slot_name, ("", 0))
        yield from _slot(script, slot_name, slot, f"flows/{file}", line)
    for flow in script.flows.values():
        yield from _flow(script, flow)
    for number, slots in script.dialled.items():
        for name in slots.keys() - script.slots.keys():
            yield _error(
                "dialled.yml", None, f"у номера {number} слот {name}, а такого нет", _STAYS,
                "Исправьте имя слота",
            )  # fmt: skip


def _topics(script: Script) -> Iterator[Finding]:
    for intent, topic in script.topics.items():
        broken = None
        if topic.does == "answer" and intent not in script.flows:
            if not script.has(f"utter_{intent}"):
                broken = f"нет ответа utter_{intent}"
        elif topic.does == "flow" and intent not in script.flows:
            broken = "нет разговора в flows/"
        elif topic.does == "redirect" and topic.number is None:
            broken = "не указан номер (number)"
        if topic.say is not None and not script.has(topic.say):
            broken = f"нет ответа {topic.say}"
        if broken is not None:
            yield _error(
                "intents.yml", None, f"тема {intent}: {broken}",
                f"На вопрос «{topic.title}» помощнику нечего будет сказать", "Допишите недостающее",
            )  # fmt: skip


def _menu(script: Script, options: tuple[MenuOption, ...], where: str) -> Iterator[Finding]:
    def error(message: str, consequence: str, mend: str) -> Finding:
        return _error("menu.yml", None, message, consequence, mend)

    if not 1 <= len(options) <= MOST_OPTIONS:
        yield error(
            f"{where}: пунктов {len(options)}, а можно от одного до {MOST_OPTIONS}",
            "На слух больше не запомнить", "Уберите лишнее в меню ниже",
        )  # fmt: skip
    for option in options:
        name = option.title or option.topic or option.flow or "?"
        kinds = [kind for kind in (option.topic, option.flow, option.menu) if kind]
        if len(kinds) != 1:
            yield error(f"{where}: у пункта «{name}» должно быть одно: topic, flow или menu",
                        _STAYS, "Оставьте одно")  # fmt: skip
        elif option.topic is not None and option.topic not in script.topics:
            yield error(f"{where}: темы {option.topic} нет", "Клавиша никуда не ведёт",
                        "Исправьте имя")  # fmt: skip
        elif option.flow is not None and option.flow not in script.flows:
            yield error(f"{where}: разговора {option.flow} нет", "Клавиша никуда не ведёт",
                        "Исправьте имя")  # fmt: skip
        elif option.topic is None and not option.title:
            yield error(f"{where}: у пункта нет title", "Его нечем назвать", "Впишите title")
        if option.menu:
            yield from _menu(script, option.menu, f"меню «{name}»")


def _slot(script: Script, name: str, slot: Slot, file: str, line: int) -> Iterator[Finding]:
    kinds = script.readers.kinds | {"options"}
    if slot.reads not in kinds:
        known = ", ".join(sorted(kinds))
        yield _error(
            file, line, f"слот {name}: reads: {slot.reads} - нет такого вида и нет списка"
            f" lists/{slot.reads}.yml", "Ответ звонящего не будет понят", f"Можно: {known}",
        )  # fmt: skip
    if (slot.reads == "options") != bool(slot.options):
        yield _error(
            file, line, f"слот {name}: options пишутся с reads: options, и наоборот",
            "Ответ звонящего не будет понят", "Впишите недостающее",
        )  # fmt: skip
    if len(slot.options) > MOST_OPTIONS or not all(slot.options.values()):
        yield _error(
            file, line, f"слот {name}: вариантов от одного до {MOST_OPTIONS}, у каждого название",
            "На слух больше не запомнить", "Разделите вопрос на два",
        )  # fmt: skip


def _flow(script: Script, flow: Flow) -> Iterator[Finding]:
    for detail in flow.details.values():
        if not script.has(detail.answer):
            yield _at(flow, flow.nodes[flow.first], f"нет ответа {detail.answer}",
                      "На вопрос по ходу помощнику нечего будет сказать",
                      "Допишите его в responses/ или исправьте имя")  # fmt: skip
    reached = _reached(flow)
    for node in flow.nodes.values():
        if node.id not in reached:
            yield _at(flow, node, "ни одна ветка сюда не ведёт", "Этого никто не услышит",
                      "Уберите шаг или добавьте переход")  # fmt: skip
        yield from _step(script, flow, node)
        for edge in node.edges:
            if edge.condition is not None:
                yield from _condition(script, flow, node, edge.condition)
    yield from _loops(flow)


def _step(script: Script, flow: Flow, node: Node) -> Iterator[Finding]:
    def need(response: str | None) -> Iterator[Finding]:
        if response is not None and not script.has(response):
            yield _at(flow, node, f"нет ответа {response}", "Помощнику нечего будет сказать",
                      "Допишите его в responses/ или исправьте имя")  # fmt: skip

    def known(slots: tuple[str, ...]) -> Iterator[Finding]:
        for name in slots:
            if name not in script.slots:
                yield _at(flow, node, f"слот {name} не описан в slots", _STAYS,
                          "Опишите слот или исправьте имя")  # fmt: skip

    def short(response: str) -> Iterator[Finding]:
        for wording in script.answers.answers.get(response, ()):
            words = sum(any(c.isalnum() for c in word) for word in wording.text.split())
            if words > MOST_QUESTION_WORDS:
                yield _at(flow, node, f"в вопросе {response} слов: {words}, а можно до"
                          f" {MOST_QUESTION_WORDS}", "Звонящий не дослушает", "Сократите вопрос",
                          )  # fmt: skip

    step = node.step
    match step:
        case Collect():
            yield from known((step.collect,))
            ask = step.ask or f"utter_ask_{step.collect}"
            yield from need(ask)
            yield from need(step.help)
            yield from need(step.keypad)
            yield from short(ask)
            if step.collect in script.slots:
                yield from _question(script, flow, node, step, script.slots[step.collect])
        case Confirm():
            yield from known(step.slots)
            yield from need(step.confirm)
        case Action():
            yield from need(step.action)
        case Answer():
            yield from need(step.answer)
            yield from need(step.ask)
            for detail in step.details.values():
                yield from need(detail.answer)
            if len(step.details) > MOST_OPTIONS:
                yield _at(flow, node, f"подробностей {len(step.details)}, а можно до"
                          f" {MOST_OPTIONS}", "На слух больше не запомнить", "Уберите лишние",
                          )  # fmt: skip
        case FileRequest():
            yield from known(step.fields)
            yield from known((step.phone,) if step.phone else ())
            for response in (step.wait, step.filed, step.pending, step.refused, step.failed):
                yield from need(response)
        case Handover():
            yield from need(step.say)
        case RedirectStep():
            yield from need(step.say or f"utter_redirect_{step.redirect}")
        case SetSlots():
            yield from known(tuple(step.set_slots))
        case Call(call=name) | Link(link=name):
            if name not in script.flows:
                yield _at(flow, node, f"разговора {name} нет", "Звонок уйдёт к оператору",
                          "Исправьте имя")  # fmt: skip


def _question(
    script: Script, flow: Flow, node: Node, step: Collect, slot: Slot
) -> Iterator[Finding]:
    """A question must have a ladder: help with an example, and keys where there may be any."""
    help_ = step.help or f"utter_help_{step.collect}"
    by_keys = bool(step.keys) or bool(slot.options) or slot.reads in _ASKING_ITSELF
    if not script.has(help_) and not by_keys:
        yield _at(
            flow, node, f"у вопроса о {step.collect} нет ни подсказки {help_}, ни кнопок (keys)",
            "Кого не поняли, тот услышит тот же вопрос ещё раз",
            f"Напишите {help_} с примером ответа или keys",
        )  # fmt: skip
    if len(step.keys) > MOST_OPTIONS or not step.keys.keys() <= set("12345"):
        yield _at(flow, node, f"кнопки {', '.join(step.keys)}: можно до пяти, от 1 до 5",
                  "На слух больше не запомнить", "Остальное - за кнопкой с next",
                  )  # fmt: skip
    entries = script.lists.get(slot.reads)
    values = set(slot.options) | ({"yes", "no"} if slot.reads == "yes_no" else set())
    values |= set(entries.entries) if entries is not None else set()
    for key, choice in step.keys.items():
        if isinstance(choice, str) and values and choice not in values:
            yield _at(flow, node, f"клавиша {key}: значения {choice} у слота {step.collect} нет",
                      "Клавиша запишет то, чего нет", "Возьмите ключ из списка")  # fmt: skip
        if not isinstance(choice, str) and choice.skip and not step.optional:
            yield _at(flow, node, f"клавиша {key} пропускает обязательный вопрос",
                      "Заявка останется без ответа", "Поставьте optional: yes")  # fmt: skip


def _condition(script: Script, flow: Flow, node: Node, condition: Condition) -> Iterator[Finding]:
    for name in condition.slots - script.slots.keys():
        yield _at(flow, node, f"в условии «{condition.text}» слот {name}, а такого нет",
                  "Ветка не сработает никогда", "Исправьте имя слота")  # fmt: skip


def _reached(flow: Flow) -> set[str]:
    """Ids of steps to which some way leads."""
    reached, waiting = set(), [flow.first]
    while waiting:
        at = waiting.pop()
        if at not in reached:
            reached.add(at)
            waiting += [target for target in flow.nodes[at].targets if target is not None]
    return reached


def _loops(flow: Flow) -> Iterator[Finding]:
    """Steps from which neither a question nor an end can be reached: the call would spin there."""
    sound: set[str | None] = {None}
    sound |= {
        node.id
        for node in flow.nodes.values()
        if isinstance(node.step, Collect | Confirm | Handover | RedirectStep | Link | FileRequest)
    }
    ends: set[str | None] = {None} | {
        node.id
        for node in flow.nodes.values()
        if isinstance(node.step, Handover | RedirectStep | Link)
    }
    for good in (sound, ends):
        grown = True
        while grown:
            grown = False
            for node in flow.nodes.values():
                if node.id not in good and any(target in good for target in node.targets):
                    good.add(node.id)
                    grown = True
    for node in flow.nodes.values():
        if node.id not in ends:
            yield _at(flow, node, "отсюда разговор никогда не кончится",
                      "Звонящий будет ходить по кругу",
                      "Добавьте выход: END, handover или redirect")  # fmt: skip
            return


def _at(flow: Flow, node: Node, message: str, consequence: str, mend: str) -> Finding:
    return _error(
        f"flows/{flow.file}", node.line, f"разговор {flow.id}, шаг {node.id}: {message}",
        consequence, mend,
    )  # fmt: skip


def _error(file: str, line: int | None, message: str, consequence: str, mend: str) -> Finding:
    return Finding(Severity.ERROR, file, line, message, consequence, mend)
