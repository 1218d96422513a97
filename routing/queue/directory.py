"""The directory: organisations, sites, agreements, skills, queues. Administrators keep it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select

from routing.errors import NotFoundError, RulesError
from routing.events import record
from routing.queue.records import Agreement, Organisation, Queue, Site, Skill
from routing.queue.rows import queue_of
from routing.queue.strategies import STRATEGIES
from routing.store import Store
from routing.tables import AgreementRow, OrganisationRow, QueueRow, SiteRow, SkillRow

Row = TypeVar("Row", OrganisationRow, SiteRow, AgreementRow, SkillRow)


class Directory:
    """Reads and writes it. Blocks for milliseconds; thread-safe.

    Writing methods raise:
        ConflictError: something that the record names is not known.
        StoreError: the database failed; nothing was changed.
    """

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    def put_organisation(self, item: Organisation) -> None:
        """Enter or change an organisation."""
        self._merge(OrganisationRow(id=item.id, title=item.title))

    def organisations(self) -> list[Organisation]:
        """All, by id."""
        return [Organisation(row.id, row.title) for row in self._rows(OrganisationRow)]

    def put_site(self, item: Site) -> None:
        """Enter or change a site."""
        self._merge(SiteRow(id=item.id, organisation=item.organisation, title=item.title))

    def sites(self) -> list[Site]:
        """All, by id."""
        return [Site(row.id, row.organisation, row.title) for row in self._rows(SiteRow)]

    def put_agreement(self, item: Agreement) -> None:
        """Enter or change an agreement."""
        self._merge(
            AgreementRow(
                id=item.id,
                organisation=item.organisation,
                number=item.number,
                valid_from=item.valid_from,
                valid_until=item.valid_until,
            )
        )

    def agreements(self) -> list[Agreement]:
        """All, by id."""
        return [
            Agreement(row.id, row.organisation, row.number, row.valid_from, row.valid_until)
            for row in self._rows(AgreementRow)
        ]

    def put_skill(self, item: Skill) -> None:
        """Enter or change a skill."""
        self._merge(SkillRow(id=item.id, title=item.title))

    def skills(self) -> list[Skill]:
        """All, by id."""
        return [Skill(row.id, row.title) for row in self._rows(SkillRow)]

    def put_queue(self, item: Queue) -> None:
        """Enter or change a queue; its rules hold from the next offer on.

        Raises:
            RulesError: the strategy is unknown.
        """
        if item.rules.strategy not in STRATEGIES:
            raise RulesError(
                f"unknown strategy {item.rules.strategy}; there are: {', '.join(STRATEGIES)}"
            )
        with self._store.transaction() as session:
            session.merge(
                QueueRow(
                    id=item.id,
                    title=item.title,
                    organisation=item.organisation,
                    rules=item.rules.to_json(),
                )
            )
            record(session, self._now(), "queue.changed", organisation=item.organisation,
                   queue=item.id)  # fmt: skip

    def queue(self, queue_id: str) -> Queue:
        """One queue.

        Raises:
            NotFoundError: there is none.
        """
        with self._store.reading() as session:
            row = session.get(QueueRow, queue_id)
            if row is None:
                raise NotFoundError(f"no queue {queue_id}")
            return queue_of(row)

    def queues(self, organisation: str | None = None) -> list[Queue]:
        """All, by id; of one organisation where given."""
        query = select(QueueRow).order_by(QueueRow.id)
        if organisation is not None:
            query = query.where(QueueRow.organisation == organisation)
        with self._store.reading() as session:
            return [queue_of(row) for row in session.scalars(query)]

    def _merge(self, row: OrganisationRow | SiteRow | AgreementRow | SkillRow) -> None:
        with self._store.transaction() as session:
            session.merge(row)
            kind = row.__tablename__.removesuffix("s")
            record(session, self._now(), f"{kind}.changed", id=row.id)

    def _rows(self, table: type[Row]) -> list[Row]:
        with self._store.reading() as session:
            return list(session.scalars(select(table).order_by(table.id)))
