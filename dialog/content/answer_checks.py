"""Checks of answers: spoken forms, dates, sources; none missing, none that nobody hears."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import Final

from dialog.content.findings import Finding, Severity, errors
from dialog.content.folder import ContentFolder, Topic
from dialog.content.responses_reader import PREFIX, Answer, check_dates
from dialog.content.yaml_files import child, pairs
from dialog.script import PLACES

_UNSPOKEN: Final[tuple[tuple[re.Pattern[str], str, str], ...]] = (
    (re.compile(r"\d+(?:[ .:-]\d+)*"), "цифры", "Напишите число словами, как его произносят"),
    (
        re.compile(r"(?:https?://|www\.)\S+|\b[\w-]+\.(?:ru|рф|com|org|net)\b", re.IGNORECASE),
        "адрес сайта",
        "По телефону адрес не запишут: назовите сайт словами или предложите оператора",
    ),
    (
        re.compile(
            r"\b(?:и т\. ?[дп]|тел|ул|пр|просп|пер|кв|корп|стр|руб|тыс|млн|коп|мин|гос|др|см|обл|"
            r"р-н|им|напр|ст)\.|\b[гдч]\. ",
            re.IGNORECASE,
        ),
        "сокращение",
        "Напишите слово целиком",
    ),
    (
        re.compile(r"(?<![А-Яа-яЁё])[A-Za-z]{2,}(?![А-Яа-яЁё])"),
        "латинские буквы",
        "Напишите так, как это произносят по-русски",
    ),
    (
        re.compile(r"[^\w\s.,!?:;…—–\-‑«»\"„“()'’{}]"),
        "знак",
        "Замените его словом или уберите",
    ),
)
"""What a voice reads otherwise than it was meant."""
_PLACE: Final = re.compile(r"\{(\w*)\}")
"""Where a value of the conversation is put in: ``{specialty}``."""


def check_readable(content: ContentFolder) -> Iterator[Finding]:
    """Answers that are broken, too long, without a source, expired or soon to expire."""
    responses, findings = content.responses
    yield from findings
    for finding in check_dates(responses, content.today):
        yield finding.under(content.name("responses"))


def check_spoken(content: ContentFolder) -> Iterator[Finding]:
    """Texts that a voice would read otherwise than they are meant."""
    spoken_slots = _words_of_flows(content)
    for answer in content.answers:
        text = _PLACE.sub("", answer.text)
        for pattern, what, mend in _UNSPOKEN:
            found = pattern.search(text)
            if found is not None:
                yield content.of_answer(
                    answer,
                    Severity.WARNING,
                    f"в ответе {answer.name} {what}: «{found[0].strip()}»",
                    "Голос прочтёт это не так, как задумано, или пропустит",
                    mend,
                )
                break  # the first says enough: a site's address is Latin letters as well
        yield from _placeholders(content, answer, spoken_slots)


def check_sourced(content: ContentFolder) -> Iterator[Finding]:
    """Answers to topics that pass for phrases, and those that would grow old unnoticed."""
    for answer in content.answers:
        topic = _topic_of(answer.name, content)
        if topic is None or topic.does == "control":
            continue
        if answer.use == "phrase":
            yield content.of_answer(
                answer,
                Severity.ERROR,
                f"у ответа {answer.name} на тему {topic.name} нет источника и владельца",
                "Нельзя понять, кто отвечает за сказанное звонящему",
                "Впишите metadata: owner, sources, checked, valid_until и use, как у соседних",
            )
        elif answer.valid_until is None and answer.review_by is None:
            yield content.of_answer(
                answer,
                Severity.WARNING,
                f"у ответа {answer.name} нет ни valid_until, ни review_by",
                "Он будет звучать и тогда, когда устареет: никто об этом не вспомнит",
                "Поставьте день, к которому владелец темы перечитает ответ (review_by)",
            )


def check_missing(content: ContentFolder) -> Iterator[Finding]:
    """Topics that are answered from content, and have no answer."""
    responses, findings = content.responses
    if errors(findings):
        return  # an answer may stand in the file that cannot be read
    answers = responses.answers
    for topic in content.topics.values():
        if topic.does == "answer" and f"{PREFIX}{topic.name}" not in answers:
            yield Finding(
                Severity.ERROR,
                content.name("intents.yml"),
                topic.line,
                f"у темы {topic.name} нет ответа {PREFIX}{topic.name}",
                "Помощник поймёт вопрос, но сказать ему будет нечего",
                f"Напишите ответ в responses/ или поставьте теме does: operator (сейчас: "
                f"{topic.does})",
            )


def unused_answers(spoken: Collection[str]) -> Callable[[ContentFolder], Iterator[Finding]]:
    """A check for answers that nobody hears; `spoken` are those that the program itself says."""

    def check(content: ContentFolder) -> Iterator[Finding]:
        if not content.topics:
            return  # then every answer would seem unused
        heard = content.mentioned | set(spoken) | _of_slots(content)
        redirects = {f"{PREFIX}redirect_{t.number}" for t in content.topics.values() if t.number}
        for wordings in content.responses[0].answers.values():
            answer = wordings[0]
            if answer.name in heard | redirects or _topic_of(answer.name, content) is not None:
                continue
            yield content.of_answer(
                answer,
                Severity.WARNING,
                f"ответ {answer.name} ниоткуда не вызывается",
                "Его никто никогда не услышит",
                f"Назовите его {PREFIX}<тема> или {PREFIX}<тема>_<подробность>, "
                "вызовите из разговора в flows/ или удалите",
            )

    return check


def _of_slots(content: ContentFolder) -> set[str]:
    """Questions and helps that flows call by the names of their slots."""
    files = (file for name, file in content.files.items() if name.startswith("flows/"))
    slots = {name for file in files for name, _ in pairs(child(file.root, "slots"))}
    return {f"{PREFIX}{what}_{name}" for name in slots for what in ("ask", "help")}


def _topic_of(name: str, content: ContentFolder) -> Topic | None:
    """The topic that an answer belongs to by its name: ``utter_<topic>[_<detail>]``."""
    rest = name.removeprefix(PREFIX)
    fitting = [t for t in content.topics.values() if f"{rest}_".startswith(f"{t.name}_")]
    return max(fitting, key=lambda topic: len(topic.name), default=None)


def _placeholders(content: ContentFolder, answer: Answer, known: set[str]) -> Iterator[Finding]:
    for match in _PLACE.finditer(answer.text):
        if match[1] not in known and match[1] not in PLACES:
            yield content.of_answer(
                answer,
                Severity.ERROR,
                f"в ответе {answer.name} стоит {match[0]}, а такого слота в flows/ нет",
                "На этом месте звонящий не услышит ничего",
                "Исправьте имя в фигурных скобках или уберите их",
            )


def _words_of_flows(content: ContentFolder) -> set[str]:
    """Every word of the flows' files: whatever way they name slots, the name stands there."""
    texts = (_keys_and_values(file.root) for n, file in content.files.items() if "flows/" in n)
    return {word for words in texts for word in words}


def _keys_and_values(node: object) -> Iterator[str]:
    value = getattr(node, "value", node)
    if isinstance(value, str):
        yield from re.findall(r"\w+", value)
    elif isinstance(value, list):
        for part in value:
            for inner in part if isinstance(part, tuple) else (part,):
                yield from _keys_and_values(inner)
