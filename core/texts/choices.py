"""Buttons of which one is what is chosen at the moment."""

from core.actions import Action
from core.message import Button


def choice(label: str, action: Action, *, is_chosen: bool) -> Button:
    """One of several to choose from; what is chosen already is marked."""
    return Button(f"✓ {label}" if is_chosen else label, action)
