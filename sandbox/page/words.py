"""
The page's words in two languages: English, which the templates are written in, and Chinese.

A text without a translation is shown in English.
"""

from collections.abc import Callable, Mapping

LANGUAGES = ("en", "zh")

_CHINESE: Mapping[str, str] = {}


def translator(language: str) -> Callable[[str], str]:
    """What turns the templates' English into `language`."""
    table: Mapping[str, str] = _CHINESE if language == "zh" else {}
    return lambda text: table.get(text, text)
