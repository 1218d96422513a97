"""The interpreter that lives in the program: sentence embeddings and TF-IDF, calibrated."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from dialog.acts import AnswerKind
from dialog.errors import NluError
from dialog.nlu import model_file
from dialog.nlu.bands import decide
from dialog.nlu.calibration import less_outside
from dialog.nlu.encoder import Encoder, load_encoder
from dialog.nlu.evaluate import OUT_OF_SCOPE
from dialog.nlu.interpreter import Context, Parse, Ranked
from dialog.nlu.matrix import Matrix
from dialog.nlu.text import words
from dialog.nlu.training import Head

log = logging.getLogger(__name__)

ALTERNATIVES: Final = 2
"""Other readings of the recognizer that are looked at; each costs an embedding, about 6 ms."""
YES_NO_LIFT: Final = 3.0
"""How many times more likely an answer of yes or no is after a question that asks for one."""
YES_NO_INTENTS: Final = ("affirm", "deny")

_NO_CONTEXT: Final = Context()


class EmbeddedInterpreter:
    """See `dialog.nlu.interpreter.Interpreter`. Not for several threads at once."""

    def __init__(self, head: Head, encoder: Encoder | None) -> None:
        self.name = "embedded" if encoder is not None else "embedded-lexical"
        self._head = head
        self._encoder = encoder
        self._intents = head.scorer.intents
        self._outside = self._intents.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in self._intents else None

    def parse(self, text: str, context: Context = _NO_CONTEXT) -> Parse:
        """Understand any string; never fails on its content.

        A text without words, like one that is rejected, has no intent. Of several readings by the
        recognizer each has its say by its confidence.
        """
        heard = readings(text, context)
        if not heard:
            even = 1.0 / len(self._intents)
            return Parse(text, None, 0.0, tuple(Ranked(name, even) for name in self._intents))
        shares = np.array([share for _, share in heard], np.float32)
        sureness = min(max(context.asr_confidence, 0.0), 1.0)
        chances = shares @ self._chances([tokens for tokens, _ in heard], sureness)
        if self._outside is not None:
            chances = less_outside(chances, self._outside, sureness)
        if context.expects is AnswerKind.YES_NO:
            chances = self._lifted(chances)
        decision = decide(chances, self._outside, self._head.bands)
        order = np.argsort(-chances, kind="stable")
        ranking = tuple(Ranked(self._intents[i], float(chances[i])) for i in order)
        return Parse(
            text=text,
            intent=None if decision.intent is None else self._intents[decision.intent],
            confidence=ranking[0].confidence,
            ranking=ranking,
            clarify=tuple(self._intents[i] for i in decision.clarify),
        )

    def _chances(self, texts: Sequence[Sequence[str]], sureness: float) -> Matrix:
        """Shape (texts, intents)."""
        embeddings = None
        if self._encoder is not None:
            embeddings = self._encoder.encode([" ".join(text) for text in texts])
        scores = self._head.scorer.scores(texts, embeddings)
        return self._head.calibration.probabilities(scores, sureness)

    def _lifted(self, chances: Matrix) -> Matrix:
        lift = [YES_NO_LIFT if name in YES_NO_INTENTS else 1.0 for name in self._intents]
        lifted: Matrix = chances * np.array(lift, np.float32)
        lifted /= lifted.sum()
        return lifted


def load_interpreter(
    path: Path, make_encoder: Callable[[], Encoder] = load_encoder
) -> EmbeddedInterpreter:
    """The interpreter that was trained to `path`, ready to parse.

    Where the sentence embeddings cannot be loaded, or are of another version than in training, it
    goes by TF-IDF alone and is named ``embedded-lexical``.

    Raises:
        NluError: no model, or a damaged one.
    """
    model = model_file.load(path)
    if model.full is not None and model.full.scorer.meaning is not None:
        wanted = model.full.scorer.meaning.encoder
        try:
            encoder = make_encoder()
        except NluError as error:
            log.warning("understanding goes by words alone: %s", error)
        else:
            if encoder.name == wanted:
                return _warm(EmbeddedInterpreter(model.full, encoder))
            log.warning(
                "understanding goes by words alone: the model was trained with %s, here is %s; %s",
                wanted,
                encoder.name,
                model_file.MEND,
            )
    return _warm(EmbeddedInterpreter(model.lexical, None))


def _warm(interpreter: EmbeddedInterpreter) -> EmbeddedInterpreter:
    """The first parse loads dictionaries: not while a caller waits."""
    interpreter.parse("здравствуйте, запишите меня к врачу")
    return interpreter


def readings(text: str, context: Context) -> list[tuple[list[str], float]]:
    """Distinct readings with words, and their shares, of sum 1."""
    # A recognizer that is unsure of its best reading still prefers it to the others.
    best = max(context.asr_confidence, 0.05)
    weighted: dict[tuple[str, ...], float] = {}
    for reading, confidence in [(text, best), *context.alternatives[:ALTERNATIVES]]:
        tokens = tuple(words(reading))
        if tokens:
            share = min(max(confidence, 0.0), best)
            weighted[tokens] = weighted.get(tokens, 0.0) + share
    total = sum(weighted.values())
    return [(list(tokens), share / total) for tokens, share in weighted.items() if share > 0]
