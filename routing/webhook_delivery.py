"""Sends webhooks: in order, signed, again until they are taken."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import httpx

from routing.errors import RoutingError, TargetError
from routing.event_log import EventLog
from routing.events import Event, published
from routing.webhook_signature import sign
from routing.webhook_target import Pinned, TargetPolicy
from routing.webhooks import Webhook, Webhooks

_BATCH: Final = 100
_FIRST_RETRY_S: Final = 5.0
_LAST_RETRY_S: Final = 900.0
_GIVE_UP: Final = timedelta(days=1)
_GONE: Final = 410

log = logging.getLogger(__name__)


class WebhookDelivery:
    """Tells every webhook what it has not been told.

    Args:
        webhooks: who wants to know.
        events: what happened.
        policy: where webhooks may be sent; asked before every single request.
        now: the time of day, with a zone.
        timeout_s: how long a receiver may take (s).
        tls: whom to trust; the system's authorities by default, so that a region's own can be added
            where administrators add them.
        jitter: spreads attempts; gives numbers from 0 to 1.
    """

    def __init__(
        self,
        webhooks: Webhooks,
        events: EventLog,
        policy: TargetPolicy,
        now: Callable[[], datetime],
        *,
        timeout_s: float = 10.0,
        tls: ssl.SSLContext | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._webhooks = webhooks
        self._events = events
        self._policy = policy
        self._now = now
        self._timeout_s = timeout_s
        self._tls = tls or ssl.create_default_context()
        self._jitter = jitter

    async def deliver_due(self) -> int:
        """Deliver what can be delivered now; how many events were taken.

        Raises:
            StoreError: the store failed; try later.
        """
        last = await asyncio.to_thread(self._events.last)
        due = await asyncio.to_thread(self._webhooks.claim, last)
        if not due:
            return 0
        # No proxies from the environment, no redirects: the request goes where the policy looked.
        async with httpx.AsyncClient(
            verify=self._tls, trust_env=False, follow_redirects=False, timeout=self._timeout_s
        ) as http:
            return sum(await asyncio.gather(*(self._serve(http, each, last) for each in due)))

    async def keep_delivering(self, every_s: float = 0.5) -> None:
        """Deliver in the background until cancelled; a failing store is tried again."""
        while True:
            try:
                while await self.deliver_due():
                    pass  # there may be more
            except RoutingError as error:
                log.error("webhooks wait: %s", error)
            await asyncio.sleep(every_s)

    async def _serve(self, http: httpx.AsyncClient, webhook: Webhook, last: int) -> int:
        """One batch for one webhook; `last` is the newest event that there was before."""
        events = await asyncio.to_thread(
            self._events.after, webhook.place, limit=_BATCH, organisation=webhook.organisation
        )
        taken = 0
        for event in events:
            if not webhook.wants(event.kind):
                continue
            try:
                await self._send(http, webhook, event)
            except _GoneError:
                log.warning("webhook %s is disabled: its receiver is gone", webhook.id)
                await asyncio.to_thread(self._webhooks.disable, webhook.id, "410 Gone")
                return taken
            except (_NotTakenError, TargetError) as error:
                attempts = 0 if taken else webhook.attempts
                retry_in = timedelta(seconds=self._retry_s(attempts))
                await asyncio.to_thread(
                    self._webhooks.failed, webhook.id, event.seq, str(error), retry_in, _GIVE_UP
                )
                return taken
            taken += 1
            await asyncio.to_thread(self._webhooks.told, webhook.id, event.seq)
        # Whatever came up to here was told, or was not for it.
        place = events[-1].seq if len(events) == _BATCH else max(last, webhook.place)
        await asyncio.to_thread(self._webhooks.passed, webhook.id, place)
        return taken

    async def _send(self, http: httpx.AsyncClient, webhook: Webhook, event: Event) -> None:
        target = await self._policy.pin(webhook.url)
        body = json.dumps(published(event), ensure_ascii=False).encode()
        headers = sign(webhook.secret, f"evt_{event.seq}", self._now(), body)
        request = _request(http, target, headers, body)
        try:
            async with asyncio.timeout(self._timeout_s):
                # What a receiver answers beyond the status is not read.
                answer = await http.send(request, stream=True)
                await answer.aclose()
        except (httpx.HTTPError, TimeoutError) as error:
            raise _NotTakenError(f"no answer: {type(error).__name__}") from error
        if answer.status_code == _GONE:
            raise _GoneError
        if not answer.is_success:
            raise _NotTakenError(f"answered {answer.status_code}")

    def _retry_s(self, attempts: int) -> float:
        backoff = min(_FIRST_RETRY_S * 2.0 ** min(attempts, 20), _LAST_RETRY_S)
        return backoff * (0.75 + 0.5 * self._jitter())


class _NotTakenError(Exception):
    """The receiver has not taken the event."""


class _GoneError(Exception):
    """The receiver wants no more."""


def _request(
    http: httpx.AsyncClient, target: Pinned, headers: dict[str, str], body: bytes
) -> httpx.Request:
    """A request to the address that was looked at, under the name that the certificate has."""
    url = httpx.URL(target.url)
    return http.build_request(
        "POST",
        url.copy_with(host=str(target.address)),
        content=body,
        headers={
            **headers,
            "Host": url.netloc.decode("ascii"),
            "Content-Type": "application/json",
            "User-Agent": "voice122-webhooks/1",
        },
        extensions={"sni_hostname": target.host},
    )
