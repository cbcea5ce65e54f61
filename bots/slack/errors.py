"""
What Slack's errors mean for whoever sends, judged by the error's name, and by HTTP status without.

Slack answers most refusals with HTTP 200 and `ok: false`. Names are those of Slack's pages of
`chat.postMessage` and `conversations.open`. One that is not in the table says nothing about the
target: it counts as a failure that may pass, with its name.
"""

# slack_sdk is typed in part
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import json
from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from core.platform import (
    ContentRefusedError,
    Covers,
    CredentialsRefusedError,
    PlatformError,
    PlatformUnreachableError,
    TargetError,
)

_MOST_SAID = 400  # characters of Slack's words
_FORBIDDEN = "the workspace's administrators do not allow it: ask them"
_UNKNOWN_CHANNEL: Mapping[str, str] = {
    "channel_not_found": "there is no such channel, or it is private: check the id, and write "
    "/invite with the app's name in the channel",
}
_GONE: Mapping[str, str] = {"message_not_found": "there is no such message"}
_ABOUT_THE_TARGET: Mapping[str, str] = {
    "not_in_channel": "the app is not in this channel: write /invite with the app's name there",
    "is_archived": "this channel is archived: restore it or name another",
    "messages_tab_disabled": "direct messages to the app are off: switch the Messages Tab on under "
    "App Home in the app's settings",
    "user_not_found": "there is no such user: check the id",
    "user_disabled": "this user's account is deactivated",
    "user_not_visible": "the app cannot see this user",
    "cannot_dm_bot": "this user is a bot, which takes no direct messages",
    "no_permission": _FORBIDDEN,
    "access_denied": _FORBIDDEN,
    "ekm_access_denied": _FORBIDDEN,
    "app_access_restricted": _FORBIDDEN,
}
_RESTRICTED = "restricted_action"  # and what begins with it
_ABOUT_THE_TOKEN: Mapping[str, str] = {
    "invalid_auth": "Slack does not know this token: copy it anew from the app's settings",
    "not_authed": "Slack got no token: copy it anew from the app's settings",
    "account_inactive": "the app was removed from the workspace: install it again",
    "token_revoked": "the token was revoked: install the app again and copy the new one",
    "token_expired": "the token has expired: switch token rotation off, or copy a new one",
    "not_allowed_token_type": "this is a token of another kind: slack_token begins with xoxb-, "
    "slack_app_token with xapp-",
    "missing_scope": "the token lacks a right: add the scope in the app's settings and install "
    "the app again",
    "accesslimited": "the workspace limits this token's access",
    "two_factor_setup_required": "the token's owner has to set up two-factor authentication",
}
_ABOUT_THE_CONTENT: Mapping[str, str] = dict.fromkeys(
    (
        "msg_too_long",
        "msg_blocks_too_long",
        "no_text",
        "invalid_blocks",
        "invalid_blocks_format",
        "too_many_attachments",
        "metadata_too_large",
        "invalid_arguments",
        "invalid_arg_name",
        "invalid_charset",
        "invalid_form_data",
        "invalid_post_type",
        "missing_post_type",
        "deprecated_endpoint",
        "method_deprecated",
        "unknown_method",
        "cant_delete_message",
        "cant_update_message",
        "edit_window_closed",
        "is_inactive",
        "block_mismatch",
    ),
    "Slack does not take this message",
)
_ASKED_TO_WAIT = frozenset({"ratelimited", "rate_limited"})
_PASSING: Mapping[str, str] = {
    "internal_error": "Slack has trouble of its own",
    "service_unavailable": "Slack has trouble of its own",
    "request_timeout": "Slack did not get the whole call in time",
    "fatal_error": "Slack has trouble of its own",
    "team_added_to_org": "the workspace is being moved into an organisation",
    "org_login_required": "the workspace is being moved into an organisation",
    "message_limit_exceeded": "the workspace has used up its messages",
}
_HALF_DONE = frozenset({"fatal_error", "internal_error", "service_unavailable"})


class UnknownChannelError(TargetError):
    """There is no such channel. A direct message can be opened anew."""


class MessageGoneError(ContentRefusedError):
    """The message that was to be deleted or changed is not there."""


def translated(error: SlackApiError, *, setting: str) -> PlatformError:
    """The error as `core` knows it. `setting`: the name of the setting that holds the token."""
    status, headers, answer = _parts(error)
    name = str(answer.get("error") or "")
    if status == 429 or name in _ASKED_TO_WAIT:  # noqa: PLR2004 - HTTP's own number
        return _asked_to_wait(headers)
    if name in _ABOUT_THE_TOKEN:
        said = f"{name}, needed: {answer['needed']}" if "needed" in answer else name
        return CredentialsRefusedError(f"{setting}: {_ABOUT_THE_TOKEN[name]} ({said})")
    words = _details(name, answer)
    if name.startswith(_RESTRICTED):
        return TargetError(f"{_FORBIDDEN} ({words})")
    for table, kind in _MEANINGS:
        if name in table:
            return kind(f"{table[name]} ({words})")
    return _may_pass(name, answer, status)


def _may_pass(name: str, answer: dict[str, Any], status: int) -> PlatformUnreachableError:
    """A failure that says nothing about token, target or text."""
    if name in _PASSING:
        return PlatformUnreachableError(
            f"{_PASSING[name]} ({name})", may_have_arrived=name in _HALF_DONE
        )
    if name:
        return PlatformUnreachableError(
            f"Slack answered something unknown: {json.dumps(answer)[:_MOST_SAID]}"
        )
    if status >= 500:  # noqa: PLR2004 - HTTP's own number
        return PlatformUnreachableError(
            f"Slack has trouble of its own ({status})", may_have_arrived=True
        )
    return not_slack(status)


def not_slack(status: int | None = None) -> PlatformUnreachableError:
    """An answer that Slack would not give."""
    said = "" if status is None else f" (HTTP {status})"
    return PlatformUnreachableError(
        f"what answers is not Slack{said}: check slack_api_url and proxy", may_have_arrived=True
    )


def _asked_to_wait(headers: Mapping[str, str]) -> PlatformUnreachableError:
    header = headers.get("Retry-After", "")
    wait = float(header) if header.isdigit() else None
    asked = "to wait" if wait is None else f"to wait {wait:g} s"
    return PlatformUnreachableError(
        f"Slack asks {asked} (429)", retry_after=wait, covers=Covers.TARGET
    )


def _parts(error: SlackApiError) -> tuple[int, Mapping[str, str], dict[str, Any]]:
    """Status, headers and answer; the library hands out either of two kinds of response."""
    response = error.response
    if isinstance(response, aiohttp.ClientResponse):  # its JSON was broken
        return response.status, response.headers, {}
    answer: Any = response.data
    return response.status_code, response.headers, answer if isinstance(answer, dict) else {}


def _details(name: str, answer: dict[str, Any]) -> str:
    """The name, and Slack's own words if there are any."""
    more: dict[str, Any] = answer.get("response_metadata") or {}
    messages: list[str] = more.get("messages") or []
    return " ".join(": ".join([name, *messages]).split())[:_MOST_SAID]


_MEANINGS: tuple[tuple[Mapping[str, str], type[PlatformError]], ...] = (
    (_UNKNOWN_CHANNEL, UnknownChannelError),
    (_GONE, MessageGoneError),
    (_ABOUT_THE_TARGET, TargetError),
    (_ABOUT_THE_CONTENT, ContentRefusedError),
)
