"""
The local Slack's table of methods against Slack's own reference, where that is at hand.
"""

import json
from pathlib import Path

import pytest

from sandbox.slack.methods import METHODS

SPEC = Path(__file__).parents[3] / "shared" / "specs" / "slack-web-api.json"

pytestmark = pytest.mark.skipif(not SPEC.exists(), reason="Slack's reference is not at hand")

# Legacy arguments of classic apps, drafts and files, which no app of ours may use
_NOT_OFFERED = {
    "as_user",
    "current_draft_last_updated_ts",
    "file_ids",
    "token",
    "unfurled_attachments",
}


@pytest.fixture(scope="module")
def spec() -> dict:
    return json.loads(SPEC.read_text())


@pytest.mark.parametrize("name", METHODS)
def test_a_method_is_as_slack_has_it(spec: dict, name: str) -> None:
    """
    Arguments, scopes, rate limit and form of the body are those of the reference.
    """
    method, reference = METHODS[name], spec[name]
    arguments = set(reference["args"]["properties"])

    assert set(method.arguments) == arguments - _NOT_OFFERED
    assert set(method.required) == set(reference["args"].get("required", ())) - {"token"}
    assert set(method.scopes) == set(reference["scope"].get("bot", ()))
    assert method.tier == reference["rate_limits"]
    assert method.takes_json == bool(reference.get("json_input_supported"))
