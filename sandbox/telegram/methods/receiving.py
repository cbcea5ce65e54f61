"""
Methods by which a bot receives: updates, webhooks, presses; and who it is.
"""

import json
import re
from datetime import timedelta
from typing import cast
from urllib.parse import urlsplit

from sandbox.telegram.calls import Arguments, parameters_of
from sandbox.telegram.context import Context, Done, Method
from sandbox.telegram.errors import bad_request, conflict
from sandbox.telegram.objects import as_list
from sandbox.telegram.people import Webhook

PRESS_LIVES_FOR = timedelta(seconds=15)
MAX_NOTE = 200  # characters of the answer to a press
_PORTS = frozenset({80, 88, 443, 8443})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


async def get_me(call: Context) -> object:
    bot = call.bot
    return {
        **bot.person.as_json(),
        "can_join_groups": bot.can_join_groups,
        "can_read_all_group_messages": bot.reads_all_messages,
        "supports_guest_queries": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
        "supports_join_request_queries": False,
    }


async def get_updates(call: Context) -> object:
    arguments = call.arguments
    if call.bot.webhook is not None:
        raise conflict(
            "can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first"
        )
    call.bot.updates.allow(_given_kinds(arguments))
    updates = await call.bot.updates.take(
        offset=arguments.integer("offset"),
        limit=arguments.integer("limit", 100),
        timeout=arguments.integer("timeout"),
    )
    return [update.as_json() for update in updates]


def _given_kinds(arguments: Arguments) -> list[str] | None:
    """The kinds that a call allows, None if it says nothing of them (or no JSON array)."""
    if not arguments.text("allowed_updates"):
        return None
    try:
        items = as_list(cast("object", json.loads(arguments.text("allowed_updates"))))
    except (ValueError, RecursionError):
        return None
    return None if items is None else [item for item in items if isinstance(item, str)]


async def set_webhook(call: Context) -> object:
    arguments = call.arguments
    url = arguments.text("url")
    if not url:
        return await delete_webhook(call)
    _check_webhook_url(url)
    secret = arguments.text("secret_token")
    if secret and not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    connections = arguments.integer("max_connections", 40)
    webhook = Webhook(
        url,
        secret_token=secret,
        max_connections=min(max(connections, 1), 100),
        ip_address=arguments.text("ip_address"),
        has_certificate=arguments.file("certificate") is not None,
    )
    if arguments.flag("drop_pending_updates"):
        call.bot.updates.clear()
    call.bot.updates.allow(_given_kinds(arguments))
    old = call.bot.webhook
    if old is not None and (old.url, old.secret_token, old.max_connections) == (
        webhook.url,
        webhook.secret_token,
        webhook.max_connections,
    ):
        return Done("Webhook is already set")
    call.bot.updates.end_poll(
        conflict(
            "terminated by setWebhook request; can't use getUpdates method while webhook is active"
        )
    )
    call.webhooks.set(call.bot, webhook)
    return Done("Webhook was set")


def _check_webhook_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise bad_request("invalid webhook URL specified") from None
    if not host:
        raise bad_request("invalid webhook URL specified")
    if host in _LOOPBACK:
        return  # where the bot under test listens, without a certificate, at any port
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if (port or 443) not in _PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


async def delete_webhook(call: Context) -> object:
    if call.arguments.flag("drop_pending_updates"):
        call.bot.updates.clear()
    if call.bot.webhook is None:
        return Done("Webhook is already deleted")
    call.webhooks.remove(call.bot)
    return Done("Webhook was deleted")


async def get_webhook_info(call: Context) -> object:
    webhook = call.bot.webhook
    info: dict[str, object] = {
        "url": webhook.url if webhook else "",
        "has_custom_certificate": bool(webhook and webhook.has_certificate),
        "pending_update_count": len(call.bot.updates.waiting),
    }
    if webhook is not None:
        info["max_connections"] = webhook.max_connections
        if webhook.ip_address:
            info["ip_address"] = webhook.ip_address
        if webhook.last_error:
            info["last_error_date"] = int(webhook.last_error_at)
            info["last_error_message"] = webhook.last_error
    allowed = call.bot.updates.allowed
    return info | ({"allowed_updates": sorted(allowed)} if allowed is not None else {})


async def answer_callback_query(call: Context) -> object:
    arguments = call.arguments
    query = call.state.queries.get(arguments.text("callback_query_id"))
    text, url = arguments.text("text"), arguments.text("url")
    if len(text) > MAX_NOTE:
        raise bad_request("MESSAGE_TOO_LONG")
    now = call.state.clock()
    if (
        query is None
        or query.bot is not call.bot
        or query.is_answered
        or now - query.pressed_at > PRESS_LIVES_FOR
    ):
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    if url and not url.startswith(f"https://t.me/{call.bot.username}?"):
        raise bad_request("URL_INVALID")
    query.text, query.url = text, url
    query.is_alert = arguments.flag("show_alert")
    query.answered_at = now
    call.state.revision.bump()
    return True


async def log_out(call: Context) -> object:
    call.webhooks.remove(call.bot)
    call.bot.logged_out_at = call.state.clock()
    call.bot.updates.clear()
    return True


async def close(call: Context) -> object:
    return True


METHODS = (
    Method("getMe", {}, get_me),
    Method(
        "getUpdates",
        parameters_of("offset:integer limit:integer timeout:integer allowed_updates:array"),
        get_updates,
    ),
    Method(
        "setWebhook",
        parameters_of(
            "url! certificate:file ip_address max_connections:integer allowed_updates:array"
            " drop_pending_updates:boolean secret_token"
        ),
        set_webhook,
    ),
    Method("deleteWebhook", parameters_of("drop_pending_updates:boolean"), delete_webhook),
    Method("getWebhookInfo", {}, get_webhook_info),
    Method(
        "answerCallbackQuery",
        parameters_of("callback_query_id! text show_alert:boolean url cache_time:integer"),
        answer_callback_query,
    ),
    Method("logOut", {}, log_out),
    Method("close", {}, close),
)
