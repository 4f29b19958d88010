"""Keys of logs and witnesses: Ed25519, under a name.

A key is told to others as a verifier key, `name+hash+base64`; kept for oneself it is encrypted.
"""

import hashlib
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from sameboat.lib.language import mark as _
from sameboat.proof.curve import is_weak
from sameboat.proof.faults import BadProof
from sameboat.proof.strict import (
    MOST,
    check_text,
    read_base64,
    read_decimal,
    read_hex,
    write_base64,
)

#: What a key signs: a log's own checkpoints, or others' with a time (cosignatures).
LOG, COSIGNER = 0x01, 0x04
#: A kind that is known by its number only: lines of it are kept and never read.
ML_DSA_44 = 0x06
_BYTES, _SIGNATURE, _TIME = 32, 64, 8

# PKCS #8 as `cryptography` 50 writes it derives the key with 2,048 rounds of PBKDF2 (0.4 ms a
# guess), has no way to ask for more, and encrypts without a check of its own.  So: scrypt, which
# costs whoever guesses 128 MiB and a third of a second each time, and AES-256-GCM, which notices
# every changed byte.  Name and kind are bound in: a log's locked key cannot pass for a witness's.
LOCKED = "sameboat/locked-key@v1"
#: log2 of scrypt's N; r = 8, p = 1: 128 MiB.  RFC 7914, section 2; OWASP (2024) asks for 17.
COST = 17
#: What is read: less would be a slip of whoever wrote it, more would take all of a node's memory.
LEAST_COST, MOST_COST = 10, 20
_SALT, _NONCE, _KEY, _SEED, _TAG = 16, 12, 32, 32, 16


def check_name(name: str) -> str:
    """Return a key's name.

    Raises: BadProof: it is empty or holds a space, a plus or a control character.
    Source: C2SP signed-note v1.0.0, "Format".
    """
    check_text(name, "name")
    if not name or any(each.isspace() or each == "+" for each in name):
        raise BadProof(
            "bad_name", _("This is no name of a key."), field="name", value=name,
            allowed=_("not empty, no space, no +"),
        )  # fmt: skip
    return name


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """Return the four bytes by which a signature names its key.

    Source: C2SP signed-note v1.0.0, "Signatures"; tlog-cosignature v1.0.1.
    """
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def timed(time: int, text: bytes) -> bytes:
    """Return the bytes that a cosigner signs: the text of a checkpoint, and when (POSIX s).

    Source: C2SP tlog-cosignature v1.0.1, "Format".
    """
    return b"cosignature/v1\ntime %d\n" % time + text


def split_timed(signature: bytes) -> tuple[int, bytes] | None:
    """Return the time (POSIX s) and the signature proper of a cosignature; None: another form.

    Source: C2SP tlog-cosignature v1.0.1, "Format".
    """
    time = int.from_bytes(signature[:_TIME], "big")
    if len(signature) != _TIME + _SIGNATURE or not 0 < time <= MOST:
        return None
    return time, signature[_TIME:]


def _check_public(public: bytes) -> None:
    if len(public) != _BYTES:
        raise BadProof(
            "other_length", _("It has {bytes} bytes."), field="public", allowed=str(_BYTES),
            bytes=len(public),
        )  # fmt: skip
    if is_weak(public):
        raise BadProof(
            "weak_key", _("Under this key one signature fits many texts."), field="public",
            value=public.hex(),
        )  # fmt: skip


@dataclass(frozen=True)
class Verifier:
    """A public key and its name; `kind` is LOG or COSIGNER."""

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.kind not in (LOG, COSIGNER):
            raise BadProof(
                "unknown_kind", _("Keys of this kind are not read here."), field="kind",
                value=f"{self.kind:#04x}", allowed=f"{LOG:#04x}, {COSIGNER:#04x}",
            )  # fmt: skip
        _check_public(self.public)

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

    def verifies_text(self, text: bytes, signature: bytes) -> bool:
        """Return whether a line's signature is this key's of a note's text, as its kind signs."""
        if self.kind == LOG:
            return self.verifies(text, signature)
        parts = split_timed(signature)
        return parts is not None and self.verifies(timed(parts[0], text), parts[1])

    def __str__(self) -> str:
        """Return the verifier key, as others are told it."""
        return f"{self.name}+{self.id.hex()}+{write_base64(bytes([self.kind]) + self.public)}"


