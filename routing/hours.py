"""Opening hours: whether operators are on duty at a moment, in the region's time zone."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from routing.errors import HoursError

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class OpeningHours(BaseModel):
    """The weekly schedule of `nlu_data/hours.yml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    timezone: str
    """IANA name, for example ``Asia/Yekaterinburg``."""
    week: dict[str, tuple[time, time] | None]
    """``mon`` … ``sun`` -> (opens, closes) in local time, or null for a day off."""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"неизвестный часовой пояс {name}") from error
        return name

    @field_validator("week", mode="before")
    @classmethod
    def _quoted(cls, week: Any) -> Any:
        # YAML reads an unquoted 10:00 as the number 600.
        for day, hours in week.items() if isinstance(week, dict) else ():
            if isinstance(hours, list) and not all(isinstance(hour, str) for hour in hours):
                raise ValueError(f'{day}: пишите часы в кавычках, например ["08:00", "20:00"]')
        return week

    @field_validator("week")
    @classmethod
    def _whole_week(
        cls, week: dict[str, tuple[time, time] | None]
    ) -> dict[str, tuple[time, time] | None]:
        if set(week) != set(_DAYS):
            raise ValueError(f"нужны все дни недели: {', '.join(_DAYS)}")
        for day, hours in week.items():
            if hours is not None and hours[0] >= hours[1]:
                raise ValueError(f"{day}: открытие должно быть раньше закрытия")
        return week

    @property
    def zone(self) -> ZoneInfo:
        """The region's time zone."""
        return ZoneInfo(self.timezone)

    def on_duty(self, at: datetime) -> bool:
        """Whether operators answer at `at` (a time with a zone)."""
        local = at.astimezone(self.zone)
        hours = self.week[_DAYS[local.weekday()]]
        return hours is not None and hours[0] <= local.time() < hours[1]


def load_hours(path: Path) -> OpeningHours:
    """Read `nlu_data/hours.yml`.

    Raises:
        HoursError: names the file and what is wrong.
    """
    try:
        return OpeningHours.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise HoursError(f"{path.name}: {' '.join(str(error).split())}") from error
