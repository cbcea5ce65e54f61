from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from sandbox.slack.blocks import check_blocks
from sandbox.slack.errors import RefusedError

NAMES = ["type", "text", "elements", "fields", "accessory", "block_id", "action_id", "url", "style"]
WORDS = ["section", "actions", "context", "header", "button", "mrkdwn", "plain_text", "image", "x"]
LEAVES = st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from(WORDS) | st.just([])
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(JSON | st.lists(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=5), max_size=4))
def test_any_blocks_are_taken_or_refused(blocks: object) -> None:
    """
    Whatever an app puts into blocks, Slack's answer is a refusal and never a crash.
    """
    with suppress(RefusedError):
        check_blocks(blocks)
