"""The encryption methods of a connection that people may choose from, as clients call them."""

from enum import StrEnum


class EncryptionMethod(StrEnum):
    """Shadowsocks' own ciphers. The values travel in buttons and stand in the panel's rows."""

    AES_128_GCM = "aes-128-gcm"
    AES_192_GCM = "aes-192-gcm"
    AES_256_GCM = "aes-256-gcm"
    CHACHA20 = "chacha20-ietf-poly1305"
    XCHACHA20 = "xchacha20-ietf-poly1305"
