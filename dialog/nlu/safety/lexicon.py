"""From a word of the text to the pattern items that it may stand for, misheard words included."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pymorphy3

from dialog.nlu.safety.patterns import BEGIN, END, Bits, Item, Pattern
from dialog.nlu.safety.text import Word, plain, sound_of

_NEAR_LENGTH = 7
"""Letters (as sounded) of a form that one misheard letter still leaves recognizable."""
_JOINED_LENGTH = 5
"""Letters from which two words are tried as one that the recognizer cut."""
_STUCK_LENGTH = 4
"""Letters of the shorter of two content words that a recognizer stuck together."""
_LITTLE = frozenset({"не", "ни", "в", "во", "на", "с", "со", "у", "из", "по", "к", "от", "за", "и"})
"""Words that it sticks to their neighbours: «недышит», «дымпо подъезду», «впожаре»."""
_GUESSES = 200
"""Unknown words of one text that are tried for a near form: keeps a hostile text cheap."""


class Lexicon:
    """Numbers pattern items, and knows for every word form which items it satisfies.

    All forms are made when the rules are loaded, so that a call costs dictionary look-ups.
    """

    def __init__(self, morph: pymorphy3.MorphAnalyzer, lists: Mapping[str, frozenset[str]]) -> None:
        self._morph = morph
        self._lists = lists
        self._numbers: dict[Item, int] = {}
        self._forms: dict[str, frozenset[str]] = {}
        self._bookish: set[str] = set()
        """Participles: known when said, but no guess for a misheard word."""
        self._exact: dict[str, int] = {}
        self._stems: dict[str, int] = {}
        self._sounds: dict[str, int] = {}
        self._letters = ""

    def number(self, pattern: Pattern) -> Bits:
        """Give every item of `pattern` its bit."""
        parts = tuple(tuple(self._bit(item) for item in part.items) for part in pattern.parts)
        needed = 0
        for items in parts:
            for bit in items:
                needed |= bit
        return Bits(parts, tuple(part.gaps for part in pattern.parts), needed)

    def edge(self, sign: str) -> int:
        """Mask of the beginning or the end of a text."""
        return self._exact.get(sign, 0)

    def close(self) -> None:
        """All patterns are numbered: index how the forms sound."""
        for form, mask in self._exact.items():
            if form in self._bookish:
                continue
            sound = sound_of(form)
            known = self._sounds.get(sound)
            self._sounds[sound] = mask if known is None else known | mask
        self._forms.clear()
        self._bookish.clear()
        self._letters = "".join(sorted({letter for sound in self._sounds for letter in sound}))

    def read(self, words: Iterable[Word]) -> tuple[list[Word], list[int]]:
        """The words, stuck ones apart («недышит», «дымпо») and cut ones joined («по жар»); masks.

        The second half of a cut word has no mask of its own: in «по жар» nobody has a temperature.
        """
        out: list[Word] = []
        masks: list[int] = []
        guesses = _GUESSES
        for word in words:
            known = self._morph.word_is_known(word.text)
            glued = None if known else self._unglue(word)
            for piece in glued or (word,):
                mask = self._known(piece.text)
                if not (mask or guesses == 0 or self._morph.word_is_known(piece.text)):
                    guesses -= 1
                    mask = self._misheard(piece.text)
                if out and len(out[-1].text) + len(piece.text) >= _JOINED_LENGTH:
                    # A recognizer cuts words: «за дыхается», «ин фаркт».
                    whole = self._known(out[-1].text + piece.text)
                    masks[-1] |= whole
                    if whole and self._is_cut(out[-1].text, piece.text):
                        mask = 0
                out.append(piece)
                masks.append(mask)
        return out, masks

    def _bit(self, item: Item) -> int:
        if item not in self._numbers:
            self._numbers[item] = 1 << len(self._numbers)
            for option in item.options:
                self._add(option, self._numbers[item])
        return self._numbers[item]

    def _add(self, option: str, bit: int) -> None:
        if option[0] == "@":
            for member in sorted(self._lists[option[1:]]):
                self._add(member, bit)
        elif option[-1] == "*":
            stem = plain(option[:-1])
            self._stems[stem] = self._stems.get(stem, 0) | bit
        elif option in (BEGIN, END):
            self._put(option, bit)
        elif option[0] == "=":
            self._put(option[1:], bit)
        else:
            if option not in self._forms:
                self._forms[option] = forms_of(option, self._morph, self._bookish)
            # Forms of a word mostly have one mask; as one object, since it may be 500 bytes long.
            raised: dict[int, int] = {}
            for form in self._forms[option]:
                mask = self._exact.get(form, 0)
                self._exact[form] = raised.setdefault(mask, mask | bit)

    def _put(self, form: str, bit: int) -> None:
        form = plain(form)
        self._exact[form] = self._exact.get(form, 0) | bit

    def _known(self, text: str) -> int:
        mask = self._exact.get(text, 0)
        for length in range(3, len(text) + 1):
            stem = self._stems.get(text[:length])
            if stem is not None:
                mask |= stem
        return mask

    def _misheard(self, text: str) -> int:
        sound = sound_of(text)
        mask = self._sounds.get(sound, 0)
        length = len(sound)
        if mask or length < _NEAR_LENGTH - 1:
            return mask
        # The first sound is seldom misheard, and «кредит» is not «бредит».
        for place in range(1, length + 1):
            before, after = sound[:place], sound[place:]
            if length > _NEAR_LENGTH:
                mask |= self._sounds.get(before + after[1:], 0)
            for letter in self._letters:
                if length >= _NEAR_LENGTH:
                    mask |= self._sounds.get(before + letter + after[1:], 0)
                mask |= self._sounds.get(before + letter + after, 0)
        return mask

    def _is_cut(self, before: str, after: str) -> bool:
        """Whether two words make one of the dictionary, the first being a little one or none."""
        if before not in _LITTLE and self._morph.word_is_known(before):
            return False
        return bool(self._morph.word_is_known(before + after))

    def _unglue(self, word: Word) -> tuple[Word, Word] | None:
        """An unknown word as the two that it is made of; None where it cannot be told."""
        text = word.text
        denied = text.startswith(("не", "ни"))
        if not denied and (self._known(text) or self._misheard(text)):
            return None
        for cut in (2,) if denied else range(1, len(text)):
            if self._is_stuck(text[:cut], text[cut:]):
                # Accents and invisible marks make what was written longer than the plain word.
                whole = word.end - word.start == len(text)
                middle = word.start + cut if whole else word.end
                return (
                    Word(text[:cut], word.start, middle, word.after_stop),
                    Word(text[cut:], middle if whole else word.start, word.end),
                )
        return None

    def _is_stuck(self, before: str, after: str) -> bool:
        if before in ("не", "ни"):
            known = self._morph.word_is_known(after) or sound_of(after) in self._sounds
            return len(after) > 2 and known
        if before in _LITTLE or after in _LITTLE:
            longer = max(before, after, key=len)
            return len(longer) > 2 and longer in self._exact
        long = min(len(before), len(after)) >= _STUCK_LENGTH
        return long and before in self._exact and after in self._exact


def forms_of(word: str, morph: pymorphy3.MorphAnalyzer, participles: set[str]) -> frozenset[str]:
    """Every inflected form of a dictionary form, plain; the word itself where none is known.

    Full participles are added to `participles` too.
    """
    forms = {plain(word)}
    for parse in morph.parse(word):
        if not parse.is_known or plain(parse.normal_form) != plain(word):
            continue
        for form in parse.lexeme:
            text = form.word.replace("ё", "е")
            forms.add(text)
            if "PRTF" in form.tag:
                participles.add(text)
    return frozenset(forms)
