"""
Finds messages that are used but missing, superfluous or unfinished: `python -m
tests.checks.translations`, a line each on stdout, exit 1 if there are any.

A use is a call of `say`, `rich` or `plural` whose first argument is a literal; what is put together
while the program runs cannot be seen here, and is reported as well.
"""

import ast
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog, Message

from core.texts.catalogues import LOCALE, read_catalogue
from core.texts.languages import Language

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (ROOT / "core", ROOT / "bots")
_SPEAKERS = ("say", "rich", "plural")


@dataclass(frozen=True, slots=True)
class Use:
    """A message that code asks for. `values` is None where they cannot be seen."""

    where: str
    message_id: str
    values: frozenset[str] | None
    is_plural: bool


def find_findings(sources: Sequence[Path], locale: Path) -> list[str]:
    """All that is wrong between the code under `sources` and the catalogues under `locale`."""
    uses: list[Use] = []
    findings: list[str] = []
    for path in sorted(file for folder in sources for file in folder.rglob("*.py")):
        for each in _uses_in(path):
            if isinstance(each, Use):
                uses.append(each)
            else:
                findings.append(each)
    catalogues = {language: read_catalogue(language, locale) for language in Language}
    used = {use.message_id for use in uses}
    for language, catalogue in catalogues.items():
        findings += _missing(language, catalogue, uses)
        findings += _unfinished(language, catalogue, used)
    findings += _different_places(catalogues)
    findings += _wrong_values(uses, catalogues[Language.ZH_CN])
    return findings


def _uses_in(path: Path) -> Iterator[Use | str]:
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr not in _SPEAKERS or not node.args:
            continue
        where, first = f"{shown}:{node.lineno}", node.args[0]
        if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
            yield f"{where}: a message id that is no literal cannot be checked"
            continue
        is_plural = node.func.attr == "plural"
        yield Use(where, first.value, _values(node, is_plural=is_plural), is_plural)


def _values(call: ast.Call, *, is_plural: bool) -> frozenset[str] | None:
    names = [keyword.arg for keyword in call.keywords if keyword.arg != "count"]
    if None in names:
        return None
    return frozenset(name for name in names if name) | ({"count"} if is_plural else frozenset())


def _missing(language: Language, catalogue: Catalog, uses: Sequence[Use]) -> Iterator[str]:
    for use in uses:
        message = catalogue.get(use.message_id)
        if message is None:
            yield f"{use.where}: {use.message_id} is missing in {language}"
        elif isinstance(message.id, tuple) != use.is_plural:
            kind = "no plural" if use.is_plural else "a plural"
            yield f"{use.where}: {use.message_id} is {kind} in {language}"


def _unfinished(language: Language, catalogue: Catalog, used: set[str]) -> Iterator[str]:
    for message in _messages(catalogue):
        name = _name(message)
        if name not in used:
            yield f"{language}: {name} is not used"
        if message.fuzzy:
            yield f"{language}: {name} is fuzzy"
        texts = _texts(message)
        if len(texts) != (catalogue.num_plurals if isinstance(message.id, tuple) else 1):
            yield f"{language}: {name} has not all its plural forms"
        if not all(text.strip() for text in texts):
            yield f"{language}: {name} is empty"


def _different_places(catalogues: Mapping[Language, Catalog]) -> Iterator[str]:
    for message in _messages(catalogues[Language.ZH_CN]):
        expected = _places(message)
        for language, catalogue in catalogues.items():
            other = catalogue.get(_name(message))
            if other is not None and any(_texts(other)) and _places(other) != expected:
                yield f"{language}: {_name(message)} has other values than in {Language.ZH_CN}"


def _wrong_values(uses: Sequence[Use], catalogue: Catalog) -> Iterator[str]:
    for use in uses:
        message = catalogue.get(use.message_id)
        if message is not None and use.values is not None and use.values != _places(message):
            yield f"{use.where}: {use.message_id} is given other values than it has places for"


def _messages(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _name(message: Message) -> str:
    return message.id[0] if isinstance(message.id, tuple) else message.id


def _texts(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string or "",)


def _places(message: Message) -> frozenset[str]:
    return frozenset(
        name for text in _texts(message) for _, name, _, _ in Formatter().parse(text) if name
    )


def main() -> int:
    """Print what is wrong; 1 if anything is."""
    findings = find_findings(PACKAGES, LOCALE)
    sys.stdout.writelines(f"{finding}\n" for finding in findings)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
