"""Queues with their rules; organisations, sites, agreements, skills."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.access import allow
from api.openapi import refusals
from api.problems import ProblemError
from api.scope import Scope, sees
from api.shapes.directory import (
    AgreementBody,
    AgreementItem,
    NamedBody,
    NamedItem,
    QueueBody,
    QueueItem,
    SiteBody,
    SiteItem,
)
from api.shapes.values import Id
from routing.access import Principal, Role
from routing.queue.desk import Desk
from routing.queue.records import Agreement, Organisation, Queue, Site, Skill
from routing.queue.rules import QueueRules

Anyone = Annotated[Principal, Depends(allow(*Role))]
Keeper = Annotated[Principal, Depends(allow(Role.SUPERVISOR))]
Admin = Annotated[Principal, Depends(allow())]
QueueId = Annotated[Id, Path(examples=["appointments"])]
ItemId = Annotated[Id, Path(examples=["minzdrav"])]


def directory_routes(desk: Desk) -> APIRouter:
    """Routes of the directory. Everybody with a key reads; admins and supervisors keep it."""
    router = APIRouter(prefix="/v1", tags=["directory"], responses=refusals(401, 403))
    directory, scope = desk.directory, Scope(desk)
    one = refusals(401, 403, 404)
    put = refusals(400, 401, 403, 404, 409)

    @router.get("/queues", summary="List queues")
    def list_queues(who: Anyone) -> list[QueueItem]:
        """With their rules, by id."""
        return [_queue(each) for each in directory.queues(who.organisation)]

    @router.get("/queues/{queue_id}", summary="One queue", responses=one)
    def get_queue(queue_id: QueueId, who: Anyone) -> QueueItem:
        """With every rule."""
        return _queue(scope.queue(who, queue_id))

    @router.put("/queues/{queue_id}", summary="Enter or change a queue", responses=put)
    def put_queue(queue_id: QueueId, body: QueueBody, who: Keeper) -> QueueItem:
        """Its rules hold from the next offer on."""
        _own(who, body.organisation)
        if any(each.id == queue_id for each in directory.queues()):
            scope.queue(who, queue_id)
        rules = QueueRules.from_json(body.rules)
        directory.put_queue(Queue(queue_id, body.title, body.organisation, rules))
        return _queue(directory.queue(queue_id))

    @router.get("/organisations", summary="List organisations")
    def list_organisations(who: Anyone) -> list[NamedItem]:
        """By id."""
        found = directory.organisations()
        return [NamedItem(**asdict(each)) for each in found if sees(who, each.id)]

    @router.put("/organisations/{item_id}", summary="Enter an organisation", responses=put)
    def put_organisation(item_id: ItemId, body: NamedBody, who: Admin) -> NamedItem:
        """Or change it."""
        _own(who, item_id)
        directory.put_organisation(Organisation(item_id, body.title))
        return NamedItem(id=item_id, title=body.title)

    @router.get("/sites", summary="List sites")
    def list_sites(who: Anyone) -> list[SiteItem]:
        """By id."""
        found = directory.sites()
        return [SiteItem(**asdict(each)) for each in found if sees(who, each.organisation)]

    @router.put("/sites/{item_id}", summary="Enter a site", responses=put)
    def put_site(item_id: ItemId, body: SiteBody, who: Keeper) -> SiteItem:
        """Or change it."""
        _own(who, body.organisation)
        _own_if_known(who, {each.id: each.organisation for each in directory.sites()}, item_id)
        directory.put_site(Site(item_id, body.organisation, body.title))
        return SiteItem(id=item_id, **body.model_dump())

    @router.get("/agreements", summary="List agreements")
    def list_agreements(who: Anyone) -> list[AgreementItem]:
        """By id."""
        found = directory.agreements()
        return [AgreementItem(**asdict(each)) for each in found if sees(who, each.organisation)]

    @router.put("/agreements/{item_id}", summary="Enter an agreement", responses=put)
    def put_agreement(item_id: ItemId, body: AgreementBody, who: Admin) -> AgreementItem:
        """Or change it."""
        _own(who, body.organisation)
        known = {each.id: each.organisation for each in directory.agreements()}
        _own_if_known(who, known, item_id)
        directory.put_agreement(Agreement(id=item_id, **body.model_dump()))
        return AgreementItem(id=item_id, **body.model_dump())

    @router.get("/skills", summary="List skills")
    def list_skills(_who: Anyone) -> list[NamedItem]:
        """By id; all organisations share them."""
        return [NamedItem(**asdict(each)) for each in directory.skills()]

    @router.put("/skills/{item_id}", summary="Enter a skill", responses=put)
    def put_skill(item_id: ItemId, body: NamedBody, who: Admin) -> NamedItem:
        """Or change it."""
        _own(who, None)
        directory.put_skill(Skill(item_id, body.title))
        return NamedItem(id=item_id, title=body.title)

    return router


def _own(who: Principal, organisation: str | None) -> None:
    if not sees(who, organisation):
        raise ProblemError(403, "organisation", f"your key is of {who.organisation}")


def _own_if_known(who: Principal, known: dict[str, str], item_id: str) -> None:
    if item_id in known:
        _own(who, known[item_id])


def _queue(queue: Queue) -> QueueItem:
    return QueueItem(
        id=queue.id,
        title=queue.title,
        organisation=queue.organisation,
        rules=queue.rules.to_json(),
    )
