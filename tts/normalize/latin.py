"""Latin letters: web and e-mail addresses, product names, the rest by the nearest sounds."""

from __future__ import annotations

import re
from typing import Final

from tts.normalize.numerals import group

_NAMES: Final = {
    "gosuslugi": "госусл+уги",
    "permkrai": "пермкр+ай",
    "perm": "пермь",
    "permkrai.ru": "пермкр+ай точка ру",
    "www": "вэ вэ вэ",
    "ru": "ру",
    "com": "ком",
    "org": "орг",
    "net": "нет",
    "gov": "гов",
    "info": "инфо",
    "mail": "мэйл",
    "gmail": "джимэйл",
    "email": "имэйл",
    "e-mail": "имэйл",
    "yandex": "яндекс",
    "google": "гугл",
    "telegram": "телеграм",
    "whatsapp": "вотс+ап",
    "viber": "вайбер",
    "vk": "вэк+а",
    "max": "макс",
    "ok": "ок+ей",
    "wi-fi": "вай ф+ай",
    "wifi": "вай ф+ай",
    "sms": "эсэм+эс",
    "qr": "кью +ар",
    "pdf": "пэдэ+эф",
    "pin": "пин",
    "id": "айд+и",
    "it": "айт+и",
    "sim": "сим",
    "esim": "исим",
    "online": "онл+айн",
    "offline": "офл+айн",
    "covid": "ковид",
    "app": "апп",
    "store": "стор",
    "play": "плэй",
    "apple": "эппл",
    "android": "андр+оид",
    "windows": "виндоус",
    "internet": "интернет",
    "doctor": "доктор",
    "region": "регион",
    "zdrav": "здрав",
    "minzdrav": "минздрав",
    "k-vrachu": "к врачу",
    "vrachu": "врачу",
    "mfc": "эмэфц+э",
    "mfc-perm": "эмэфц+э дефис пермь",
    "nalog": "налог",
    "sfr": "эсэф+эр",
    "mos": "мос",
}
_LETTERS: Final = {
    "a": "эй", "b": "би", "c": "си", "d": "ди", "e": "и", "f": "эф", "g": "джи", "h": "эйч",
    "i": "ай", "j": "джей", "k": "кей", "l": "эл", "m": "эм", "n": "эн", "o": "о", "p": "пи",
    "q": "кью", "r": "ар", "s": "эс", "t": "ти", "u": "ю", "v": "ви", "w": "дабл ю", "x": "икс",
    "y": "игрек", "z": "зет",
}  # fmt: skip
_SINGLE_LETTERS: Final = {
    "a": "а", "b": "бэ", "c": "цэ", "d": "дэ", "e": "е", "f": "эф", "g": "жэ", "h": "аш",
    "i": "и", "j": "йот", "k": "ка", "l": "эль", "m": "эм", "n": "эн", "o": "о", "p": "пэ",
    "q": "ку", "r": "эр", "s": "эс", "t": "тэ", "u": "у", "v": "вэ", "w": "дубль вэ", "x": "икс",
    "y": "игрек", "z": "зет",
}  # fmt: skip
"""«Витамин дэ», «бэ двенадцать»: a letter alone has its Russian name."""
_SOUNDS: Final = (
    ("shch", "щ"), ("sch", "щ"), ("tch", "ч"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("ch", "ч"),
    ("sh", "ш"), ("yu", "ю"), ("ya", "я"), ("yo", "ё"), ("ye", "е"), ("iy", "ий"), ("oo", "у"),
    ("ee", "и"), ("ph", "ф"), ("th", "т"), ("ck", "к"), ("qu", "кв"), ("a", "а"), ("b", "б"),
    ("c", "к"), ("d", "д"), ("e", "е"), ("f", "ф"), ("g", "г"), ("h", "х"), ("i", "и"),
    ("j", "й"), ("k", "к"), ("l", "л"), ("m", "м"), ("n", "н"), ("o", "о"), ("p", "п"),
    ("q", "к"), ("r", "р"), ("s", "с"), ("t", "т"), ("u", "у"), ("v", "в"), ("w", "в"),
    ("x", "кс"), ("y", "и"), ("z", "з"),
)  # fmt: skip
_SIGNS: Final = {
    "@": "собака",
    ".": "точка",
    "/": "слэш",
    "-": "дефис",
    "_": "подчёркивание",
}
_DOMAIN: Final = r"(?:[A-Za-zА-Яа-яЁё0-9-]+\.)+(?:ru|com|org|net|info|su|рф|gov|app|me|дети|онлайн)"
_WEB: Final = re.compile(
    rf"(?<![\w@.])(?:https?://)?(?:www\.)?(?P<site>{_DOMAIN}(?::\d+)?)"
    r"(?P<path>(?:/[\w./?=&%#+~-]*[\w/])?)(?![\w@])",
    re.IGNORECASE,
)
_MAIL: Final = re.compile(r"(?<![\w@.])[\w.+-]+@[\w-]+(?:\.[\w-]+)+(?!\w)", re.IGNORECASE)
_WORD: Final = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*")
_PIECES: Final = re.compile(r"[A-Za-z]+|[А-Яа-яЁё]+|\d+|[@./_-]")


def say_web(text: str) -> str:
    """Replace e-mail and web addresses: «госуслуги точка ру». Comes before all other rules."""
    return _WEB.sub(_web, _MAIL.sub(lambda match: _spell_address(match[0]), text))


def say_latin(text: str) -> str:
    """Replace what Latin words are left: known names, letters of short ones, else by sound."""
    return _WORD.sub(lambda match: _word(match[0]), text)


def _web(match: re.Match[str]) -> str:
    site = re.sub(r":\d+$", "", match["site"])
    path = re.split(r"[?#]", match["path"])[0].strip("/")
    return _spell_address(f"{site}/{path}" if path else site)


def _spell_address(address: str) -> str:
    for name in sorted((n for n in _NAMES if "-" in n), key=len, reverse=True):
        address = re.sub(rf"(?<![\w-]){name}(?![\w-])", f" {_NAMES[name]} ", address, flags=re.I)
    words = []
    for piece in _PIECES.findall(address.replace("+", " ")):
        if piece in _SIGNS:
            words.append(_SIGNS[piece])
        elif piece.isdigit():
            words.append(group(piece))
        elif piece.lower() == "рф":
            words.append("эр эф")
        else:
            words.append(_word(piece) if piece.isascii() else piece)
    return " ".join(words)


def _word(word: str) -> str:
    lower = word.lower()
    known = _NAMES.get(lower)
    if known is not None:
        return known
    if "-" in word:
        return " ".join(_word(part) for part in word.split("-"))
    if len(word) == 1:
        return _SINGLE_LETTERS[lower]
    if (word.isupper() and len(word) <= 4) or not re.search("[aeiouy]", lower):
        return " ".join(_LETTERS[letter] for letter in lower)
    for latin, sound in _SOUNDS:
        lower = lower.replace(latin, sound)
    return lower
