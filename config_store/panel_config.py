"""
The panel's `.config.php`, read without running PHP.

What counts are the file's plain assignments, `$_ENV['name'] = value;`, from top to bottom, the last
one of a name winning. A value is plain if it is known without running anything: strings, numbers,
`true`, `false`, `null`, arrays, another `$_ENV['name']`, and those joined by `.`. Other statements
(`if`, `foreach`, calls) are skipped. A name whose last assignment is not plain or is damaged by a
syntax error has no value but a reason, so that only those who need it have to complain.

Values never show in a repr or in an error: among them are passwords.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import tree_sitter_php
from tree_sitter import Language, Node, Parser

from config_store import php_literals

PhpValue: TypeAlias = "bool | int | float | str | Mapping[int | str, PhpValue] | None"
"""A value of PHP's. Its arrays keep their keys also where those only count: 0, 1, 2."""

_ASSIGNED_NAME = re.compile(rb"""\$_ENV\s*\[\s*['"]?(\w+)['"]?\s*\]\s*=(?![=>])""")
_DECIMAL_KEY = re.compile(r"0|-?[1-9][0-9]*")
_STRING_PARTS = frozenset({"string_content", "escape_sequence"})


class PanelConfigError(Exception):
    """The file cannot be read as a panel's `.config.php`. `str()` says why, without its content."""


class _NotPlainError(Exception):
    """The expression's value is known only to who runs PHP."""


class PanelConfig(Mapping[str, PhpValue]):
    """
    The values of a `.config.php` by their names in `$_ENV`.

    `unreadable`: names that are assigned but have no value here, with the reason and its line.
    """

    def __init__(self, values: Mapping[str, PhpValue], unreadable: Mapping[str, str]) -> None:
        self._values = dict(values)
        self.unreadable = dict(unreadable)

    def __getitem__(self, name: str) -> PhpValue:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<PanelConfig of {', '.join(sorted(self))}>"


def read_panel_config(path: Path) -> PanelConfig:
    """
    Read the panel's `.config.php`.

    Raises:
        PanelConfigError: there is no such file, it may not be read, or nothing in it is assigned.
    """
    try:
        source = path.read_bytes()
    except OSError as error:
        raise PanelConfigError(f"cannot be read: {error.strerror or 'not a file'}") from error
    except ValueError as error:  # a NUL in the path
        raise PanelConfigError("cannot be read: no such file") from error
    return parse_panel_config(source)


def parse_panel_config(source: bytes) -> PanelConfig:
    """
    Read the text of a panel's `.config.php`.

    Raises:
        PanelConfigError: nothing in it is assigned.
    """
    reading = _Reading()
    for statement in (
        Parser(Language(tree_sitter_php.language_php())).parse(source).root_node.children
    ):
        reading.take(statement)
    if not reading.values and not reading.unreadable:
        raise PanelConfigError("holds no line like $_ENV['name'] = 'value'")
    return PanelConfig(reading.values, reading.unreadable)


