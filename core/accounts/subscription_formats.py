"""The formats of a subscription, and which of them a site offers."""

from enum import StrEnum

from config_store.catalogue import SiteSettings


class SubscriptionFormat(StrEnum):
    """
    The formats, as the panel's addresses call them, the most used first. The values travel in
    buttons.
    """

    CLASH = "clash"
    SINGBOX = "singbox"
    JSON = "json"
    SIP008 = "sip008"
    SIP002 = "sip002"
    SS = "ss"
    V2RAY = "v2ray"
    V2RAY_JSON = "v2rayjson"
    TROJAN = "trojan"


def offered_formats(settings: SiteSettings) -> tuple[SubscriptionFormat, ...]:
    """The formats that the site offers, the most used first."""
    switched_off: set[SubscriptionFormat] = set()
    if not settings.enable_ss_sub:
        switched_off |= {
            SubscriptionFormat.SIP008,
            SubscriptionFormat.SIP002,
            SubscriptionFormat.SS,
        }
    if not settings.enable_v2_sub:
        switched_off |= {SubscriptionFormat.V2RAY, SubscriptionFormat.V2RAY_JSON}
    if not settings.enable_trojan_sub:
        switched_off.add(SubscriptionFormat.TROJAN)
    return tuple(each for each in SubscriptionFormat if each not in switched_off)
