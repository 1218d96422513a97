"""What is chosen in training: on phrases that the model has not seen, and for the least cost."""

from __future__ import annotations

import numpy as np
import pytest

from dialog.nlu.anchors import Anchors
from dialog.nlu.bands import Bands, Costs, choose_bands, decide
from dialog.nlu.calibration import Calibration, calibrate, less_outside
from dialog.nlu.evaluate import calibration_error
from dialog.nlu.kernel import RIDGE, SHARPNESS, fit_kernel
from dialog.nlu.kernel_update import exchange
from dialog.nlu.lexical import Terms, TfIdf, lemmas, sounds
from dialog.nlu.scorer import Wording, unit
from dialog.nlu.text import MAX_WORDS, plain, words


def some_phrases(count: int = 40, classes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    source = np.random.default_rng(1)
    labels = np.arange(count) % classes
    centres = source.standard_normal((classes, 8))
    rows = centres[labels] + source.standard_normal((count, 8))
    return as_kept(unit(rows.astype(np.float32))), labels


def as_kept(rows: np.ndarray) -> np.ndarray:
    """Rounded as a model keeps them."""
    return Anchors.of(rows).floats()


def test_phrases_are_compared_in_eight_bits_nearly_as_in_full() -> None:
    source = np.random.default_rng(4)
    rows, texts = (
        unit(source.standard_normal((n, 1000)).astype(np.float32) ** 3) for n in (300, 9)
    )
    anchors = Anchors.of(rows)
    assert anchors.floats() == pytest.approx(rows, abs=0.5 * float(anchors.scales.max()) + 1e-6)
    assert np.array_equal(Anchors.of(anchors.floats()).levels, anchors.levels)
    for text in texts:  # each by itself, as in a call
        assert anchors.cosines(text[None])[0] == pytest.approx(rows @ text, abs=0.02)
    nothing = np.zeros((1, 1000), np.float32)
    assert np.array_equal(anchors.cosines(nothing), np.zeros((1, 300)))


def test_scores_of_unseen_phrases_are_those_of_models_that_left_them_out() -> None:
    rows, labels = some_phrases()
    shares = np.bincount(labels) / len(labels)
    fit = fit_kernel(rows, labels, 3)
    for left_out in (3, 17, 39):
        kept = np.arange(len(rows)) != left_out
        gram = np.exp(SHARPNESS * (rows[kept] @ rows[kept].T - 1)) + RIDGE * np.eye(kept.sum())
        weights = np.linalg.solve(gram, np.eye(3)[labels[kept]] - shares)
        expected = np.exp(SHARPNESS * (rows[left_out] @ rows[kept].T - 1)) @ weights + shares
        assert fit.own[left_out] == pytest.approx(expected, abs=1e-3)


def test_the_model_knows_what_it_has_seen() -> None:
    rows, labels = some_phrases()
    model = fit_kernel(rows, labels, 3).model
    assert (model.scores(rows).argmax(axis=1) == labels).mean() > 0.9
    assert model.scores(rows).shape == (len(rows), 3)


@pytest.mark.parametrize(
    ("removed", "added"),
    [([4, 9, 30], 5), ([4], 0), ([], 1), ([], 0)],
    ids=["both", "gone", "come", "none"],
)
def test_exchanged_phrases_give_what_solving_anew_gives(removed: list[int], added: int) -> None:
    rows, labels = some_phrases(60)
    before = fit_kernel(rows[:50], labels[:50], 3)
    gone, come = np.array(removed, np.int64), np.arange(50, 50 + added)
    model, own = exchange(before.model, before.root, labels[:50], gone, rows[come], labels[come])
    now = np.concatenate([np.delete(np.arange(50), gone), come])
    anew = fit_kernel(rows[now], labels[now], 3)
    assert np.array_equal(model.anchors.floats(), rows[now])
    assert model.shares == pytest.approx(anew.model.shares)
    assert model.weights == pytest.approx(anew.model.weights, abs=1e-3)
    assert own == pytest.approx(anew.own, abs=1e-4)


def test_calibration_makes_confidence_mean_what_it_says() -> None:
    source = np.random.default_rng(5)
    labels = source.integers(0, 4, 2000)
    # Nine times in ten the score of the truth is the largest, but every score says 0.6.
    named = np.where(source.random(2000) < 0.9, labels, (labels + 1) % 4)
    scores = np.full((2000, 4), 0.13, np.float32)
    scores[np.arange(2000), named] = 0.6
    calibration = calibrate(scores, labels)
    chances = calibration.probabilities(scores)
    right = chances.argmax(axis=1) == labels
    assert calibration_error(chances.max(axis=1), right) < 0.03
    assert chances.max(axis=1).mean() == pytest.approx(0.9, abs=0.03)
    assert calibration.probabilities(scores, 0.0).max(axis=1).mean() < chances.max(axis=1).mean()


def test_garbled_words_count_less_as_out_of_scope() -> None:
    chances = np.array([0.3, 0.2, 0.5], np.float32)
    assert less_outside(chances, 2, 1.0) == pytest.approx(chances)
    unsure = less_outside(chances, 2, 0.2)
    assert unsure.sum() == pytest.approx(1)
    assert unsure.argmax() == 0
    assert unsure[0] / unsure[1] == pytest.approx(1.5)


def test_probabilities_stay_probabilities_for_wild_scores() -> None:
    scores = np.array([[-3, 0, 5], [0, 0, 0], [1e9, -1e9, 0]], np.float32)
    chances = Calibration(3.0, 0.01).probabilities(scores, 0.4)
    assert chances.sum(axis=1) == pytest.approx([1, 1, 1])
    assert np.isfinite(chances).all()


BANDS = Bands(accept=0.7, reject=0.2, out_of_scope=0.5)


@pytest.mark.parametrize(
    ("chances", "intent", "clarify"),
    [
        ([0.80, 0.15, 0.03, 0.02], 0, ()),
        ([0.60, 0.30, 0.05, 0.05], 0, (0, 1)),
        ([0.30, 0.29, 0.28, 0.13], 0, (0, 1, 2)),
        ([0.60, 0.07, 0.05, 0.28], 0, (0,)),
        ([0.30, 0.10, 0.05, 0.55], None, ()),
        ([0.19, 0.18, 0.17, 0.46], None, ()),
    ],
)
def test_bands_accept_ask_or_reject(
    chances: list[float], intent: int | None, clarify: tuple[int, ...]
) -> None:
    decision = decide(np.array(chances, np.float32), 3, BANDS)
    assert (decision.intent, decision.clarify) == (intent, clarify)


def test_without_an_intent_out_of_scope_only_doubt_rejects() -> None:
    assert decide(np.array([0.9, 0.1], np.float32), None, BANDS).intent == 0
    assert decide(np.array([0.1] * 10, np.float32), None, BANDS).intent is None


def unsure_phrases() -> tuple[np.ndarray, np.ndarray]:
    """Whose best intent is right as often as its probability says."""
    source = np.random.default_rng(3)
    best = source.uniform(0.3, 0.99, 3000)
    chances = np.stack([best, (1 - best) * 0.7, (1 - best) * 0.3], axis=1).astype(np.float32)
    labels = np.array([source.choice(3, p=row / row.sum()) for row in chances.astype(float)])
    return chances, labels


def test_a_dearer_wrong_answer_makes_for_more_questions() -> None:
    chances, labels = unsure_phrases()
    cheap = choose_bands(chances, labels, None, Costs(wrong_answer=1.2))
    dear = choose_bands(chances, labels, None, Costs(wrong_answer=10))
    assert cheap.accept < dear.accept


def test_the_edge_is_where_a_question_costs_as_much_as_the_risk() -> None:
    chances, labels = unsure_phrases()
    bands = choose_bands(chances, labels, None, Costs(wrong_answer=4, question=1))
    # Risk (1 - p) * 4 against a question at 1: at p = 0.75 they are even.
    assert bands.accept == pytest.approx(0.75, abs=0.101)


def test_terms_survive_a_misheard_ending() -> None:
    texts = [["запишите", "к", "терапевту"], ["терапевт", "принимает"], ["анализы", "готовы"]]
    terms, fitted = TfIdf.fit(sounds, texts * 2, least=2)

    def row(word: str) -> np.ndarray:
        found = np.zeros(len(terms.index))
        columns, values = terms.row([word])
        found[columns] = values
        return found

    assert row("терапефта") @ row("терапевту") > row("терапевту") @ row("анализы")
    assert np.linalg.norm(row("терапефта")) == pytest.approx(1)
    assert fitted.shape == (6, len(terms.index))
    assert fitted.toarray()[2] @ fitted.toarray()[5] == pytest.approx(1)


@pytest.mark.parametrize("terms", [sounds, lemmas])
def test_training_sees_a_text_as_a_call_does(terms: Terms) -> None:
    texts = [text.split() for text in ("да да да", "анализы готовы", "готовы да", "ъ", "анализы")]
    fitted, matrix = TfIdf.fit(terms, texts, least=2)
    for text, expected in zip(texts, matrix.toarray(), strict=True):
        found = np.zeros(len(fitted.index), np.float32)
        columns, values = fitted.row(text)
        found[columns] = values
        assert found == pytest.approx(expected, abs=1e-6)
    wording, features = Wording.fit(texts)
    assert wording.features(texts) == pytest.approx(features, abs=2e-3)  # half precision
    alone = np.vstack([wording.features([text]) for text in texts])
    assert wording.features(texts) == pytest.approx(alone, abs=1e-6)
    assert wording.features([]).shape == (0, features.shape[1])


def test_what_sounds_alike_is_alike() -> None:
    assert list(sounds(["вызвать", "врача"])) == list(sounds(["визвадь", "фроча"]))
    cut, whole = (set(sounds(text.split())) for text in ("талон к врачу", "талонк врачу"))
    assert {"ланкф", "нкфра"} <= cut & whole  # n-grams across words
    assert not cut & set(sounds(["мышь", "ест"]))


def test_lemmas_are_dictionary_forms_alone_and_in_pairs() -> None:
    assert list(lemmas(["сдавала", "анализы"])) == ["сдавать", "анализ", "сдавать анализ"]


def test_words_are_what_a_listener_hears() -> None:
    assert words("Ёлка — МРТ, №5!") == ["елка", "мрт", "no5"]
    assert plain("  ") == ""
    assert words("за\u0301мок") == ["замок"]
    many = words(" ".join(f"слово{n}" for n in range(500)))
    assert len(many) == MAX_WORDS
    assert (many[0], many[-1]) == ("слово0", "слово499")
