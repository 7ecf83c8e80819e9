"""Days and moments as clients write them, and as the database may be asked about them."""

from datetime import UTC, date, datetime, time, timedelta

from engine.core.errors import BadRequest

LATEST = datetime.max.replace(tzinfo=UTC)
"""Of all moments Python and the database both know; a day later than 9999-12-31 is none."""


def utc(moment: datetime | None) -> datetime | None:
    """In UTC, which is what one without an offset is taken for. Raises BadRequest beyond the last moment there is."""
    if moment is None or moment.tzinfo is None:
        return moment and moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise BadRequest(f"{moment.isoformat()} is before the first or after the last moment there is.") from error


def midnight(day: date | None, *, days: int = 0) -> datetime | None:
    """The beginning of a day in UTC, or of the one `days` later; LATEST where there is none such."""
    if day is None:
        return None
    moment = datetime.combine(day, time(), UTC)
    return moment + timedelta(days=days) if moment <= LATEST - timedelta(days=days) else LATEST
