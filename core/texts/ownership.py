"""What is said of buttons that are about an account."""

from core.texts.words import Words


def other_account(words: Words) -> str:
    """The notice for who presses a button that is about an account that he has no more."""
    return words.say("ownership.other_account")
