"""The ways of binding put together, for `core.chat.assembly`."""

from dataclasses import dataclass

from core.accounts.binding.assembly import BindingWays
from core.accounts.binding.bindings import Bindings
from core.accounts.binding.methods import binding_page
from core.chat.conversations import Conversations
from core.chat.feature import Feature
from core.chat.features.binding.dialogue import BindingDialogue
from core.chat.features.binding.email_way import EmailWay
from core.chat.features.binding.number_pad import NumberPad
from core.chat.features.binding.outcomes import BindingOutcomes
from core.chat.features.binding.site_code import SiteCodeWay
from core.chat.features.binding.subscription_link import SubscriptionLinkWay
from core.chat.features.main_menu import MainMenu
from core.chat.features.small_talk import SmallTalk
from core.chat.features.start import Start
from core.chat.features.unbound import UnboundPeople
from core.clock import SiteClock


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingChat:
    """What the desk gets of it: the features, `/start`, and what answers ordinary texts."""

    features: tuple[Feature, ...]
    start: Start
    small_talk: SmallTalk


def build_binding_chat(
    *,
    ways: BindingWays,
    bindings: Bindings,
    conversations: Conversations,
    unbound: UnboundPeople,
    main_menu: MainMenu,
    clock: SiteClock,
    site_name: str,
    site_url: str | None,
) -> BindingChat:
    """Binding in the private chat. `site_url`: None if the site's address is not known."""
    dialogue = BindingDialogue(
        bindings=bindings, conversations=conversations, unbound=unbound, site_url=site_url
    )
    outcomes = BindingOutcomes(main_menu=main_menu, binding_url=binding_page(site_url))
    email_way = EmailWay(
        codes=ways.email_codes,
        dialogue=dialogue,
        outcomes=outcomes,
        unbound=unbound,
        site_name=site_name,
    )
    site_codes = SiteCodeWay(
        codes=ways.bind_codes,
        dialogue=dialogue,
        outcomes=outcomes,
        unbound=unbound,
        email_way=email_way,
    )
    links = SubscriptionLinkWay(
        links=ways.subscription_links,
        dialogue=dialogue,
        outcomes=outcomes,
        unbound=unbound,
        email_way=email_way,
    )
    pad = NumberPad(
        email_way=email_way, dialogue=dialogue, conversations=conversations, clock=clock
    )
    return BindingChat(
        features=(email_way, pad, site_codes, links),
        start=Start(
            main_menu=main_menu,
            unbound=unbound,
            site_codes=site_codes,
            conversations=conversations,
        ),
        small_talk=SmallTalk(unbound=unbound, dialogue=dialogue, email_way=email_way),
    )
