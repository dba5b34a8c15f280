"""How long a record must be kept."""

from datetime import date


def kept_until(last: date, years: int) -> date:
    """Return the first day on which a record may be erased.

    >>> kept_until(date(2020, 2, 29), 1)
    datetime.date(2021, 3, 1)
    """
    try:
        return last.replace(year=last.year + years)
    except ValueError:  # 29 February
        return date(last.year + years, 3, 1)
