"""
The catalogues of messages, one a language, read from their `.po` files when the program starts.

There is no step that builds them: `locale/<language>/LC_MESSAGES/sspanel_im.po` is what a
translator edits and what runs.
"""

from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from core.clock import SiteClock
from core.texts.languages import Language
from core.texts.words import Words

LOCALE = Path(__file__).with_name("locale")


def read_catalogue(language: Language, folder: Path = LOCALE) -> Catalog:
    """The catalogue of a language as it stands in its file, unfinished entries included."""
    with (folder / language / "LC_MESSAGES" / "sspanel_im.po").open("rb") as file:
        return read_po(file, locale=language.value, abort_invalid=True)


class Catalogues:
    """All languages. `clock` gives the zone that times are shown in, and what „ago" counts from."""

    def __init__(self, *, clock: SiteClock) -> None:
        self._words = {
            language: Words(
                language=language, messages=_compiled(read_catalogue(language)), clock=clock
            )
            for language in Language
        }

    def words(self, language: Language) -> Words:
        """What a reader of this language is spoken to with."""
        return self._words[language]


def _compiled(catalogue: Catalog) -> GNUTranslations:
    file = BytesIO()
    write_mo(file, catalogue)
    file.seek(0)
    return GNUTranslations(file)
