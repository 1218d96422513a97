"""Quality of operators' work, and the right to be forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.shapes.values import Comment, Id, Phone, Title

MARKS = {"greeting": 5, "answer": 4}


class SheetItemBody(BaseModel):
    """One line of a score sheet."""

    model_config = ConfigDict(extra="forbid")

    id: Id = Field(examples=["greeting"])
    title: Title = Field(examples=["Представился и поздоровался"])
    weight: float = Field(default=1.0, gt=0, le=1000)
    most: int = Field(default=5, ge=1, le=100)
    """The best mark; 0 is the worst."""


class SheetBody(BaseModel):
    """What calls are judged by."""

    model_config = ConfigDict(extra="forbid")

    title: Title = Field(examples=["Приём звонка"])
    organisation: Id | None = Field(default=None, examples=["minzdrav"])
    items: Annotated[list[SheetItemBody], Field(min_length=1, max_length=100)] = Field(
        examples=[[{"id": "greeting", "title": "Представился и поздоровался"}]]
    )


class SheetDocument(SheetBody):
    """A score sheet."""

    id: str = Field(examples=["intake"])


class NewReview(BaseModel):
    """A call that is judged."""

    model_config = ConfigDict(extra="forbid")

    task_id: Id = Field(examples=["7c1f3c56-53ad-4f4e-8f0d-5f8f9f2f7b10"])
    operator_id: Id = Field(examples=["anna"])
    sheet: Id = Field(examples=["intake"])
    marks: Annotated[dict[Id, Annotated[int, Field(ge=0, le=100)]], Field(max_length=100)] = Field(
        examples=[MARKS]
    )
    comment: Comment | None = Field(default=None, examples=["Спокойно и по делу."])


class ReviewItem(BaseModel):
    """A call that was judged."""

    id: str
    task_id: str
    operator_id: str = Field(examples=["anna"])
    organisation: str | None
    sheet: str = Field(examples=["intake"])
    reviewer: str
    """Id of the reviewer's key."""
    marks: dict[str, int] = Field(examples=[MARKS])
    score: float = Field(examples=[0.9])
    """0 to 1."""
    at: datetime
    comment: str | None


class ErasureBody(BaseModel):
    """Whose data are erased."""

    model_config = ConfigDict(extra="forbid")

    phone: Phone = Field(examples=["+79990000122"])


class ErasedItem(BaseModel):
    """How many records lost their personal data."""

    calls: int
    turns: int
    tasks: int
    requests: int
    answers: int
    """First answers that were kept for idempotency keys."""
    under_way: int
    """Records that stay until they are done: erase again later."""
