"""
Reading what people type to prove an account: generous with blanks, dashes and full-width signs.

Each gives None for what cannot be meant as such, which then is no try.
"""

import re
import unicodedata

from core.delivery.mail import is_address

EMAIL_CODE_LENGTH = 6  # digits
BIND_CODE_LENGTH = 12  # characters
BIND_CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that looks like another one or like a digit."""

_LONGEST = 4096  # characters that are looked at
_LOOK_ALIKES = str.maketrans("OIL", "011")
_IGNORED = re.compile(r"[\s\W_]+")


def read_address(text: str) -> str | None:
    """An e-mail address in lower case, as accounts are found by it."""
    address = unicodedata.normalize("NFKC", text[:_LONGEST]).strip()
    return address.lower() if len(text) <= _LONGEST and is_address(address) else None


def read_email_code(text: str) -> str | None:
    """The 6 digits of a code from a mail, in whatever script's digits they are typed."""
    typed = _typed(text)
    if len(typed) != EMAIL_CODE_LENGTH or not typed.isdecimal():
        return None
    return "".join(str(unicodedata.decimal(digit)) for digit in typed)


def read_bind_code(text: str) -> str | None:
    """The 12 characters of a code from the site."""
    typed = _typed(text).upper().translate(_LOOK_ALIKES)
    if len(typed) != BIND_CODE_LENGTH or not set(typed) <= set(BIND_CODE_ALPHABET):
        return None
    return typed


def _typed(text: str) -> str:
    """What was typed without blanks, dashes and what else sets signs apart."""
    if len(text) > _LONGEST:
        return ""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text))