def read_verifier(text: str) -> Verifier:
    """Return the key that a verifier key tells.

    Raises: BadProof: it has another form or kind, or its hash is not that of the key.
    Source: C2SP signed-note v1.0.0, "Verifier keys".
    """
    # At the first two only: base64 may hold a plus.
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise BadProof(
            "not_a_key", _("This is no verifier key."), field="verifier", value=text,
            allowed="name+hash+base64",
        )  # fmt: skip
    name, told, rest = parts
    content = read_base64(rest, "verifier")
    found = Verifier(name, content[0] if content else 0, content[1:])
    if read_hex(told, "hash", size=4) != found.id:
        raise BadProof(
            "other_hash", _("The hash is not that of the key."), field="hash", value=told,
            allowed=found.id.hex(),
        )  # fmt: skip
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

    Raises: BadProof: the name or the kind is none.
    Source: RFC 8032, section 5.1.5.
    """
    found = Signer(check_name(name), kind, Ed25519PrivateKey.generate())
    _checked = found.verifier
    return found


def lock(signer: Signer, passphrase: bytes, *, cost: int | None = None) -> bytes:
    """Return a private key, encrypted: three lines of ASCII; name and kind are told beside it.

    Args: cost: log2 of scrypt's N, 10 … 20; COST without.
    Raises: BadProof: the passphrase is empty, or the cost none.
    Source: RFC 7914 (scrypt); NIST SP 800-38D (GCM).
    """
    if not passphrase:
        raise BadProof("no_passphrase", _("Without a passphrase the key would lie open."))
    cost = _check_cost(COST if cost is None else cost)
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    head = f"{LOCKED}\ncost {cost}\n"
    sealed = AESGCM(_derive(passphrase, salt, cost)).encrypt(
        nonce, signer.private.private_bytes_raw(), _bound(head, signer.name, signer.kind)
    )
    return f"{head}{write_base64(salt + nonce + sealed)}\n".encode("ascii")


def unlock(locked: bytes, passphrase: bytes, *, name: str, kind: int) -> Signer:
    """Return a key that was locked.

    Raises: BadProof: another form, another passphrase, another name or kind, or a changed byte.
    Source: RFC 7914 (scrypt); NIST SP 800-38D (GCM).
    """
    lines = locked.decode("ascii", "replace").split("\n")
    if len(lines) != 4 or lines[0] != LOCKED or not lines[1].startswith("cost ") or lines[3]:
        raise BadProof(
            "not_a_locked_key", _("This is no locked key."), value=lines[0], allowed=LOCKED
        )
    cost = _check_cost(read_decimal(lines[1][5:], "cost"))
    content = read_base64(lines[2], "key", size=_SALT + _NONCE + _SEED + _TAG)
    salt, nonce, sealed = (
        content[:_SALT],
        content[_SALT : _SALT + _NONCE],
        content[_SALT + _NONCE :],
    )
    head = f"{LOCKED}\ncost {cost}\n"
    try:
        seed = AESGCM(_derive(passphrase, salt, cost)).decrypt(
            nonce, sealed, _bound(head, check_name(name), kind)
        )
    except InvalidTag:
        raise BadProof(
            "does_not_open", _("The key does not open with this passphrase, for this name.")
        ) from None
    return Signer(name, kind, Ed25519PrivateKey.from_private_bytes(seed))


def _check_cost(cost: int) -> int:
    if not LEAST_COST <= cost <= MOST_COST:
        raise BadProof(
            "other_cost", _("This is no cost of a passphrase."), field="cost", value=cost,
            allowed=f"{LEAST_COST} … {MOST_COST}",
        )  # fmt: skip
    return cost


def _derive(passphrase: bytes, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=_KEY, n=1 << cost, r=8, p=1).derive(passphrase)


def _bound(head: str, name: str, kind: int) -> bytes:
    return f"{head}{name}\n{kind}".encode()
