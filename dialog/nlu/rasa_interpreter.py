"""Rasa as the interpreter, and the embedded one whenever Rasa does not answer as it should."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

import numpy as np

from dialog.acts import AnswerKind
from dialog.errors import NluError
from dialog.nlu.bands import Bands, Costs, decide
from dialog.nlu.breaker import CircuitBreaker
from dialog.nlu.evaluate import OUT_OF_SCOPE
from dialog.nlu.interpreter import Context, Interpreter, Parse, Ranked
from dialog.nlu.matrix import Matrix
from dialog.nlu.rasa_answer import RasaAnswer
from dialog.nlu.rasa_client import RasaClient, WrongModel
from dialog.nlu.text import plain

log = logging.getLogger(__name__)

ALTERNATIVES: Final = 2
"""Other readings of the recognizer that Rasa is asked about, as in the embedded interpreter."""
YES_NO_LIFT: Final = 3.0
"""How many times more likely yes or no is after a question for one, as there."""
YES_NO_INTENTS: Final = ("affirm", "deny")
UNSURE: Final = 0.6
"""Power that flattens the probabilities where the recognizer is not sure at all; 1 leaves them."""
FAILURES: Final = 3
"""In a row, after which Rasa is left alone."""
OPEN_S: Final = 30.0
"""For so long (s); about what Rasa needs to start."""
RECHECK_S: Final = 10.0
"""How long a check of the loaded model holds (s)."""

_COSTS: Final = Costs()
BANDS: Final = Bands(
    # From here on the risk of a wrong answer costs less than a question, if Rasa's confidence
    # can be believed (bench/rasa.py measures how far it can).
    accept=1 - _COSTS.question / _COSTS.wrong_answer,
    reject=0.3,  # the threshold of FallbackClassifier in deploy/rasa/config.yml
    out_of_scope=0.5,
)
_NO_CONTEXT: Final = Context()


class RasaInterpreter:
    """See `dialog.nlu.interpreter.Interpreter`. Not for several threads at once.

    Args:
        client: asks the server.
        fallback: answers where Rasa does not.
        breaker: decides when Rasa is asked.
        clock: monotonic time (s).
    """

    name = "rasa"

    def __init__(
        self,
        client: RasaClient,
        fallback: Interpreter,
        breaker: CircuitBreaker,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._fallback = fallback
        self._breaker = breaker
        self._clock = clock
        self._checked_at: float | None = None

    def parse(self, text: str, context: Context = _NO_CONTEXT) -> Parse:
        """Understand any string; never fails on its content, nor on Rasa's absence."""
        readings = _readings(text, context)
        answers = self._ask([reading for reading, _ in readings]) if readings else None
        if answers is None:
            return self._fallback.parse(text, context)
        intents = sorted({name for answer in answers for name in answer.chances})
        shares = np.array([share for _, share in readings], np.float32)
        rows = [[answer.chances.get(name, 0.0) for name in intents] for answer in answers]
        chances = _in_context(shares @ np.array(rows, np.float32), intents, context)
        outside = intents.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in intents else None
        decision = decide(chances, outside, BANDS)
        unsure = all(answer.unsure for answer in answers)
        order = np.argsort(-chances, kind="stable")
        ranking = tuple(Ranked(intents[i], float(chances[i])) for i in order)
        return Parse(
            text=text,
            intent=None if unsure or decision.intent is None else intents[decision.intent],
            confidence=ranking[0].confidence,
            ranking=ranking,
            entities=answers[0].entities if readings[0][0] == text else (),
            clarify=() if unsure else tuple(intents[i] for i in decision.clarify),
        )

    def _ask(self, readings: list[str]) -> list[RasaAnswer] | None:
        """Rasa's answers, or None where it is down; every failure is logged, no text ever is."""
        if not self._breaker.may_ask():
            return None
        was_open = self._breaker.is_open
        try:
            self._check_model()
            answers = [self._client.parse(reading) for reading in readings]
        except NluError as error:
            self._checked_at = None
            if isinstance(error, WrongModel):  # asking again would not mend it
                self._breaker.trip()
            else:
                self._breaker.failed()
            self._report(error, was_open)
            return None
        self._breaker.succeeded()
        if was_open:
            log.warning("Rasa answers again")
        return answers

    def _check_model(self) -> None:
        now = self._clock()
        if self._checked_at is None or now - self._checked_at >= RECHECK_S:
            self._client.check_model()
            self._checked_at = now

    def _report(self, error: NluError, was_open: bool) -> None:
        if was_open:
            log.info("%s; the embedded interpreter goes on answering", error)
        elif self._breaker.is_open:
            log.warning(
                "%s; the embedded interpreter answers, Rasa is tried again every %g s",
                error,
                self._breaker.open_s,
            )
        else:
            log.warning("%s; the embedded interpreter answers this time", error)


def connect_rasa(
    client: RasaClient, fallback: Interpreter, clock: Callable[[], float] = time.monotonic
) -> RasaInterpreter:
    """The interpreter, warm if Rasa is there. If not, the log says so and `fallback` answers."""
    breaker = CircuitBreaker(FAILURES, OPEN_S, clock)
    interpreter = RasaInterpreter(client, fallback, breaker, clock)
    interpreter.parse("здравствуйте, запишите меня к врачу")
    return interpreter


def _readings(text: str, context: Context) -> list[tuple[str, float]]:
    """Readings that differ in their words, the best first, with their shares, of sum 1."""
    best = max(context.asr_confidence, 0.05)
    said: dict[str, str] = {}
    weighted: dict[str, float] = {}
    for reading, confidence in [(text, best), *context.alternatives[:ALTERNATIVES]]:
        share = min(max(confidence, 0.0), best)
        if (key := plain(reading)) and share > 0:
            said.setdefault(key, reading)
            weighted[key] = weighted.get(key, 0.0) + share
    total = sum(weighted.values())
    return [(said[key], share / total) for key, share in weighted.items()]


def _in_context(chances: Matrix, intents: list[str], context: Context) -> Matrix:
    """Probabilities (intents,) as the recognizer's sureness and the question asked change them."""
    sureness = min(max(context.asr_confidence, 0.0), 1.0)
    scores = chances ** (UNSURE + (1 - UNSURE) * sureness)
    if context.expects is AnswerKind.YES_NO:
        lift = [YES_NO_LIFT if name in YES_NO_INTENTS else 1.0 for name in intents]
        scores = scores * np.array(lift, np.float32)
    result: Matrix = scores / scores.sum()
    return result
