"""
Fingerprints of secrets: which token or password a question was about, fit to travel in a button.

Short on purpose: enough to tell that the secret is another one by now, too little to confirm a
guess of it.
"""

from hashlib import sha256

_LENGTH = 8  # hexadecimal characters


def fingerprint(account_id: int, secret: str) -> str:
    """The fingerprint of an account's secret."""
    return sha256(f"{account_id}:{secret}".encode()).hexdigest()[:_LENGTH]
