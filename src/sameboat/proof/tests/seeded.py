"""Keys that are the same in every run."""

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sameboat.proof.keys import LOG, Signer


def signer(name, kind=LOG, seed=""):
    """Return the key that a name, a kind and a seed make."""
    drawn = hashlib.sha256(f"{name} {kind} {seed}".encode()).digest()
    return Signer(name, kind, Ed25519PrivateKey.from_private_bytes(drawn))
