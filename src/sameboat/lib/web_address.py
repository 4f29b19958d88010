"""Where another node may be reached: what an address may look like, and where it may lead.

An address comes from another place's invitation, and this node connects to it by itself, every
second: it must not become a way to make a node knock at doors of its own house.  What is decided
here, and why, is told in docs/operators/security.md.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

MOST_CHARACTERS = 400
#: Where clouds tell a machine its secrets, beyond 169.254.0.0/16 and fe80::/10.
METADATA = frozenset(
    ip_address(each) for each in ("100.100.100.200", "168.63.129.16", "fd00:ec2::254")
)
_NAT64 = IPv6Network("64:ff9b::/96")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_PATH = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?")
Number = IPv4Address | IPv6Address


@dataclass(frozen=True)
class WebAddress:
    """The address of a node, taken apart."""

    scheme: str
    host: str
    port: int
    path: str
    number: Number | None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"http": 80, "https": 443}[self.scheme] == self.port
        return f"{self.scheme}://{host}{'' if usual else f':{self.port}'}{self.path}"


def read_web_address(text: str) -> WebAddress:
    """Read the address of a node.

    Raises:
        ValueError: it is not http(s)://host[:port][/path], or leads where no node may be.
    """
    told = f"address is {text[:80]!r}"
    if len(text) > MOST_CHARACTERS or not re.fullmatch(r"[!-~]+", text) or "\\" in text:
        raise ValueError(f"{told}, allowed: up to {MOST_CHARACTERS} plain characters")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as problem:
        raise ValueError(f"{told}: {problem}") from None
    if parts.scheme not in {"http", "https"} or not text.startswith(f"{parts.scheme}://"):
        raise ValueError(f"{told}, allowed: https://… or http://…")
    if "@" in parts.netloc:
        raise ValueError(f"{told}, allowed: without a name or password")
    if "?" in text or "#" in text or not _PATH.fullmatch(parts.path):
        raise ValueError(f"{told}, allowed: a plain path, without ?, #, % and ..")
    if port == 0 or parts.netloc.endswith(":"):
        raise ValueError(f"{told}, allowed ports: 1 … 65535")
    host = (parts.hostname or "").lower()
    number = _read_host(host, told)
    if number is not None and (why := why_not(number, host=host)):
        raise ValueError(f"{told}: {why}")
    usual = 443 if parts.scheme == "https" else 80
    return WebAddress(parts.scheme, host, port or usual, parts.path.rstrip("/"), number)


def _read_host(host: str, told: str) -> Number | None:
    """Return the number that a host is, None where it is a name.

    0x7f.1, 2130706433 and 010.0.0.1 are numbers to some resolvers and names to others.
    """
    last = host.rstrip(".").rsplit(".", 1)[-1]
    if ":" in host or last.isdigit() or re.fullmatch("0x[0-9a-f]*", last):
        try:
            return ip_address(host)
        except ValueError:
            raise ValueError(f"{told}, allowed: a number such as 10.1.2.3 or [fd00::1]") from None
    if len(host) > 253 or not _NAME.fullmatch(host):
        raise ValueError(f"{told}, allowed: a host's name or number")
    return None


def why_not(found: Number, *, host: str, pinned: bool = False) -> str:
    """Return why a node must not be asked at this number, empty where it may.

    Args: found: what the host was resolved to.  host: as the operator gave it.
        pinned: nothing is said there before the certificate has been compared.
    """
    found = _meant(found)
    written = _is_number(host)
    if found.is_link_local or found in METADATA:
        return f"{found} belongs to the machine or its cloud, not to a node"
    if found.is_multicast or found.is_unspecified:
        return f"{found} is no single machine"
    if found.is_loopback:
        here = written or host.rstrip(".") == "localhost"
        return "" if here else f"{host} leads to this machine itself ({found}); give the number"
    if isinstance(found, IPv4Address) and found.is_reserved:
        return f"{found} is reserved"
    if not found.is_global and not written and not pinned:
        return (
            f"{host} leads into a private network ({found}); give the number, or join with an "
            "invitation that names a certificate"
        )
    return ""


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _meant(found: Number) -> Number:
    """Return the IPv4 number that an IPv6 one stands for, or the number itself."""
    if not isinstance(found, IPv6Address):
        return found
    inner = found.ipv4_mapped or found.sixtofour or (found.teredo and found.teredo[1])
    if found in _NAT64 or (int(found) >> 32 == 0 and int(found) > 1):
        inner = IPv4Address(int(found) & 0xFFFFFFFF)
    return inner or found
