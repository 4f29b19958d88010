"""How often one address may ask, and how much and how slowly it may send.

Looked at before anything is read, signed in or handed to a thread: whoever asks too much costs the
node one line of arithmetic.  Counted in the one process that serves.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from time import monotonic
from typing import Any

from sameboat.proof.witness import MOST_BYTES as MOST_WITNESS

#: As many addresses are remembered; the one that was longest away is forgotten first.
MOST_ADDRESSES = 20_000
#: Bodies that one address may be sending at the same time: each holds a connection.
MOST_SENDING = 32


@dataclass(frozen=True)
class Pace:
    """A bucket: so many questions at once, and so many more every second."""

    name: str
    burst: int
    each_second: float


#: A peer that was away for a week reads some hundred files in a row; nobody needs more for long.
_FILES = Pace("files", 2000, 100.0)
_HINTS = Pace("hints", 100, 5.0)
#: Each costs a signature to be verified or made.
_WITNESS = Pace("signed", 200, 20.0)
#: Wrong passwords are counted more strictly, by allauth; here nobody keeps the node busy hashing.
_SIGN_IN = Pace("sign-in", 30, 0.5)

MIB = 1024 * 1024
#: The most bytes of a body, by how its path begins; the first that fits counts.
_SIZES = (
    ("/witness/hint", 256),
    ("/witness/", MOST_WITNESS),
    ("/log/body", 4096),  # bodies.MOST_REQUEST
    ("/log/", 1024),
    ("/accounts/", 64 * 1024),
    ("/language", 4 * 1024),
    ("/api/", 8 * MIB),
    ("/alerts/received", 32 * MIB),
)
_MOST_BODY = 8 * MIB


def most_bytes(path: str) -> int:
    """Return how long the body of a request to a path may be."""
    return next((most for begin, most in _SIZES if path.startswith(begin)), _MOST_BODY)


def pace_of(method: str, path: str) -> Pace | None:
    """Return which bucket a request is taken from, None where others count it."""
    if path.startswith(("/log/checkpoint", "/log/tile/", "/log/of/", "/version")):
        return _FILES
    if path.startswith("/witness/hint"):
        return _HINTS
    if path.startswith(("/witness/", "/log/body")):
        return _WITNESS
    if path.startswith("/accounts/") and method == "POST":
        return _SIGN_IN
    return None


class Limits:
    """Who has asked how often, and who is sending."""

    def __init__(self, trusted_proxies: int = 0, clock: Callable[[], float] = monotonic) -> None:
        self.trusted_proxies, self.clock = trusted_proxies, clock
        self._left: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()
        self._sending: dict[str, int] = {}

    def client_of(self, scope: dict[str, Any]) -> str:
        """Return whom a request is counted for: its address, of IPv6 the network of 64 bits.

        Behind trusted proxies it is the one that the outermost of them wrote down; a request that
        passed fewer came another way, and is counted for whoever brought it.
        """
        address = str((scope.get("client") or ("unknown",))[0])
        if self.trusted_proxies:
            told = [
                part.strip()
                for name, value in scope["headers"]
                if name.lower() == b"x-forwarded-for"
                for part in value.decode("latin-1").split(",")
            ]
            if len(told) >= self.trusted_proxies:
                address = told[-self.trusted_proxies]
        try:
            number = ip_address(address)
        except ValueError:
            return address[:64]
        if number.version == 4:
            return str(number)
        return str(number.ipv4_mapped or ip_network(f"{number}/64", strict=False))

    def wait(self, scope: dict[str, Any]) -> float:
        """Count a request; return how many seconds it comes too early, 0 where it may pass."""
        pace = pace_of(scope["method"], scope["path"])
        if pace is None:
            return 0.0
        now, key = self.clock(), (pace.name, self.client_of(scope))
        left, at = self._left.pop(key, (float(pace.burst), now))
        left = min(float(pace.burst), left + (now - at) * pace.each_second)
        allowed = left >= 1
        self._left[key] = (left - 1 if allowed else left, now)
        if len(self._left) > MOST_ADDRESSES:
            self._left.popitem(last=False)
        return 0.0 if allowed else (1 - left) / pace.each_second

    def begin_sending(self, client: str) -> bool:
        """Count a body that begins to arrive; return False where it is one too many."""
        count = self._sending.get(client, 0)
        if count >= MOST_SENDING:
            return False
        self._sending[client] = count + 1
        return True

    def end_sending(self, client: str) -> None:
        """Count a body that has arrived, or was given up."""
        left = self._sending.get(client, 1) - 1
        if left:
            self._sending[client] = left
        else:
            self._sending.pop(client, None)
