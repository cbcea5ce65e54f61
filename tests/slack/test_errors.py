import pytest

from core.platform import (
    ContentRefusedError,
    Covers,
    CredentialsRefusedError,
    PlatformUnreachableError,
    TargetError,
)
from sandbox.faults import AnswerJson
from tests.slack.conftest import Site, to

POST = "chat.postMessage"
KINDS = {
    TargetError: (
        "channel_not_found not_in_channel is_archived restricted_action"
        " restricted_action_read_only_channel restricted_action_thread_only_channel no_permission"
        " access_denied ekm_access_denied app_access_restricted messages_tab_disabled"
        " user_not_found user_disabled user_not_visible cannot_dm_bot"
    ),
    CredentialsRefusedError: (
        "invalid_auth not_authed account_inactive token_revoked token_expired"
        " not_allowed_token_type missing_scope accesslimited two_factor_setup_required"
    ),
    ContentRefusedError: (
        "msg_too_long msg_blocks_too_long no_text invalid_blocks invalid_blocks_format"
        " too_many_attachments metadata_too_large invalid_arguments invalid_arg_name"
        " invalid_charset invalid_form_data invalid_post_type missing_post_type"
        " deprecated_endpoint method_deprecated unknown_method"
    ),
    PlatformUnreachableError: (
        "ratelimited rate_limited internal_error service_unavailable request_timeout fatal_error"
        " team_added_to_org org_login_required message_limit_exceeded something_new"
    ),
}


@pytest.mark.parametrize(
    ("error", "kind"), [(error, kind) for kind, errors in KINDS.items() for error in errors.split()]
)
async def test_an_error_is_told_by_what_to_do(
    site: Site, error: str, kind: type[Exception]
) -> None:
    """
    Every error that sending may meet has its class; one that is not known may pass.
    """
    site.server.faults.order(AnswerJson(200, {"ok": False, "error": error}), method=POST, times=2)

    async with site.connector.connect(site.sending) as bot:
        with pytest.raises(kind) as failure:
            await bot.send(to(site.channel.id, "x"))

    assert "\n" not in str(failure.value)
    assert site.app.token not in str(failure.value)


async def test_an_unknown_error_is_told_with_the_whole_answer(site: Site) -> None:
    """
    So that whoever reads the log can find out what it was.
    """
    body = {"ok": False, "error": "something_new", "detail": "with\nmore words"}
    site.server.faults.order(AnswerJson(200, body), method=POST)

    async with site.connector.connect(site.sending) as bot:
        with pytest.raises(PlatformUnreachableError, match=r"something_new.*more words") as failure:
            await bot.send(to(site.channel.id, "x"))

    assert "\n" not in str(failure.value)


async def test_what_slack_may_have_done_in_part_is_told(site: Site) -> None:
    """
    A repeat after `fatal_error` may make a double.
    """
    site.server.faults.order(AnswerJson(200, {"ok": False, "error": "fatal_error"}), method=POST)

    async with site.connector.connect(site.sending) as bot:
        with pytest.raises(PlatformUnreachableError) as failure:
            await bot.send(to(site.channel.id, "x"))

    assert failure.value.may_have_arrived


@pytest.mark.parametrize("status", [200, 429])
async def test_a_wait_covers_the_channel(site: Site, status: int) -> None:
    """
    Messages are counted a channel; the seconds are those of the header.
    """
    body = {"ok": False, "error": "ratelimited"}
    site.server.faults.order(AnswerJson(status, body, {"Retry-After": "7"}), method=POST)

    async with site.connector.connect(site.sending) as bot:
        with pytest.raises(PlatformUnreachableError) as failure:
            await bot.send(to(site.channel.id, "x"))

    assert (failure.value.retry_after, failure.value.covers) == (7, Covers.TARGET)
