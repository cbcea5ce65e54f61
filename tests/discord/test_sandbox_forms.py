from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.discord.commands import replace_commands
from sandbox.discord.errors import RefusedError
from sandbox.discord.forms import CREATE_FIELDS, check_message
from sandbox.discord.world import DiscordWorld

NAMES = [
    *CREATE_FIELDS,
    "title",
    "description",
    "footer",
    "fields",
    "name",
    "value",
    "type",
    "style",
    "label",
    "url",
    "custom_id",
    "parse",
    "users",
    "name_localizations",
    "options",
]
LEAVES = st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=4) | st.just([])
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=20,
)


on_a_busy_machine = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@on_a_busy_machine
@given(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6))
def test_any_body_is_taken_or_refused(body: dict) -> None:
    """
    Whatever a bot puts into a message, Discord's answer is a refusal and never a crash.
    """
    with suppress(RefusedError):
        check_message(body, CREATE_FIELDS)


@on_a_busy_machine
@given(JSON)
def test_any_commands_are_taken_or_refused(wanted: object) -> None:
    """
    The same holds for commands.
    """
    world = DiscordWorld()
    bot = world.add_bot()

    with suppress(RefusedError):
        replace_commands(bot, wanted, new_id=world.new_id)
