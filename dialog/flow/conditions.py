"""Conditions of flows: ``slots.age < 18 and not on_duty``. A grammar of our own, never `eval`.

or:      and ("or" and)*
and:     not ("and" not)*
not:     "not" not | compared
compared: value (("=" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "is" | "is not") value
                 | "in" "[" value ("," value)* "]")?
value:   "(" or ")" | name | number | 'text' | "text" | true | false | null
name:    slots.<slot> | context.<name> | <name of the context>
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

Value = str | float | bool | None
Scope = Mapping[str, Value]
"""``slots.<name>`` and names of the context -> value; a name that is not there is null."""
Test = Callable[[Scope], Value]

CONTEXT: Final = (
    "on_duty",
    "caller_known",
    "recording",
    "dialled_known",
    "bad_line",
    "unanswered",
    "subject_known",
)
"""Names that a condition may use besides slots."""

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<name>[^\W\d]\w*(?:\.\w+)?)|(?P<sign><=|>=|!=|==|=|<|>|\(|\)|\[|\]|,))"
)
_WORDS: Final = frozenset({"and", "or", "not", "is", "in", "true", "false", "null"})
_DEEPEST: Final = 20


class ConditionError(ValueError):
    """The text is no condition; the message, in Russian, says where it breaks."""


@dataclass(frozen=True)
class Condition:
    """A condition, ready to be asked."""

    text: str
    slots: frozenset[str]
    """Slots that it names."""
    _test: Test

    def holds(self, scope: Scope) -> bool:
        """Whether it is true; never fails."""
        return bool(self._test(scope))


def parse_condition(text: str) -> Condition:
    """Compile `text`.

    Raises:
        ConditionError: see there.
    """
    parser = _Parser(_tokens(text))
    test = parser.disjunction(0)
    if parser.left:
        raise ConditionError(f"лишнее в условии: «{parser.left[0]}»")
    return Condition(text, frozenset(parser.slots), test)


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ConditionError(f"непонятно, что значит «{text[at : at + 20]}»")
        tokens.append(match.group().strip())
        at = match.end()
    if not tokens:
        raise ConditionError("условие пусто")
    return tokens


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self.left = tokens
        self.slots: set[str] = set()

    def disjunction(self, depth: int) -> Test:
        if depth > _DEEPEST:
            raise ConditionError("слишком много скобок")
        tests = [self._conjunction(depth)]
        while self._take("or"):
            tests.append(self._conjunction(depth))
        return tests[0] if len(tests) == 1 else lambda scope: any(test(scope) for test in tests)

    def _conjunction(self, depth: int) -> Test:
        tests = [self._negation(depth)]
        while self._take("and"):
            tests.append(self._negation(depth))
        return tests[0] if len(tests) == 1 else lambda scope: all(test(scope) for test in tests)

    def _negation(self, depth: int) -> Test:
        if self._take("not"):
            if depth > _DEEPEST:
                raise ConditionError("слишком много not")
            test = self._negation(depth + 1)
            return lambda scope: not test(scope)
        return self._comparison(depth)

    def _comparison(self, depth: int) -> Test:
        first = self._value(depth)
        sign = self._sign()
        if sign is None:
            return first
        if sign == "in":
            options = self._options(depth)
            return lambda scope: any(_equal(first(scope), option(scope)) for option in options)
        second = self._value(depth)
        match sign:
            case "=" | "==" | "is":
                return lambda scope: _equal(first(scope), second(scope))
            case "!=" | "is not":
                return lambda scope: not _equal(first(scope), second(scope))
            case "<":
                return lambda scope: _less(first(scope), second(scope))
            case ">":
                return lambda scope: _less(second(scope), first(scope))
            case "<=":
                return lambda scope: _less_or_equal(first(scope), second(scope))
            case _:
                return lambda scope: _less_or_equal(second(scope), first(scope))

    def _sign(self) -> str | None:
        if self._take("is"):
            return "is not" if self._take("not") else "is"
        for sign in ("in", "=", "==", "!=", "<=", ">=", "<", ">"):
            if self._take(sign):
                return sign
        return None

    def _options(self, depth: int) -> list[Test]:
        self._expect("[")
        options = [self._value(depth)]
        while self._take(","):
            options.append(self._value(depth))
        self._expect("]")
        return options

    def _value(self, depth: int) -> Test:
        if self._take("("):
            inner = self.disjunction(depth + 1)
            self._expect(")")
            return inner
        if not self.left:
            raise ConditionError("условие обрывается")
        token = self.left.pop(0)
        if token[0] in "'\"":
            return _constant(token[1:-1])
        if token[0].isdigit():
            return _constant(float(token))
        if token in ("true", "false", "null"):
            return _constant({"true": True, "false": False}.get(token))
        return self._name(token)

    def _name(self, token: str) -> Test:
        room, _, name = token.rpartition(".")
        if token in _WORDS or not (token[0].isalpha() or token[0] == "_"):
            raise ConditionError(f"вместо «{token}» здесь нужно значение")
        if room == "slots":
            self.slots.add(name)
            return lambda scope: scope.get(token)
        if room in ("", "context") and name in CONTEXT:
            return lambda scope: scope.get(name)
        known = ", ".join(CONTEXT)
        raise ConditionError(f"имени «{token}» нет; можно slots.<слот> и {known}")

    def _take(self, token: str) -> bool:
        if self.left and self.left[0] == token:
            del self.left[0]
            return True
        return False

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise ConditionError(f"не хватает «{token}»")


def _constant(value: Value) -> Test:
    return lambda scope: value


def _number(value: Value) -> float | None:
    try:
        return None if value is None else float(value)
    except ValueError:
        return None


def _equal(first: Value, second: Value) -> bool:
    if first is None or second is None:
        return first is second
    if isinstance(first, bool) or isinstance(second, bool):
        return _truth(first) == _truth(second)
    numbers = _number(first), _number(second)
    if None not in numbers:
        return numbers[0] == numbers[1]
    return str(first) == str(second)


def _truth(value: Value) -> Value:
    """``yes`` and ``no`` of a yes/no slot compare with true and false."""
    return {"yes": True, "no": False}.get(value, value) if isinstance(value, str) else value


def _less(first: Value, second: Value) -> bool:
    left, right = _number(first), _number(second)
    return left is not None and right is not None and left < right


def _less_or_equal(first: Value, second: Value) -> bool:
    return _less(first, second) or (first is not None and _equal(first, second))
