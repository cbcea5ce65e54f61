"""
Who is bound, by what the panel's columns and our own rows say together.

The panel's columns hold one binding of an account, its primary; our rows hold all of them. What
the panel changes wins: a binding that it gives is taken over, one that it takes away ends, and with
an account that it unbinds all of its bindings end.
"""

from dataclasses import dataclass

from config_store.own.bindings import OwnBinding, PanelBinding, Sighting
from config_store.panel.accounts import Account, AmbiguousBindingError
from core.accounts.binding.people import PersonKey


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    Whose a person is. `differs`: the panel has changed something that our rows do not say yet.
    """

    account: Account | None
    differs: bool = False


def judge(person: PersonKey, seen: Sighting) -> Verdict:
    """
    Whose account a person has.

    Raises:
        AmbiguousBindingError: the panel gives him more than one; neither is served.
    """
    if len(seen.holders) > 1:
        ids = tuple(sorted(account.id for account in seen.holders))
        raise AmbiguousBindingError(person.platform.value, ids)
    own = seen.own
    if seen.holders:
        (holder,) = seen.holders
        is_known = own is not None and own.account_id == holder.id and own.is_primary
        return Verdict(holder, differs=not is_known)
    if own is None or seen.own_in_panel is None:
        return Verdict(None)
    if not still_holds(own, seen.own_in_panel):
        return Verdict(None, differs=True)
    return Verdict(seen.own_account)


def still_holds(own: OwnBinding, in_panel: PanelBinding) -> bool:
    """Whether a binding of ours is still one, by the panel's columns of its account."""
    if in_panel.platform == own.platform:
        return in_panel.platform_user == own.platform_user
    # Held by the panel before and not now: taken away. Never held there: one of several.
    return in_panel.platform is not None and not own.is_primary
