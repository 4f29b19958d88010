"""Whether enough others have cosigned our log: by the policy that this node's operator wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from sameboat.ground.logbook.keyring import keys_of, origins_named, trusted_at, trusted_keys
from sameboat.ground.logbook.models import Checkpoint
from sameboat.ground.logbook.peers import list_peers
from sameboat.ground.logbook.proving import note_of, published
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal
from sameboat.proof.cosignature import cosignatures_of
from sameboat.proof.keys import Verifier, read_verifier
from sameboat.proof.note import BadNote, read_note
from sameboat.proof.policy import MOST_BYTES, NOBODY, BadPolicy, Group, Policy, read_policy

#: While the newest checkpoint is not cosigned enough, so many before it are looked at.
LOOK_BACK = 8
#: What the group of a first policy is called; no place's code looks like it.
PEERS = "peers"


class NobodyToCount(Refusal):
    """A policy counts places that were joined."""

    says = _("No place is followed, so nobody can cosign. Ask one for an invitation, then: "
             "sameboat join FILE")  # fmt: skip


class OtherQuorum(Refusal):
    """So many cannot agree."""

    says = _(
        "{quorum} of the {count} places that are followed cannot cosign. Allowed: 1 … {count}."
    )


@dataclass(frozen=True)
class Counted:
    """A witness that the quorum rests on.

    `origin`: the place that is followed and cosigns with this key, "" where none does: nobody
    asks it then.  `at`: when it cosigned our newest checkpoint, None where it has not.
    """

    name: str
    key: Verifier
    origin: str
    at: datetime | None


@dataclass(frozen=True)
class Rule:
    """So many of these are needed; `missing`: those that do not agree yet."""

    name: str
    needed: int
    members: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def lacking(self) -> int:
        """How many more are needed."""
        return max(0, self.needed - len(self.members) + len(self.missing))


@dataclass(frozen=True)
class Standing:
    """How far our log meets a policy.

    `rules`: from the top; none where nobody is needed.  `size`: of our newest checkpoint, 0 before
    the first.  `met_size`: of the newest checkpoint that enough have cosigned, 0 where none is
    known; `met_at`: since when, by the clock of whoever came last.
    """

    witnesses: tuple[Counted, ...]
    rules: tuple[Rule, ...]
    size: int
    met_size: int
    met_at: datetime | None

    @property
    def met(self) -> bool:
        """Whether enough have cosigned the newest checkpoint."""
        return 0 < self.size == self.met_size

    @property
    def reachable(self) -> bool:
        """Whether the places that are followed would be enough, if all of them cosigned."""
        there = {each.name for each in self.witnesses if each.origin}
        for rule in reversed(self.rules):
            if sum(each in there for each in rule.members) >= rule.needed:
                there.add(rule.name)
        return not self.rules or self.rules[0].name in there


def policy_file() -> Path | None:
    """Return where this node's policy lies, None where none is set."""
    return Path(settings.LOG_POLICY) if settings.LOG_POLICY else None


def own_policy() -> Policy | None:
    """Return this node's policy, None where none is set.

    Raises: FaultyInput: it cannot be read, or is none; the fault names file, line and value.
    """
    file = policy_file()
    return read_policy_file(file) if file else None


def read_policy_file(file: Path) -> Policy:
    """Return the policy that a file holds.

    Raises: FaultyInput: it cannot be read, or is none; the fault names file, line and value.
    """
    try:
        with file.open("rb") as stream:
            return read_policy(stream.read(MOST_BYTES + 1))
    except OSError as problem:
        fault = Fault(
            "unreadable", _("The policy cannot be read: {problem}."),
            facts={"problem": problem.strerror},
            next_step=_("Write one: sameboat log policy --quorum 1; name it as `policy` in "
                        "sameboat.toml."),
        )  # fmt: skip
    except BadPolicy as problem:
        fault = replace(problem.fault, next_step=_("Mend the line; nothing is counted until then."))
    raise FaultyInput([replace(fault, file=str(file))])


def standing(policy: Policy) -> Standing:
    """Return how far our log meets a policy; nothing is asked of anybody."""
    newest = published(settings.PLACE)
    at = _cosigned(newest, policy) if newest else {}
    followed = {peer.witness: peer.origin for peer in list_peers() if peer.left_at is None}
    counting = policy.counting()
    agree = policy.agreeing(at)
    witnesses = [
        Counted(_shown(name), key, followed.get(str(key), ""), at.get(key))
        for name, key in policy.witnesses.items() if name in counting
    ]  # fmt: skip
    met = next(
        ((point.size, since) for point in _newest_first()
         if (since := _enough_since(point, policy)) is not None),
        (0, None),
    )  # fmt: skip
    return Standing(
        tuple(witnesses), tuple(_rules(policy, counting, agree)), newest.size if newest else 0, *met
    )


