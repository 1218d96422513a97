"""Names of people: «иванова мария петровна», «меня зовут олег», «фамилия кац, имя лев»."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from dialog.morphology import morphology
from dialog.slots.numerals import numeral
from dialog.slots.reading import Reading
from dialog.slots.words import CORRECTIONS, fold, vocabulary

MOST_PARTS: Final = 4
"""«Салтыкова Анна Мария Петровна»; a longer run of words is a sentence."""
_NAME: Final = re.compile(r"[а-яё]+(?:[-‑][а-яё]+)*", re.IGNORECASE)
_LABELS: Final = {
    "фамилия": "surname", "фамилию": "surname", "фамилии": "surname",
    "имя": "first", "зовут": "first", "звать": "first",
    "отчество": "patronymic", "отчеству": "patronymic", "батюшке": "patronymic",
}  # fmt: skip
_AROUND: Final = vocabulary(
    "меня зовут звать моя мой мое мне я это фамилия имя отчество по по-батюшке батюшке а и на "
    "запишите пишите записывайте запиши пациент пациентка пациента больной больная больного "
    "больную ребенок ребенка ребенку сын сына сыну дочь дочку дочка дочери дочке муж мужа мужу "
    "жена жену жене мама маму маме папа папу папе бабушка бабушку бабушке дедушка дедушку внук "
    "внука внучка внучку да ага ну вот э эм значит так здравствуйте алло добрый день вечер утро "
    "пожалуйста будет будем его ее их у нас просто нужно надо девушка дочу отец отца мать "
    "говорит беспокоит звонит спасибо фамилию фамилии отчеству девочка мальчик "
    "девочку мальчика полностью целиком как же есть слышно записали пусть человека имени врач "
    "врачу доктор доктору терапевт терапевту педиатр педиатру медсестра гражданин гражданка"
)
_SURNAME_ENDINGS: Final = re.compile(
    r"(ов|ев|ова|ева|ин|ына|ын|ина|ский|ская|цкий|цкая|ко|ук|юк|ян|дзе|швили|их|ых|ец|ич|ова|"
    r"ер|ман|берг|штейн|ун|чик|ник|ой|ый|ая|оев|оева|ову|еву|ину|ского|скую|ской)$"
)
_PATRONYMIC: Final = re.compile(
    r"(ович|евич|ич|овна|евна|ична|инична|овича|евича|овну|евну|ичну|овне|евне|овной|евной|"
    r"овичу|евичу|ыч|иныч|кызы|оглы)$"
)
_STREETS: Final = vocabulary("улица улице улицу проспект проспекте переулок бульвар дом")
_LONGEST: Final = 40
_LIKELY: Final = 0.2
"""Share of a word's uses (pymorphy3's score, 0 to 1) from which it counts as a name."""


@dataclass(frozen=True, slots=True)
class _Part:
    text: str
    start: int
    end: int
    role: str
    """``surname``, ``first``, ``patronymic``, ``name`` where it is not clear, or ``word`` for a
    living being or an adjective, which is a surname only beside a first name (Жук, Черных)."""
    sure: bool


class PersonReader:
    """Gives the name as it was said, in title case; `note` splits it where that is clear.

    ``surname=Иванова; first=Мария; patronymic=Петровна``. Cases stay as they were said: of rare
    surnames the nominative cannot be known.
    """

    def read(self, text: str, today: date) -> Reading | None:
        """The last name that `text` gives, or None where its words are no name."""
        best: tuple[list[_Part], bool] | None = None
        for parts in map(_with_plain_surname, _runs(text)):
            if _is_name(parts) and not (best is not None and _weaker(parts, best[0])):
                best = (parts, True)
        if best is None:
            return None
        parts = best[0]
        value = " ".join(part.text for part in parts)
        sure = sum(part.sure for part in parts) / len(parts)
        start, end = parts[0].start, parts[-1].end
        note = _split(parts)
        return Reading(value, text[start:end], start, end, round(0.5 + 0.45 * sure, 2), note=note)


def _runs(text: str) -> list[list[_Part]]:
    """Neighbouring words that may form one name; a correction begins another."""
    runs: list[list[_Part]] = [[]]
    label: str | None = None
    for match in list(_NAME.finditer(text))[-200:]:
        word = fold(match.group())
        if word in CORRECTIONS:
            runs.append([])
            label = None
        elif word in _STREETS:
            runs.append([])
            label = "street"
        elif label == "street":  # «улица ленина» is no person
            label = None
        elif word in _LABELS:
            label = _LABELS[word]
        elif word in _AROUND and not (label and word in ("вечер", "мороз")):
            continue
        else:
            part = _part(match, word, label)
            if part is None:
                runs.append([])
            else:
                runs[-1].append(part)
            label = None
    return [run for run in runs if run]


def _part(match: re.Match[str], word: str, label: str | None) -> _Part | None:
    if len(word) < 2 or len(word) > _LONGEST or numeral(word) is not None:
        return None
    role, sure = (label, True) if label is not None else _role(word)
    if role is None:
        return None
    return _Part(_title(match.group()), match.start(), match.end(), role, sure)


@lru_cache(maxsize=10_000)
def _role(word: str) -> tuple[str | None, bool]:
    """What part of a name `word` is, and whether that is sure; None: it is none."""
    parses = morphology().parse(word)
    best = max(parse.score for parse in parses)
    known = morphology().word_is_known(word)
    if not known and _PATRONYMIC.search(word) is None and _SURNAME_ENDINGS.search(word):
        return "surname", True  # the dictionary's guess would be a first name in another case
    for grammeme, role in (("Patr", "patronymic"), ("Name", "first"), ("Surn", "surname")):
        scores = [parse.score for parse in parses if grammeme in parse.tag]
        if scores and (max(scores) >= _LIKELY or max(scores) == best):
            return role, True
    if _PATRONYMIC.search(word) and len(word) > 5:
        return "patronymic", True
    if not known:
        return "name", False
    living = any("anim" in parse.tag or parse.tag.POS == "ADJF" for parse in parses)
    plain = living or (_SURNAME_ENDINGS.search(word) and parses[0].tag.POS == "NOUN")
    return ("word", False) if plain else (None, False)


def _with_plain_surname(parts: list[_Part]) -> list[_Part]:
    """`parts` with a plain word as the surname, where it stands at the edge of a known name."""
    known = [part for part in parts if part.role != "word"]
    plain = len(parts) - len(known)
    at_edge = plain == 1 and "word" in (parts[0].role, parts[-1].role)
    roles = {part.role for part in known if part.sure}
    if not (at_edge and len(parts) <= 3 and "first" in roles and "surname" not in roles):
        return known
    return [
        _Part(p.text, p.start, p.end, "surname" if p.role == "word" else p.role, p.sure)
        for p in parts
    ]


def _is_name(parts: Sequence[_Part]) -> bool:
    """Whether a run of words is a name: short, and something in it says so."""
    if not 1 <= len(parts) <= MOST_PARTS:
        return False
    if any(part.sure for part in parts):
        return sum(not part.sure for part in parts) <= 1
    return len(parts) == 1 and not morphology().word_is_known(fold(parts[0].text))


def _weaker(parts: Sequence[_Part], than: Sequence[_Part]) -> bool:
    """A stray word behind a name does not replace it."""
    return not any(part.sure for part in parts) and any(part.sure for part in than)


def _split(parts: Sequence[_Part]) -> str | None:
    roles: dict[str, list[str]] = {}
    for part in _told_apart(parts):
        roles.setdefault(part.role, []).append(part.text)
    if "name" in roles or any(len(said) > 1 for said in roles.values()):
        return None
    order = ("surname", "first", "patronymic")
    return "; ".join(f"{role}={roles[role][0]}" for role in order if role in roles) or None


def _told_apart(parts: Sequence[_Part]) -> list[_Part]:
    """Beside a first name or a patronymic, the word that is not clear is the surname."""
    roles = [part.role for part in parts]
    unclear = [n for n, role in enumerate(roles) if role == "name"]
    if len(unclear) == 1 and "surname" not in roles and {"first", "patronymic"} & set(roles):
        roles[unclear[0]] = "surname" if "first" in roles else "first"
    if roles.count("first") == 2 and "surname" not in roles:
        # «Павлова Олега», «Максим Александр»: the first of them stands where surnames stand
        roles[roles.index("first")] = "surname"
    if roles.count("surname") == 2 and "first" not in roles and roles[0] == "surname":
        return list(parts)
    return [
        _Part(part.text, part.start, part.end, role, part.sure)
        for part, role in zip(parts, roles, strict=True)
    ]


def _title(word: str) -> str:
    return "-".join(piece[:1].upper() + piece[1:].lower() for piece in re.split("[-‑]", word))
