"""The panel's `.config.php` is read as PHP would read it, and never run."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config_store.panel_config import (
    PanelConfig,
    PanelConfigError,
    parse_panel_config,
    read_panel_config,
)


def parse(statements: str) -> PanelConfig:
    return parse_panel_config(f"<?php\n{statements}\n".encode())


def value_of(expression: str) -> object:
    return parse(f"$_ENV['it'] = {expression};")["it"]


def in_single_quotes(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


ESCAPES: tuple[Callable[[int], str], ...] = (
    lambda byte: f"\\x{byte:02x}",
    lambda byte: f"\\X{byte:02X}",
    lambda byte: f"\\{byte:03o}",
)


@st.composite
def texts_in_double_quotes(draw: st.DrawFn) -> tuple[str, str]:
    """
    A text, and one of the many ways in which PHP can write it between double quotes.
    """
    text = draw(st.text(st.characters(exclude_categories=("Cs",)), max_size=20))
    written: list[str] = []
    for character in text:
        plain = character not in '\\"${\0' and draw(st.booleans())
        if plain:
            written.append(character)
        elif draw(st.booleans()):
            written.append(f"\\u{{{ord(character):x}}}")
        else:
            escape = draw(st.sampled_from(ESCAPES))
            written.extend(escape(byte) for byte in character.encode())
    return text, f'"{"".join(written)}"'


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")))
def test_a_text_in_single_quotes_reads_back(text: str):
    """
    Whatever PHP can hold in single quotes is read as it was written.
    """
    assert value_of(in_single_quotes(text)) == text


@given(texts_in_double_quotes())
def test_a_text_in_double_quotes_reads_back(written: tuple[str, str]):
    """
    Plain characters and every kind of escape, next to each other, mean what PHP makes of them.
    """
    text, expression = written

    assert value_of(expression) == text


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes):
    """
    No file can make the reader crash.
    """
    source = b"<?php $_ENV['a'] = 'x'; " + data

    try:
        config = parse_panel_config(source)
    except PanelConfigError:
        return

    assert set(config).isdisjoint(config.unreadable)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (r"'a\n\'\\'", r"a\n'" + "\\"),
        (r'"\n\t\r\e\\\$\""', '\n\t\r\x1b\\$"'),
        (r'"\x41\u{1F600}\101\400"', "A😀A\0"),
        (r'"\u{D800}"', "í\xa0\x80"),
        (r'"\q\8\u{zz}"', r"\q\8\u{zz}"),
        ("b'old'", "old"),
        ("3306", 3306),
        ("-1_000", -1000),
        ("+7", 7),
        ("0x1F", 31),
        ("0b101", 5),
        ("0o17", 15),
        ("017", 15),
        ("9223372036854775808", 9223372036854775808.0),
        ("1.5e3", 1500.0),
        (".5", 0.5),
        ("TRUE", True),
        ("False", False),
        ("NULL", None),
        ("('x')", "x"),
        ("'a' . \"b\" . 3 . true . null", "ab31"),
        ("[]", {}),
        ("array('a' => 1, 2, '7' => 'x', 'n' => ['y',],)", {"a": 1, 0: 2, 7: "x", "n": {0: "y"}}),
        ('<<<EOT\n    one\\n\n      \\"two\\"\n    EOT', 'one\n\n  \\"two\\"'),
        ("<<<'EOT'\n$one\\n\nEOT", "$one\\n"),
        ("<<<EOT\nEOT", ""),
        ("<<<EOT\r\none\r\ntwo\r\nEOT", "one\r\ntwo"),
    ],
)
def test_a_plain_value_is_what_php_makes_of_it(expression: str, value: object):
    """
    Each form of a value that a configuration may have is understood.
    """
    read = value_of(expression)

    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    "expression",
    [
        "getenv('X')",
        "getenv('X') ?: 'y'",
        "PHP_EOL",
        "__DIR__ . '/x'",
        "$other",
        "1 + 2",
        "-'x'",
        "'a' . []",
        "'a' . 1.5",
        "[...$other]",
        "[&$other]",
        "[[] => 1]",
        '"a $other"',
        '"a ${other}"',
        '"\\u{110000}"',
        "<<<EOT\n$other\nEOT",
        "08",
        "$_ENV['never']",
        "$_ENV[1]",
        "(int) '3'",
        "[" * 5000 + "]" * 5000,
    ],
)
def test_what_only_php_knows_has_no_value_but_a_reason(expression: str):
    """
    An expression that would have to be run gives its line instead of a guess.
    """
    config = parse(f"$_ENV['it'] = 'before';\n$_ENV['it'] = {expression};")

    assert "it" not in config
    assert config.unreadable["it"].startswith("line 3: ")


def test_a_value_can_be_taken_from_another_name():
    """
    `$_ENV['other']` on the right is the other's value at that point, also inside a text.
    """
    config = parse(
        """
        $_ENV['baseUrl'] = 'https://a.example';
        $_ENV['subUrl'] = $_ENV["baseUrl"];
        $_ENV['bare'] = "<$_ENV[baseUrl]>";
        $_ENV['braced'] = "{$_ENV['baseUrl']}/\\x41";
        $_ENV['one'] = $_ENV['two'] = 2;
        $_ENV['baseUrl'] = 'https://b.example';
        """
    )

    assert dict(config) == {
        "baseUrl": "https://b.example",
        "subUrl": "https://a.example",
        "bare": "<https://a.example>",
        "braced": "https://a.example/A",
        "one": 2,
        "two": 2,
    }


def test_what_is_no_plain_assignment_is_skipped():
    """
    Conditions, loops, calls and blocks of other things change nothing.
    """
    config = parse(
        """
        declare(strict_types=1);
        namespace Site;
        // $_ENV['a'] = 'comment';  it's one
        # $_ENV['a'] = 'comment';
        /* $_ENV['a'] = 'comment'; */
        $_ENV['a'] = /* why */ 'kept'; // "why"
        if (true) { $_ENV['a'] = 'condition'; }
        foreach ($_ENV['list'] as $one) { $_ENV['a'] = $one; break; }
        function change() { $_ENV['a'] = 'function'; }
        define('A', 1);
        putenv('A=1');
        require 'other.php';
        $other['a'] = 'other';
        $_SERVER['a'] = 'server';
        $_ENV['b']['deeper'] = 1;
        $_ENV[] = 1;
        """
    )

    assert dict(config) == {"a": "kept"}
    assert config.unreadable == {}


@pytest.mark.parametrize("operator", [".=", "??=", "+="])
def test_a_value_that_is_changed_afterwards_is_not_believed(operator: str):
    """
    An assignment that works on the old value leaves a reason, not the old value.
    """
    config = parse(f"$_ENV['a'] = 'x';\n$_ENV['a'] {operator} 'y';")

    assert "a" not in config
    assert config.unreadable["a"].startswith("line 3: ")


def test_a_later_plain_value_mends_an_unreadable_one():
    """
    The last assignment of a name wins, whatever was before.
    """
    config = parse("$_ENV['a'] = getenv('A');\n$_ENV['a'] = 'plain';")

    assert dict(config) == {"a": "plain"}
    assert config.unreadable == {}


@pytest.mark.parametrize(
    "source",
    [
        "\ufeff<?php\r\n$_ENV['a'] = 'x';\r\n$_ENV['b'] = 2;\r\n",
        "\n\n<?php $_ENV['a'] = 'x'; ?>\n<html>\n<?php $_ENV['b'] = 2 ?>\n",
        "<?php\r$_ENV['a'] = 'x';\r$_ENV['b'] = 2;",
    ],
)
def test_marks_and_line_ends_of_other_systems_do_not_matter(source: str):
    """
    A byte order mark, Windows or old Macintosh line ends, closing tags and HTML are no obstacle.
    """
    assert dict(parse_panel_config(source.encode())) == {"a": "x", "b": 2}


def test_bytes_that_are_no_utf_8_are_taken_for_latin_1():
    """
    A file in an old encoding is read; what is UTF-8 in it stays UTF-8.
    """
    config = parse_panel_config(
        b"<?php $_ENV['a'] = 'caf\xe9'; $_ENV['b'] = '" + "节点".encode() + b"';"
    )

    assert dict(config) == {"a": "café", "b": "节点"}


def test_a_syntax_error_spoils_only_what_it_touches():
    """
    What stands whole before and after a damaged line is read; the damaged names say why not.
    """
    config = parse(
        """$_ENV['before'] = 1;
