"""First of the rules: one form for characters that mean the same, and none for what is not said."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SAME: Final = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2212\ufe63\uff0d", "-"),
        **dict.fromkeys("\u2012\u2013\u2014\u2015", "–"),
        **dict.fromkeys("«»„“”\"‘’‚‹›`´'", " "),
        **dict.fromkeys("[]{}<>|\\^~•·*_", " "),
        "−": "-",
        "×": " на ",
        "℃": "°C",
        "¹": "1",
        "²": "2",
        "³": "3",
        "\u00ad": None,
    }
)
_NEIGHBOURS: Final = str.maketrans("іїєґўңҥҗһәөӧүұӱҡқғҙҫҳ", "ииегунхжхэооуууккгзсх")
"""Letters of Komi-Permyak, Tatar, Bashkir, Ukrainian names in their nearest Russian spelling."""

_LOOK_ALIKES: Final = str.maketrans("ABCEHKMOPTXaceopxyk", "АВСЕНКМОРТХасеорхук")
_MIXED_WORD: Final = re.compile(r"(?=\w*[а-яё])(?=\w*[a-z])[a-zа-яё]+", re.IGNORECASE)
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>")
_BREAK: Final = re.compile(r"<break\b[^<>]*>", re.IGNORECASE)
_STRESS_MARK: Final = re.compile("([аеёиоуыэюяАЕЁИОУЫЭЮЯ])\u0301")
_LONE_STAR: Final = re.compile(r"(?<![^\s,;:(])([*✱＊])(?![^\s,.;:)!?])")


def clean(text: str) -> str:
    """Drop emoji, control characters and mark-up; bring dashes, quotes and spaces to one form."""
    text = _STRESS_MARK.sub(r"+\1", unicodedata.normalize("NFC", text))
    text = _TAG.sub(" ", _BREAK.sub("… ", text))
    text = _LONE_STAR.sub(" звёздочку ", text)
    text = "".join(map(_character, text)).translate(_SAME)
    text = "".join(_neighbour(character) for character in text)
    text = _MIXED_WORD.sub(lambda match: _in_one_script(match.group()), text)
    return re.sub(r"[^\S\n]+", " ", re.sub(r"\n\s*", "\n", text)).strip()


def _character(character: str) -> str:
    if character in "\n\t ":
        return character
    category = unicodedata.category(character)
    if category == "Zl" or category == "Zp":
        return "\n"
    if category == "Zs":
        return " "
    if category in ("Cf", "Mn", "Me", "Sk"):
        return ""
    if category[0] == "C" or category == "So":
        return character if character in "№°" else " "
    if category == "Nd":
        return str(unicodedata.digit(character))
    if "LATIN" in unicodedata.name(character, ""):
        return unicodedata.normalize("NFKD", character)[0]
    return character


def _neighbour(character: str) -> str:
    plain = character.lower().translate(_NEIGHBOURS)
    if plain == character.lower():
        return character
    return plain.upper() if character.isupper() else plain


def _in_one_script(word: str) -> str:
    """A word with letters of both alphabets is a typing slip: look-alikes become Russian."""
    repaired = word.translate(_LOOK_ALIKES)
    return word if re.search("[a-z]", repaired, re.IGNORECASE) else repaired
