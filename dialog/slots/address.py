"""Addresses: «улица ленина дом шестнадцать квартира пять», «на ленина шестнадцать, пять»."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from dialog.slots.calendar_words import month
from dialog.slots.numerals import number_at
from dialog.slots.reading import Reading
from dialog.slots.words import CORRECTIONS, Word, vocabulary, words_of

_STREETS: Final = {
    **dict.fromkeys(("улица", "улице", "улицу", "улицы", "ул"), "улица"),
    **dict.fromkeys(("проспект", "проспекте", "проспекту", "пр", "просп"), "проспект"),
    **dict.fromkeys(("переулок", "переулке", "пер"), "переулок"),
    **dict.fromkeys(("бульвар", "бульваре"), "бульвар"),
    **dict.fromkeys(("шоссе",), "шоссе"),
    **dict.fromkeys(("площадь", "площади"), "площадь"),
    **dict.fromkeys(("проезд", "проезде"), "проезд"),
    **dict.fromkeys(("тракт", "тракте"), "тракт"),
    **dict.fromkeys(("набережная", "набережной"), "набережная"),
    **dict.fromkeys(("микрорайон", "микрорайоне", "мкр"), "микрорайон"),
    **dict.fromkeys(("аллея", "аллее"), "аллея"),
    **dict.fromkeys(("тупик", "тупике"), "тупик"),
}
_PLACES: Final = {
    **dict.fromkeys(("город", "городе", "г"), "город"),
    **dict.fromkeys(("поселок", "поселке", "пос"), "посёлок"),
    **dict.fromkeys(("деревня", "деревне", "дер"), "деревня"),
    **dict.fromkeys(("село", "селе"), "село"),
}
_PARTS: Final = {
    **dict.fromkeys(("дом", "дома", "доме", "домик", "д", "дон"), "дом"),
    **dict.fromkeys(("корпус", "корпусе", "корп", "к"), "корпус"),
    **dict.fromkeys(("строение", "стр"), "строение"),
    **dict.fromkeys(("квартира", "квартиру", "квартире", "квартиры", "кв"), "квартира"),
    **dict.fromkeys(("комната", "комнату", "ком"), "комната"),
    **dict.fromkeys(("подъезд", "подъезде"), "подъезд"),
    **dict.fromkeys(("этаж", "этаже"), "этаж"),
}
_BEFORE_NUMBER: Final = frozenset({"подъезд", "этаж"})
_ORDER: Final = ("дом", "корпус", "строение", "подъезд", "этаж", "квартира", "комната")
_FILLERS: Final = vocabulary(
    "на по в во у э ну вот это мой наш адрес пишите запишите записывайте живу проживаю живем "
    "находится мы я прописана прописан да ага так значит номер пожалуйста потом и а там"
)
_LETTERS: Final = {
    "а": "а", "б": "б", "в": "в", "г": "г", "д": "д", "е": "е", "бэ": "б", "вэ": "в", "гэ": "г",
    "дэ": "д", "ж": "ж",
}  # fmt: skip
_IN_NAMES: Final = vocabulary("лет годовщины летия съезда партсъезда дивизии армии интернационала")
_NOT_A_STREET: Final = vocabulary(
    "мне ему ей лет год года рублей не знаю хочу надо нужно завтра сегодня вчера часов часа утра "
    "вечера дня терапевт терапевту врач врачу доктор кабинет человек температура градусов раз "
    "запишите талон номер телефон болит через неделю"
)
_MOST_NAME_WORDS: Final = 4
_HIGHEST_HOUSE: Final = 999
_HIGHEST_FLAT: Final = 9999


@dataclass
class _Address:
    place: str = ""
    street: str = ""
    parts: dict[str, str] = field(default_factory=dict)
    start: int | None = None
    end: int = 0
    sure: bool = True

    def spans(self, first: int, last: int) -> None:
        """Widen the address to the words from `first` to before `last`."""
        self.start = first if self.start is None else min(self.start, first)
        self.end = max(self.end, last)


class AddressReader:
    """Gives ``город Пермь, улица Ленина, дом 16, корпус 2, квартира 5``, as far as it was said.

    Names stay in the case in which they were said. None without a house, or without a street or
    a village.
    """

    def read(self, text: str, today: date) -> Reading | None:
        """The address that `text` names; what is said again replaces what was said before."""
        words = words_of(text)
        address = _Address()
        at = 0
        while at < len(words):
            at = _step(text, words, at, address)
        if "дом" not in address.parts or not (address.street or address.place):
            return None
        if address.start is None:
            return None
        start, end = words[address.start].start, words[address.end - 1].end
        named = [name for name in (address.place, address.street) if name]
        numbers = [f"{part} {address.parts[part]}" for part in _ORDER if part in address.parts]
        confidence = 0.9 if address.sure else 0.65
        return Reading(", ".join((*named, *numbers)), text[start:end], start, end, confidence)


def _step(text: str, words: Sequence[Word], at: int, address: _Address) -> int:
    """Read what stands at word `at` into `address`; the index behind it."""
    word = words[at].text
    if word in _FILLERS and word not in _STREETS:
        return at + 1
    if word in CORRECTIONS:
        return at + 1
    if word in _PARTS:
        end = _numbered_part(words, at, address)
        if end is not None:
            return end
    if word in _PLACES:
        name, end = _name(text, words, at + 1, stop_at_numbers=True, most=2)
        if name:
            address.place = f"{_PLACES[word]} {name}"
            address.spans(at, end)
            return end
    if word in _STREETS:
        return _street(text, words, at, address)
    ordinal = number_at(words, at)
    if ordinal is not None and ordinal.end < len(words):
        part = _PARTS.get(words[ordinal.end].text)
        if part in _BEFORE_NUMBER and ordinal.ordinal:  # «третий подъезд»
            address.parts[part] = str(ordinal.value)
            address.spans(at, ordinal.end + 1)
            return ordinal.end + 1
    if address.street and ordinal is not None:
        return _bare_number(words, at, address)
    if not address.street or (at and words[at - 1].text in CORRECTIONS):
        return _street_without_type(text, words, at, address)
    return at + 1


def _street(text: str, words: Sequence[Word], at: int, address: _Address) -> int:
    """«улица ленина», «комсомольский проспект» (its name may have been read before)."""
    kind = _STREETS[words[at].text]
    house_follows = any(_PARTS.get(word.text) == "дом" for word in words[at + 1 : at + 7])
    name, end = _name(text, words, at + 1, stop_at_numbers=not house_follows)
    if not name and address.street and not address.street.startswith(tuple(_STREETS.values())):
        address.street = f"{address.street} {kind}"
        address.sure = True
        address.spans(at, at + 1)
        return at + 1
    if name:
        address.street = f"{kind} {name}"
        address.spans(at, end)
    return max(end, at + 1)


def _street_without_type(text: str, words: Sequence[Word], at: int, address: _Address) -> int:
    """«ленина шестнадцать», «комсомольский проспект сорок»: up to three words and a house."""
    name, end = _name(text, words, at, stop_at_numbers=True, most=3)
    if not name or any(word.text in _NOT_A_STREET for word in words[at:end]):
        return at + 1
    following = words[end].text if end < len(words) else ""
    number = number_at(words, end)
    numbered = number is not None and (not number.ordinal or words[end].is_digits)
    if following in _STREETS or numbered or _PARTS.get(following) == "дом":
        address.street = name
        address.sure = False
        address.spans(at, end)
        return end
    return at + 1


def _name(
    text: str, words: Sequence[Word], at: int, stop_at_numbers: bool, most: int = _MOST_NAME_WORDS
) -> tuple[str, int]:
    """The name that begins at word `at`, and the index behind it."""
    pieces: list[str] = []
    while at < len(words) and len(pieces) < most:
        word = words[at]
        if word.text in _PARTS or word.text in _STREETS or word.text in _PLACES:
            break
        if word.text in CORRECTIONS or (word.text in _FILLERS and word.text != "и"):
            break
        number = number_at(words, at)
        if number is not None:
            if stop_at_numbers and not _belongs_to_name(words, at, number.end, number.ordinal):
                break
            pieces.append(str(number.value))
            at = number.end
            continue
        piece = text[word.start : word.end]
        glue = word.gap in ("-", "‑") and bool(pieces)
        titled = piece[:1].upper() + piece[1:].lower()
        if glue:
            pieces[-1] = f"{pieces[-1]}-{titled}"
        else:
            pieces.append(piece.lower() if word.text in ("лет", "летия", "года") else titled)
        at += 1
    return " ".join(pieces), at


def _belongs_to_name(words: Sequence[Word], at: int, end: int, ordinal: bool) -> bool:
    """«двадцать пятого октября», «восьмого марта», «пятьдесят лет октября», «1905 года»."""
    following = words[end].text if end < len(words) else ""
    if month(following) is not None or following in _IN_NAMES:
        return True
    return (ordinal and following in ("года", "пятилетки")) or (
        words[at].is_digits and len(words[at].text) == 4 and following == "года"
    )


def _numbered_part(words: Sequence[Word], at: int, address: _Address) -> int | None:
    """«дом шестнадцать а», «квартира номер пять», «шестнадцать дробь два»."""
    part = _PARTS[words[at].text]
    index = at + 1
    while index < len(words) and words[index].text in ("номер", "под", "э", "ну"):
        index += 1
    found = _house(words, index) if part == "дом" else _plain(words, index)
    if found is None:
        return None
    address.parts[part] = found[0]
    address.spans(at, found[1])
    return found[1]


def _plain(words: Sequence[Word], at: int) -> tuple[str, int] | None:
    number = number_at(words, at)
    if number is None or not 1 <= number.value <= _HIGHEST_FLAT:
        return None
    return str(number.value), number.end


def _house(words: Sequence[Word], at: int) -> tuple[str, int] | None:
    """A house number with its fraction or letter, and the index behind it."""
    number = number_at(words, at)
    if number is None or not 1 <= number.value <= _HIGHEST_HOUSE:
        return None
    value, end = str(number.value), number.end
    fraction = end < len(words) and (words[end].text == "дробь" or words[end].gap.strip() == "/")
    if fraction:
        second = number_at(words, end + (words[end].text == "дробь"))
        if second is not None and second.value <= _HIGHEST_HOUSE:
            return f"{value}/{second.value}", second.end
    letter = _LETTERS.get(words[end].text) if end < len(words) else None
    if letter is not None and not _starts_a_part(words, end):
        return f"{value}{letter}", end + 1
    return value, end


def _starts_a_part(words: Sequence[Word], at: int) -> bool:
    """Whether a single letter is a word of its own: «16 в третьем подъезде», «16 а потом»."""
    if words[at].gap in ("", "-") or at + 1 >= len(words):
        return False
    following = words[at + 1].text
    if words[at].text == "а":
        return following in _FILLERS or following == "не"
    return words[at].text == "в" and _PARTS.get(following) is None


def _bare_number(words: Sequence[Word], at: int, address: _Address) -> int:
    """A number without a name: the house, then the flat."""
    number = number_at(words, at)
    assert number is not None
    corrected = at > 0 and words[at - 1].text in CORRECTIONS
    if "дом" not in address.parts or (corrected and "квартира" not in address.parts):
        found, part = _house(words, at), "дом"
    elif "квартира" not in address.parts or corrected:
        found, part = _plain(words, at), "квартира"
    else:
        return number.end
    if found is None:
        return number.end
    address.parts[part] = found[0]
    address.spans(at, found[1])
    return found[1]
