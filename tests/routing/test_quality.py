"""Operators' work is judged by sheets that a ministry writes."""

from __future__ import annotations

import pytest

from routing.errors import ConflictError, NotFoundError, RefusedError, RulesError
from routing.quality import Sheet, SheetItem, scores_from_events
from tests.routing.shop import Shop

SHEET = Sheet(
    "manners",
    "Как говорили",
    (SheetItem("greeting", "Поздоровался", most=1), SheetItem("answer", "Ответил верно", 3)),
)


@pytest.fixture
def task(shop: Shop) -> str:
    """A call that Anna answered."""
    shop.operator("anna")
    task = shop.call()
    shop.accept()
    shop.complete()
    shop.desk.quality.put_sheet(SHEET)
    return task.id


def test_a_review_scores_by_weight(shop: Shop, task: str) -> None:
    marks = {"greeting": 1, "answer": 3}
    found = shop.desk.quality.review(task, "anna", "manners", "petrov", marks)
    assert found.score == pytest.approx((1 + 3 * 3 / 5) / 4)
    assert shop.desk.quality.scores() == {"anna": found.score}
    assert shop.desk.quality.reviews(operator_id="anna") == [found]


def test_scores_can_be_recomputed_from_events(shop: Shop, task: str) -> None:
    shop.desk.quality.review(task, "anna", "manners", "petrov", {"greeting": 0, "answer": 5})
    shop.desk.quality.review(task, "anna", "manners", "sidorov", {"greeting": 1, "answer": 2})
    again = scores_from_events(shop.events(), {"manners": SHEET})
    assert again == pytest.approx(shop.desk.quality.scores())


def test_reviews_that_cannot_be_are_refused(shop: Shop, task: str) -> None:
    review = shop.desk.quality.review
    marks = {"greeting": 1, "answer": 3}
    with pytest.raises(RefusedError, match="own"):
        review(task, "anna", "manners", "anna", marks)
    with pytest.raises(NotFoundError):
        review(task, "boris", "manners", "petrov", marks)
    with pytest.raises(NotFoundError):
        review(task, "anna", "unknown", "petrov", marks)
    for wrong in ({"greeting": 1}, {"greeting": 2, "answer": 3}, {**marks, "more": 1}):
        with pytest.raises(RulesError):
            review(task, "anna", "manners", "petrov", wrong)
    review(task, "anna", "manners", "petrov", marks)
    with pytest.raises(ConflictError):
        review(task, "anna", "manners", "petrov", marks)
    with pytest.raises(RulesError):
        Sheet("empty", "", ())
