"""The ways of binding, as the setting `binding_methods` names them, and which are offered."""

from collections.abc import Iterable
from enum import StrEnum

from config_store.live_settings import SiteSettings
from core.delivery.mail import has_mail


class BindingMethod(StrEnum):
    """A way for a person to prove an account."""

    EMAIL = "email"
    """A code that goes to the account's e-mail address."""
    SITE = "site"
    """The panel's own page."""
    CODE = "code"
    """A code that the site hands out."""
    SUBSCRIPTION = "subscription"
    """The address of the account's subscription."""


def offered_methods(
    configured: Iterable[str], settings: SiteSettings, site_url: str | None
) -> tuple[BindingMethod, ...]:
    """The ways that the operator allows and that can be gone now, in his order."""
    cannot: set[BindingMethod] = set()
    if not has_mail(settings):
        cannot.add(BindingMethod.EMAIL)
    if not site_url:
        cannot.add(BindingMethod.SITE)
    methods = map(BindingMethod, configured)
    return tuple(method for method in dict.fromkeys(methods) if method not in cannot)
