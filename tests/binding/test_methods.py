"""
The ways of binding that are offered.
"""

import pytest

from config_store.live_settings import SiteSettings
from core.accounts.binding.methods import BindingMethod, offered_methods

EMAIL, SITE, CODE, SUBSCRIPTION = BindingMethod


@pytest.mark.parametrize(
    ("configured", "email_driver", "site_url", "offered"),
    [
        (("email", "site", "code"), "smtp", "https://panel.example", (EMAIL, SITE, CODE)),
        (("code", "subscription"), "smtp", "https://panel.example", (CODE, SUBSCRIPTION)),
        (("email", "site", "code"), "none", "https://panel.example", (SITE, CODE)),
        (("email", "site"), "", None, ()),
        (("subscription", "email"), "smtp", None, (SUBSCRIPTION, EMAIL)),
    ],
)
def test_what_cannot_be_gone_is_not_offered(
    configured: tuple[str, ...],
    email_driver: str,
    site_url: str | None,
    offered: tuple[BindingMethod, ...],
):
    """
    No e-mail where the panel sends none, no way over a site whose address is not known.
    """
    settings = SiteSettings(email_driver=email_driver)

    assert offered_methods(configured, settings, site_url) == offered
