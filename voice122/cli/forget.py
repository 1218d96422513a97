"""`voice122 forget`: erase a caller's personal data."""

from __future__ import annotations

from datetime import datetime

import click

from routing.privacy import Privacy
from voice122.settings import Settings
from voice122.upkeep import forget_recordings
from voice122.wiring import open_recordings, open_store, retention


@click.command()
@click.argument("phone")
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(phone: str, yes: bool) -> None:
    """Erase what is kept of the caller with this number: words, numbers, briefs, requests.

    It cannot be undone. That calls came and how long they waited stays, without a person.
    """
    settings = Settings()
    if not yes:
        click.confirm("Стереть всё, что хранится об этом номере?", abort=True)
    store = open_store(settings)
    try:
        privacy = Privacy(store, lambda: datetime.now().astimezone(), retention(settings))
        erased = privacy.erase(phone)
        recordings = open_recordings(settings)
        deleted = forget_recordings(recordings, store)
        recordings.close()
    except ValueError as error:
        raise click.UsageError(f"{error}.") from error
    finally:
        store.close()
    print(
        f"стёрто: звонков {erased.calls}, реплик {erased.turns}, карточек {erased.tasks},"
        f" заявок {erased.requests}, ответов {erased.answers}, записей разговоров {deleted}"
    )
    if erased.under_way:
        print(f"ещё в работе: {erased.under_way}; повторите, когда они закончатся")
