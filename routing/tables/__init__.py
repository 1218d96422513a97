"""Tables of the store, by what they hold."""

from routing.tables.access import ApiKeyRow, AuditRow, ReplayRow
from routing.tables.base import Base, SealedJson, SealedText, Utc
from routing.tables.calls import CallRow, TurnRow
from routing.tables.directory import (
    AgreementRow,
    OperatorQueueRow,
    OperatorRow,
    OrganisationRow,
    QueueRow,
    SiteRow,
    SkillRow,
)
from routing.tables.events import EventCounterRow, EventRow
from routing.tables.quality import ReviewRow, ScoreSheetRow
from routing.tables.requests import RegisterRow, RequestRow
from routing.tables.webhooks import WebhookRow
from routing.tables.work import ReservationRow, TaskRow

__all__ = [
    "AgreementRow",
    "ApiKeyRow",
    "AuditRow",
    "Base",
    "CallRow",
    "EventCounterRow",
    "EventRow",
    "OperatorQueueRow",
    "OperatorRow",
    "OrganisationRow",
    "QueueRow",
    "RegisterRow",
    "ReplayRow",
    "RequestRow",
    "ReservationRow",
    "ReviewRow",
    "ScoreSheetRow",
    "SealedJson",
    "SealedText",
    "SiteRow",
    "SkillRow",
    "TaskRow",
    "TurnRow",
    "Utc",
    "WebhookRow",
]