class _Reading:
    """What has been assigned so far, from the file's top to where the reader is."""

    def __init__(self) -> None:
        self.values: dict[str, PhpValue] = {}
        self.unreadable: dict[str, str] = {}

    def take(self, statement: Node) -> None:
        """Follow one statement of the file."""
        if statement.has_error:
            self._give_up(statement)
        elif statement.type == "expression_statement":
            for expression in _parts(statement):
                with suppress(_NotPlainError):
                    self._follow(expression)

    def _follow(self, expression: Node) -> None:
        if expression.type == "assignment_expression":
            self._assign(expression)
        elif expression.type == "augmented_assignment_expression":  # .= or ??=
            name = self._env_name(_operands(expression)[0])
            if name is not None:
                self._has_no_value(name, _not_plain(expression))

    def _give_up(self, damaged: Node) -> None:
        # Where a quote is missing, any reading of the rest is a guess: believe none of it.
        source = damaged.text or b""
        for found in _ASSIGNED_NAME.finditer(source):
            line = damaged.start_point.row + 1 + source.count(b"\n", 0, found.start())
            self._has_no_value(php_literals.text(found[1]), f"line {line}: a syntax error")

    def _assign(self, assignment: Node) -> PhpValue:
        left, right = _operands(assignment)
        name = self._env_name(left)
        try:
            value = self._value(right)
        except (_NotPlainError, ValueError, RecursionError) as error:
            if name is not None:
                self._has_no_value(name, _not_plain(right))
            raise _NotPlainError from error
        if name is not None:
            self.values[name] = value
            self.unreadable.pop(name, None)
        return value

    def _has_no_value(self, name: str, reason: str) -> None:
        self.values.pop(name, None)
        self.unreadable[name] = reason

    def _env_name(self, expression: Node) -> str | None:
        """The name in `$_ENV['name']`; None for every other expression."""
        match _parts(expression):
            case [variable, index] if (
                expression.type == "subscript_expression" and variable.text == b"$_ENV"
            ):
                pass
            case _:
                return None
        if index.type == "name":
            return php_literals.text(index.text or b"")
        if index.type not in {"string", "encapsed_string"}:
            return None
        return _as_string(self._value(index))

    def _value(self, node: Node) -> PhpValue:  # noqa: PLR0911 - a line a kind of expression
        match node.type:
            case "encapsed_string":
                return self._interpolated(node)
            case "array_creation_expression":
                return self._array(node)
            case "subscript_expression":
                return self._looked_up(node)
            case "unary_op_expression":
                return self._signed(node)
            case "binary_expression":
                return self._joined(node)
            case "parenthesized_expression":
                return self._value(_parts(node)[0])
            case "assignment_expression":
                return self._assign(node)
            case _:
                return _literal(node)

    def _looked_up(self, node: Node) -> PhpValue:
        name = self._env_name(node)
        if name is None or name not in self.values:
            raise _NotPlainError
        return self.values[name]

    def _signed(self, node: Node) -> PhpValue:
        value = self._value(_parts(node)[0])
        sign = node.children[0].type
        if isinstance(value, bool) or not isinstance(value, int | float) or sign not in {"-", "+"}:
            raise _NotPlainError
        return -value if sign == "-" else value

    def _joined(self, node: Node) -> PhpValue:
        if not any(child.type == "." for child in node.children):
            raise _NotPlainError
        left, right = _operands(node)
        return _as_string(self._value(left)) + _as_string(self._value(right))

    def _interpolated(self, node: Node) -> str:
        """A double-quoted string, `$_ENV` within it included."""
        source = node.text or b""
        start = source.index(b'"') + 1
        pieces: list[str] = []
        for child in node.children[1:-1]:
            if child.type in _STRING_PARTS:
                continue
            at = child.start_byte - node.start_byte
            pieces.append(php_literals.text(php_literals.double_quoted(source[start:at])))
            if child.is_named:
                pieces.append(_as_string(self._value(child)))
            start = child.end_byte - node.start_byte
        pieces.append(php_literals.text(php_literals.double_quoted(source[start:-1])))
        return "".join(pieces)

    def _array(self, node: Node) -> Mapping[int | str, PhpValue]:
        array: dict[int | str, PhpValue] = {}
        next_key = 0
        for element in _parts(node):
            match _parts(element):
                case [key_node, value_node]:
                    key = _array_key(self._value(key_node))
                case [value_node] if value_node.type not in {"variadic_unpacking", "by_ref"}:
                    key = next_key
                case _:
                    raise _NotPlainError
            array[key] = self._value(value_node)
            if isinstance(key, int):
                next_key = max(next_key, key + 1)
        return array


def _not_plain(node: Node) -> str:
    return f"line {node.start_point.row + 1}: not a plain value, known only to PHP"


def _parts(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type != "comment"]


def _operands(node: Node) -> tuple[Node, Node]:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None:
        raise _NotPlainError
    return left, right


def _literal(node: Node) -> PhpValue:
    source = node.text or b""
    match node.type:
        case "string":
            return php_literals.text(php_literals.single_quoted(_between_quotes(source)))
        case "heredoc" | "nowdoc":
            return _block_string(node)
        case "integer" | "float":
            return php_literals.number(source.decode("ascii"))
        case "boolean":
            return source.lower() == b"true"
        case "null":
            return None
        case _:
            raise _NotPlainError


def _between_quotes(source: bytes) -> bytes:
    return source[source.index(b"'") + 1 : -1]  # an old "b" may stand before the quote


def _block_string(node: Node) -> str:
    """
    A heredoc or nowdoc: the lines between its marks, less the closing one's indentation.
    """
    parts = _parts(node)
    body = [part for part in parts if part.type.endswith("_body")]
    if any(
        part.type not in _STRING_PARTS | {"nowdoc_string"} for it in body for part in _parts(it)
    ):
        raise _NotPlainError
    source = (node.text or b"")[: parts[-1].start_byte - node.start_byte]
    first, last = source.index(b"\n"), source.rindex(b"\n")
    lines = php_literals.without_indentation(
        source[first + 1 : last].removesuffix(b"\r"), source[last + 1 :]
    )
    return php_literals.text(lines if node.type == "nowdoc" else php_literals.heredoc(lines))


def _as_string(value: PhpValue) -> str:
    if value is True:
        return "1"
    if value is None or value is False:
        return ""
    if isinstance(value, str | int):
        return str(value)
    raise _NotPlainError


def _array_key(value: PhpValue) -> int | str:
    """A key as PHP keeps it: '7' and true are whole numbers, null is ''."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and _DECIMAL_KEY.fullmatch(value):
        return int(value)
    if isinstance(value, int | str):
        return value
    if value is None:
        return ""
    raise _NotPlainError
