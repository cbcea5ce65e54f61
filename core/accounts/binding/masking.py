"""E-mail addresses for the eyes of who may not be their owner."""

_HIDDEN = "***"


def masked_email(email: str) -> str:
    """
    An address that its owner recognises and nobody else learns: `m***@e***.com`.
    """
    name, at, domain = email.strip().rpartition("@")
    if not at:
        return _HIDDEN
    host, dot, ending = domain.rpartition(".")
    return f"{name[:1]}{_HIDDEN}@{host[:1]}{_HIDDEN}{dot}{ending}"
