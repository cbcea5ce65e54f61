"""
The ways of binding, as the setting `binding_methods` names them, which of them are offered, and the
site's own page for it.
"""

from collections.abc import Iterable
from enum import StrEnum

from config_store.live_settings import SiteSettings
from core.delivery.mail import has_mail

_BINDING_PAGE = "/user/edit"  # where the panel shows, makes and ends bindings by itself


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


def binding_page(site_url: str | None) -> str | None:
    """The site's page of bindings, None if the site's address is not known."""
    return None if site_url is None else f"{site_url.rstrip('/')}{_BINDING_PAGE}"