$_ENV['broken'] = 'no end;
$_ENV['swallowed'] = 'fine';
$_ENV['after'] = 5;"""
    )

    assert dict(config) == {"before": 1, "after": 5}
    assert config.unreadable == {
        "broken": "line 3: a syntax error",
        "swallowed": "line 4: a syntax error",
    }


def test_values_do_not_show():
    """
    Neither the configuration's repr nor a reason holds a value: among them are passwords.
    """
    config = parse("$_ENV['db_password'] = 'hunter2';\n$_ENV['x'] = 'hunter3' . getenv('hunter4');")

    assert "db_password" in repr(config)
    assert "hunter" not in repr(config) + str(config) + str(config.unreadable)


@pytest.mark.parametrize("source", ["", "no PHP at all", "<?php echo 1;", "$_ENV['a'] = 1;"])
def test_a_file_without_any_assignment_is_refused(source: str):
    """
    Another file given by mistake is told at once.
    """
    with pytest.raises(PanelConfigError, match="holds no line like"):
        parse_panel_config(source.encode())


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path):
    """
    A missing file and a folder are told apart, in a sentence without a traceback.
    """
    with pytest.raises(PanelConfigError, match="cannot be read: No such file"):
        read_panel_config(tmp_path / "none")
    with pytest.raises(PanelConfigError, match="cannot be read: Is a directory"):
        read_panel_config(tmp_path)
    with pytest.raises(PanelConfigError, match="cannot be read: no such file"):
        read_panel_config(tmp_path / "\0")


def test_a_file_is_read_from_its_path(tmp_path: Path):
    """
    The file that operators have is what is read.
    """
    path = tmp_path / ".config.php"
    path.write_text("<?php\n$_ENV['db_port'] = '3306'; // port\n", encoding="utf-8")

    assert dict(read_panel_config(path)) == {"db_port": "3306"}