def _rules(policy: Policy, counting: Sequence[str], agree: set[str]) -> list[Rule]:
    groups = [(name, policy.groups[name]) for name in counting if name in policy.groups]
    if policy.quorum in policy.witnesses:
        groups = [(policy.quorum, Group(1, (policy.quorum,)))]
    return [
        Rule(_shown(name), each.needed, tuple(map(_shown, each.members)),
             tuple(_shown(member) for member in each.members if member not in agree))
        for name, each in groups
    ]  # fmt: skip


def _shown(name: str) -> str:
    """Return a name as it can be printed: in a policy it is bytes and nothing else."""
    return name.encode("utf-8", "backslashreplace").decode()


def _newest_first() -> list[Checkpoint]:
    """Return our newest checkpoint, and those before it that somebody has cosigned."""
    own = Checkpoint.objects.filter(origin=settings.PLACE).order_by("-size")
    newest = own.first()
    if newest is None:
        return []
    earlier = own.filter(size__lt=newest.size, cosignatures__isnull=False).distinct()
    return [newest, *earlier[:LOOK_BACK]]


def _enough_since(point: Checkpoint, policy: Policy) -> datetime | None:
    """Return when the last one that was needed cosigned a checkpoint, None while one is missing."""
    if policy.quorum == NOBODY:
        return point.kept_at
    at, have = _cosigned(point, policy), set()
    for key in sorted(at, key=lambda each: at[each]):
        have.add(key)
        if policy.enough(have):
            return at[key]
    return None


def _cosigned(point: Checkpoint, policy: Policy) -> Mapping[Verifier, datetime]:
    """Return who of a policy has cosigned a checkpoint, and when; each signature is verified."""
    try:
        found = cosignatures_of(read_note(note_of(point)), policy.witnesses.values())
    except BadNote:
        return {}
    # Another's time may be none that a clock shows; it was looked at before the line was kept.
    return {each.witness: datetime.fromtimestamp(each.time, UTC) for each in found}


def revoked_logs(policy: Policy) -> list[str]:
    """Return the places whose log a policy names by a key that is revoked."""
    places = [settings.PLACE, *(peer.origin for peer in list_peers())]
    return [
        place for place in places
        if any(key.revoked and key.verifier in policy.logs for key in keys_of(place))
    ]  # fmt: skip


def known_logs(name: str, size: int, policy: Policy | None) -> list[Verifier]:
    """Return the keys of which one must have signed a tree of this size of the log of a name.

    Of our own log and of those that are followed the keys of that time, none that is revoked; of
    any other what the policy names.
    """
    if places := origins_named(name):
        return [key for place in places for key in trusted_at(place, size)]
    return [key for key in policy.logs if key.name == name] if policy else []


def with_known_witnesses(policy: Policy | None) -> Policy:
    """Return a policy that also knows the witnesses that are followed, and asks no more for it.

    Without a policy: one that asks for nobody.
    """
    told = policy or Policy((), {}, {}, NOBODY)
    taken = {key.public for key in told.witnesses.values()}
    pinned = {f"followed {peer.origin}": read_verifier(peer.witness) for peer in list_peers()}
    more = {name: key for name, key in pinned.items() if key.public not in taken}
    return replace(told, witnesses={**told.witnesses, **more})


def first_policy(*, quorum: int) -> Policy:
    """Return a policy of the places that are followed, of which so many must cosign.

    Raises: NobodyToCount; OtherQuorum: 0, or more than there are.
    """
    peers = [peer for peer in list_peers() if peer.left_at is None]
    if not peers:
        raise NobodyToCount
    if not 1 <= quorum <= len(peers):
        raise OtherQuorum(quorum=quorum, count=len(peers))
    places = [settings.PLACE, *(peer.origin for peer in peers)]
    logs = tuple(key for place in places for key in trusted_keys(place))
    witnesses = {peer.origin: read_verifier(peer.witness) for peer in peers}
    group = Group(quorum, tuple(witnesses))
    # Two places with one key would count twice: what is written must be read again.
    return read_policy(str(Policy(logs, witnesses, {PEERS: group}, PEERS)))
