"""Webhooks: events sent to whoever registered for them, signed, until they are taken."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.access import allow
from api.openapi import refusals
from api.shapes.events import CreatedWebhook, NewWebhook, WebhookItem
from api.shapes.values import Id
from routing.access import Principal, Role
from routing.event_log import EventLog
from routing.webhook_target import TargetPolicy
from routing.webhooks import Webhook, Webhooks

Keeper = Annotated[Principal, Depends(allow(Role.ROUTER))]
WebhookId = Annotated[Id, Path(examples=["9f3b6a0c41d2e857"])]


def webhook_routes(webhooks: Webhooks, events: EventLog, policy: TargetPolicy) -> APIRouter:
    """Routes of webhooks."""
    router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], responses=refusals(401, 403))
    one = refusals(401, 403, 404)

    @router.post(
        "", status_code=201, summary="Register a webhook", responses=refusals(400, 401, 403)
    )
    async def create_webhook(new: NewWebhook, who: Keeper) -> CreatedWebhook:
        """It is told everything that happens from now on, at least once and in order.

        The signature follows the Standard Webhooks specification; the secret is shown this once.
        A target at a private address is refused unless its network is allowed by a setting.
        """
        await policy.pin(new.url)
        place = await asyncio.to_thread(events.last)
        webhook = await asyncio.to_thread(
            webhooks.create, new.url, new.kinds, who.organisation, place
        )
        return CreatedWebhook.model_validate(asdict(webhook))

    @router.get("", summary="List webhooks")
    def list_webhooks(who: Keeper) -> list[WebhookItem]:
        """How far each has been told, and what went wrong last."""
        return [_item(each) for each in webhooks.listing(who.organisation)]

    @router.get("/{webhook_id}", summary="One webhook", responses=one)
    def get_webhook(webhook_id: WebhookId, who: Keeper) -> WebhookItem:
        """How far it has been told, and what went wrong last."""
        return _item(webhooks.get(webhook_id, who.organisation))

    @router.post("/{webhook_id}/resume", summary="Try again now", responses=one)
    def resume_webhook(webhook_id: WebhookId, who: Keeper) -> WebhookItem:
        """The next event is tried at once; one that was disabled goes on where it stood."""
        return _item(webhooks.resume(webhook_id, who.organisation))

    @router.delete("/{webhook_id}", status_code=204, summary="Delete a webhook", responses=one)
    def delete_webhook(webhook_id: WebhookId, who: Keeper) -> None:
        """It is told nothing more."""
        webhooks.delete(webhook_id, who.organisation)

    return router


def _item(webhook: Webhook) -> WebhookItem:
    return WebhookItem.model_validate(asdict(webhook))
