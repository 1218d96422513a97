"""Yes and no, as callers say them: «угу», «да нет», «нет, не к терапевту», «ни в коем случае»."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from dialog.slots.reading import Reading
from dialog.slots.words import Word, unstretched, vocabulary, words_of


class _Sign(NamedTuple):
    says: str
    """``yes``, ``no``, ``weak yes`` (only counts where nothing says no) or ``unclear``."""
    start: int
    """Index of its first word."""
    end: int


def _phrases(text: str) -> tuple[tuple[str, ...], ...]:
    found = {tuple(phrase.split()) for phrase in text.replace("\n", " ").split(",")}
    return tuple(sorted(found, key=len, reverse=True))


_YES: Final = _phrases(
    "да,дыа,ага,угу,йес,ес,верно,верна,правильно,конечно,канешно,так точно,точно,точно так,именно,"
    "все так,так и есть,само собой,есть такое,а как же,согласен,согласна,согласны,подтверждаю,"
    "безусловно,естественно,разумеется,не против,не возражаю,нет возражений,почему бы и нет,"
    "а чего бы и нет,самое то,вот вот,оно самое,подходит,устраивает,удобно,угадали,мгм,конешно,"
    "все верно,все правильно,есть,дак да,непременно,обязательно,совершенно верно,так оно и есть,"
    "нет проблем,никаких проблем,не проблема,не вопрос,нет вопросов,без вопросов,вполне,еще бы,"
    "не сомневайтесь,не откажусь,ничего против,ничего не имею против,не имею ничего против,"
    "нет никаких возражений,да не вопрос,да нет проблем,спрашиваете,без базара,нормально,сойдет"
)
_WEAK_YES: Final = _phrases(
    "хорошо,ладно,давай,давайте,окей,о кей,ок,пойдет,годится,пускай,пусть,можно,хочу,хотим,нужно,"
    "надо,без проблем,записывайте,запишите,добро,хорош,ну,будьте добры,пожалуйста,допустим,идет,"
    "отлично,прекрасно,договорились,буду,готов,готова,на этот,этот же,тот же,на него,по этому,"
    "с которого звоню"
)
_NO: Final = _phrases(
    "нет,неа,не а,нету,нетушки,ниет,нед,неет,отнюдь,отбой,отказываюсь,передумал,передумала,"
    "неправильно,неверно,никак нет,ни в коем случае,ни за что,вовсе нет,совсем нет,"
    "ничего подобного,"
    "неудобно,ошиблись,ошибаетесь,перепутали,да нет,ни в какую,некогда,незачем,стоп,другое,другой,"
    "другая,ненадо,нехочу,нит,ошибка,мимо,нет конечно,конечно нет,нет конечно нет,против,ошибочка,"
    "почти,почти верно,почти правильно,почти так,не совсем,не совсем так,не все верно,не все,"
    "нет естественно,естественно нет,нет разумеется,разумеется нет,кроме,за исключением,все кроме,"
    "другие,другую,другого,иначе,по другому,поменяйте,поменять,исправьте,исправить,измените"
)
_UNCLEAR: Final = _phrases(
    "не знаю,не уверен,не уверена,не помню,не понял,не поняла,не понимаю,не слышу,не слышно,"
    "не расслышал,не расслышала,может быть,возможно,затрудняюсь,и да и нет,ни да ни нет,"
    "да нет наверное,да нет наверно,нет да наверное,да или нет,то ли да то ли нет,не могу сказать,"
    "как сказать,не решил,не решила,еще подумаю,подумать надо,надо подумать,не скажу"
)
_NO_STEMS: Final = ("неправильн", "неверн", "ошибочн", "перепута", "неточн")
"""«Верно, но телефон неправильный»."""
_ALL: Final = tuple(
    sorted(
        (
            (phrase, says)
            for says, phrases in (
                ("unclear", _UNCLEAR),
                ("yes", _YES),
                ("no", _NO),
                ("weak yes", _WEAK_YES),
            )
            for phrase in phrases
        ),
        key=lambda item: -len(item[0]),
    )
)
_BY_FIRST: Final = {
    first: tuple(item for item in _ALL if item[0][0] == first)
    for first in {phrase[0] for phrase, _ in _ALL}
}
"""The same, longest first, by their first word."""
_HEDGES: Final = frozenset(
    {"наверно", "наверное", "вроде", "кажется", "пожалуй", "скорее", "может"}
)
_FILLERS: Final = vocabulary(
    "ну э м мм эм а так вот все это же то уж я вам вас мне милая дочка девушка спасибо очень "
    "слушаю пожалуйста хорошо ой ох да нет что правильно туда бы и"
)
_EXCEPTIONS: Final = frozenset({"кроме", "исключением", "почти"})
"""«Кроме телефона всё верно» corrects the telephone, wherever it stands."""
_NEVER_SURE: Final = 0.5
_QUESTIONS: Final = vocabulary(
    "когда где как сколько какой какая какие почему зачем куда кто можно ли"
)


class YesNoReader:
    """Gives ``yes`` or ``no``; None where the caller says neither, both at once, or hesitates.

    The last clear word counts («нет, да, верно»), but politeness after a "no" does not
    («нет, давайте на среду»). Its confidence falls with the words that are neither: below
    0.6 the utterance is about something else.
    """

    def read(self, text: str, today: date) -> Reading | None:
        """``yes``, ``no`` or None."""
        words = words_of(text)
        signs = _signs(words)
        if not signs or signs[-1].says == "unclear" or any(s.says == "unclear" for s in signs[:1]):
            return None
        firm = [sign for sign in signs if sign.says in ("yes", "no")]
        said = {word.text for word in words}
        says = firm[-1] if firm else signs[-1]
        if said & _EXCEPTIONS:
            says = next((sign for sign in firm if sign.says == "no"), says)
        if len({sign.says for sign in firm}) == 2 and said & _HEDGES:
            return None
        if not firm and all(words[sign.start].text == "ну" for sign in signs):
            return None
        value = "no" if says.says == "no" else "yes"
        return Reading(
            value,
            text[words[says.start].start : words[says.end - 1].end],
            words[says.start].start,
            words[says.end - 1].end,
            _confidence(words, signs, firm),
        )


def hesitates(text: str) -> bool:
    """Whether `text` holds words of yes and no, or of doubt, though `YesNoReader` reads none."""
    return any(sign.says != "weak yes" for sign in _signs(words_of(text)))


def _signs(words: Sequence[Word]) -> list[_Sign]:
    texts = [unstretched(word.text) for word in words]
    signs: list[_Sign] = []
    at = 0
    while at < len(texts):
        sign = _sign_at(texts, at)
        if sign is None:
            at += 1
        else:
            signs.append(sign)
            at = sign.end
    return signs


def _sign_at(texts: Sequence[str], at: int) -> _Sign | None:
    for phrase, says in _BY_FIRST.get(texts[at], ()):
        if tuple(texts[at : at + len(phrase)]) == phrase:
            return _Sign(says, at, at + len(phrase))
    if texts[at].startswith(_NO_STEMS):
        return _Sign("no", at, at + 1)
    if texts[at] in ("не", "ни"):  # «не туда», «не надо», «не к терапевту»
        return _Sign("no", at, min(at + 2, len(texts)))
    return None


def _confidence(words: Sequence[Word], signs: Sequence[_Sign], firm: Sequence[_Sign]) -> float:
    """How much of the utterance is about yes or no, 0 to 1."""
    covered = sum(sign.end - sign.start for sign in signs)
    others = [
        word.text
        for index, word in enumerate(words)
        if word.text not in _FILLERS and not any(s.start <= index < s.end for s in signs)
    ]
    share = covered / (covered + len(others) / 2)
    if len({sign.says for sign in firm}) == 2:
        share = min(share, 0.7)
    if any(word in _HEDGES for word in others):
        share = min(share, 0.7)
    if any(word in _QUESTIONS for word in others):
        share = min(share, _NEVER_SURE)
    return round(0.95 * share, 2)
