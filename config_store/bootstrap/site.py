"""What the site is set to: its time zone and its language."""

from typing import Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

SiteLocale = Literal["zh_CN", "en_US", "zh_TW", "ja_JP"]

_LOCALES: dict[str, str] = {locale.lower(): locale for locale in get_args(SiteLocale)}
_ENCODING_MARKS = (".", "@")  # zh_CN.UTF-8, as the system's own settings have it


def site_locale(value: object) -> object:
    """A language with either separator and in any case: `zh-CN`, `zh_cn`, `zh_CN.UTF-8`."""
    if not isinstance(value, str):
        return value
    for mark in _ENCODING_MARKS:
        value = value.partition(mark)[0]
    value = value.replace("-", "_")
    return _LOCALES.get(value.lower(), value)


def time_zone(value: object) -> ZoneInfo:
    """
    A time zone by its name, in any case as PHP takes it; old names such as `PRC` are among them.

    Raises:
        ValueError: there is none of that name.
    """
    if isinstance(value, ZoneInfo):
        return value
    if not isinstance(value, str):
        raise ValueError("no text")  # noqa: TRY004 - pydantic takes only this one for a mistake
    try:
        return ZoneInfo(value)
    except (OSError, ValueError, KeyError):  # a folder, a path that leads out of it, none
        names = {name.lower(): name for name in available_timezones()}
        name = names.get(value.lower())
    if name is None:
        raise ValueError("no time zone")
    return ZoneInfo(name)
