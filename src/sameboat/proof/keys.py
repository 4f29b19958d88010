"""Keys of logs and witnesses: Ed25519, under a name.

A key is told to others as a verifier key, `name+hash+base64`; kept for oneself it is encrypted.
"""

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sameboat.proof.strict import read_base64, read_hex, write_base64

#: What a key signs: a log's own checkpoints, or others' with a time (cosignatures).
LOG, COSIGNER = 0x01, 0x04
#: A kind that is known by its number only: lines of it are kept and never read.
ML_DSA_44 = 0x06
_BYTES = 32


def check_name(name: str) -> str:
    """Return a key's name.

    Raises: ValueError: it is empty or holds a space, a plus or a control character.
    Source: C2SP signed-note v1.0.0, "Format".
    """
    odd = [each for each in name if each.isspace() or each == "+" or ord(each) < 32]
    if not name or odd:
        raise ValueError(f"name is {name[:60]!r}, allowed: no space, no + and not empty")
    return name


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """Return the four bytes by which a signature names its key.

    Source: C2SP signed-note v1.0.0, "Signatures"; tlog-cosignature v1.0.1.
    """
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


@dataclass(frozen=True)
class Verifier:
    """A public key and its name; `kind` is LOG or COSIGNER."""

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.kind not in (LOG, COSIGNER):
            raise ValueError(f"kind is {self.kind:#04x}, allowed: {LOG:#04x}, {COSIGNER:#04x}")
        if len(self.public) != _BYTES:
            raise ValueError(f"public has {len(self.public)} bytes, allowed: {_BYTES}")

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature names this key."""
        return key_id(self.name, self.kind, self.public)

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Return whether this key signed these bytes."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def __str__(self) -> str:
        """Return the verifier key, as others are told it."""
        return f"{self.name}+{self.id.hex()}+{write_base64(bytes([self.kind]) + self.public)}"


def read_verifier(text: str) -> Verifier:
    """Return the key that a verifier key tells.

    Raises: ValueError: it has another form or kind, or its hash is not that of the key.
    Source: C2SP signed-note v1.0.0, "Verifier keys".
    """
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise ValueError(f"verifier key is {text[:60]!r}, allowed: name+hash+base64")
    name, told, rest = parts
    content = read_base64(rest, "the key of a verifier key")
    if not content:
        raise ValueError("verifier key holds no key")
    found = Verifier(name, content[0], content[1:])
    if read_hex(told, "the hash of a verifier key", size=4) != found.id:
        raise ValueError(f"the hash of a verifier key is {told}, allowed: {found.id.hex()}")
    return found


@dataclass(frozen=True)
class Signer:
    """A private key and its name."""

    name: str
    kind: int
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> Verifier:
        """Its public part."""
        public = self.private.public_key().public_bytes_raw()
        return Verifier(self.name, self.kind, public)

    def sign(self, message: bytes) -> bytes:
        """Return the signature of these bytes, 64 bytes."""
        return self.private.sign(message)


def make_signer(name: str, kind: int = LOG) -> Signer:
    """Return a new key, drawn from the system's randomness.

    Raises: ValueError: the name or the kind is none.
    Source: RFC 8032, section 5.1.5.
    """
    found = Signer(check_name(name), kind, Ed25519PrivateKey.generate())
    _checked = found.verifier
    return found


def lock(signer: Signer, passphrase: bytes) -> bytes:
    """Return the private key in PKCS #8, encrypted; its name and kind are told beside it.

    Raises: ValueError: the passphrase is empty.
    Source: RFC 5958 and RFC 8018 (PBES2; the parameters are those that `cryptography` holds best).
    """
    if not passphrase:
        raise ValueError("the passphrase is empty: the key would lie open")
    return signer.private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase),
    )


def unlock(locked: bytes, passphrase: bytes, *, name: str, kind: int) -> Signer:
    """Return a key that was locked.

    Raises: ValueError: another passphrase, or no Ed25519 key.
    Source: RFC 5958 and RFC 8018.
    """
    try:
        key = serialization.load_pem_private_key(locked, passphrase)
    except (ValueError, TypeError):
        raise ValueError("the key does not open with this passphrase") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("the key is not of Ed25519")
    return Signer(check_name(name), kind, key)
