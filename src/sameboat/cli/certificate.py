"""The certificate with which a node shows itself to others: made once, by a person, and pinned."""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sameboat.lib.language import mark as _
from sameboat.lib.private import write_private
from sameboat.lib.refusal import Refusal

#: What is pinned is the certificate itself, so it need not end soon; one that ends in the middle
#: of a flood would be worse.
LASTS = timedelta(days=3653)
#: Clocks are wrong; it holds from before it was made.
BEFORE = timedelta(days=2)


class NoCertificate(Refusal):
    """A certificate is made by a person, never by accident: others have pinned it."""

    says = _(
        "There is no certificate at {file}. If there was one, put it back from where you keep "
        "keys: others know it. If not, make it once: sameboat serve --tls"
    )


class BadCertificate(Refusal):
    """The file is none."""

    says = _(
        "{file} is no certificate in PEM form: {problem}. Name the file that the server shows."
    )


@dataclass(frozen=True)
class CertificateFiles:
    """Where a node's certificate and its key lie."""

    folder: Path

    @property
    def certificate(self) -> Path:
        """Return the file that anybody may read."""
        return self.folder / "tls.crt"

    @property
    def key(self) -> Path:
        """Return the file that nobody else may read."""
        return self.folder / "tls.key"

    @property
    def made(self) -> bool:
        """Return whether both are there."""
        return self.certificate.exists() and self.key.exists()

    def check(self) -> None:
        """Raises: NoCertificate: one of the two is missing."""
        if not self.made:
            raise NoCertificate(file=str(self.certificate))


def make_certificate(*, files: CertificateFiles, names: list[str], now: datetime) -> bool:
    """Make a certificate of one's own and its key, where there is none; return whether it was made.

    One that is there is never written over: others have pinned it.

    Args: names: hosts and numbers under which the node is reached.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    if files.certificate.exists():
        files.check()
        return False
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Sameboat")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BEFORE).not_valid_after(now + LASTS)
        .add_extension(x509.SubjectAlternativeName([_name_of(each) for each in names]), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    # The key first: a certificate without one would look as if it could be served.
    write_private(files.key, key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ))  # fmt: skip
    write_private(files.certificate, made.public_bytes(serialization.Encoding.PEM))
    return True


def _name_of(host: str) -> Any:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return x509.DNSName(f"*{host}" if host.startswith(".") else host)


def fingerprint(file: Path) -> str:
    """Return the SHA-256 of a certificate in a PEM file, hex; of a chain, its first.

    Raises: BadCertificate.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        found = x509.load_pem_x509_certificates(file.read_bytes())[0]
    except (OSError, ValueError) as problem:
        said = getattr(problem, "strerror", None) or str(problem).splitlines()[0]
        raise BadCertificate(file=str(file), problem=said) from None
    return hashlib.sha256(found.public_bytes(Encoding.DER)).hexdigest()
