"""What callers say around an answer: thanks, «точнее», «телефон не тот», «не помню»."""

from __future__ import annotations

import re
from typing import Final

from dialog.slots.words import fold, vocabulary, words_of

_AMENDS: Final = re.compile(
    r"\b(нет|не|точнее|вернее|ой|ошиб\w+|перепутал\w*|исправ\w+|поменя\w+|измени\w*|вместо|"
    r"передумал\w*|лучше|другой|другую|другое|неправильн\w*|неверн\w*|не так|все-таки|всетаки|"
    r"давайте|только)\b"
)
_TAKES_BACK: Final = re.compile(
    r"\b(не (тот|та|то|те|туда|так|такой|такая|такое)|ошиб\w+|перепутал\w*|исправ\w+|поменя\w+|"
    r"измени\w*|неправильн\w*|неверн\w*)\b"
)
_CONSENT: Final = vocabulary("да давайте давай ну хорошо ладно конечно нет")
_OWN_NUMBER: Final = re.compile(
    r"\b((на|по) (этот|этому|тот|тому|мой|моему)( же)?( самый| самому)?( номер\w*| телефон\w*)?$|"
    r"(этот|этому|тот|тому) же\b|(этот|этому|этого|мой|моему) (номер|телефон)\w*|"
    r"(с|из) котор\w+ (я )?(вам )?(звоню|набираю|говорю)|у вас (он )?(определился|высветился|есть))"
)
_UNKNOWN: Final = re.compile(
    r"\b(не (знаю|помню|найду|нашла|нашел|могу найти|скажу)|под рукой нет|нет под рукой)\b"
)
_WHOSE: Final = vocabulary(
    "мне ему ей нам ребенку сыну дочери дочке внуку внучке маме папе мужу жене бабушке дедушке "
    "уже всего исполнилось будет полных"
)
_THANKS: Final = re.compile(r"\b(спасибо|благодарю|до свидания|всего доброго)\b")


def names_only_whose(text: str) -> bool:
    """Whether words around an age say no more than whose it is: «ему уже»; also where none do."""
    return all(word.text in _WHOSE for word in words_of(text))


def thanks(text: str) -> bool:
    """Whether words thank: «нет, спасибо» needs no further question."""
    return _THANKS.search(fold(text)) is not None


def amends(text: str) -> bool:
    """Whether the caller takes something back: «нет», «точнее», «лучше»."""
    return _AMENDS.search(fold(text)) is not None


def takes_back(text: str) -> bool:
    """Whether the caller says that something is wrong: «телефон не тот»."""
    return _TAKES_BACK.search(fold(text)) is not None


def asks_on(text: str) -> bool:
    """Whether a further question is asked, though with a word of consent: «а детям можно»."""
    words = words_of(text)
    return len(words) > 2 and words[0].text == "а" and words[1].text not in _CONSENT


def own_number(text: str) -> bool:
    """Whether the caller means the number of this very call: «по этому номеру»."""
    return _OWN_NUMBER.search(fold(text)) is not None


def unknown(text: str) -> bool:
    """Whether the caller says that he cannot tell: «полис сейчас не найду»."""
    return _UNKNOWN.search(fold(text)) is not None
