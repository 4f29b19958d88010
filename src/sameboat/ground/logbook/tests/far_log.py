"""Another place's log as its files, made by the same functions as a node makes them."""

from datetime import UTC, datetime

from sameboat.ground.logbook.peers import join, read_invitation
from sameboat.proof.canon import canonical
from sameboat.proof.checkpoint import Checkpoint
from sameboat.proof.keys import COSIGNER, make_signer
from sameboat.proof.merkle import leaf_hash, root_of
from sameboat.proof.note import sign_note
from sameboat.proof.tiles import WIDTH, levels_of, read_tile, tile_root, write_bundle

HARBIN = "cn:230100"
NOON = datetime(2005, 11, 13, 5, tzinfo=UTC)


def entry(number, **changes):
    """Return the bytes of an entry that Harbin said."""
    return canonical(
        {
            "v": 1, "kind": "observation.recorded", "place": HARBIN,
            "said_at": "2005-11-13T05:00:00.000Z", "about": f"{HARBIN}/observation/{number}",
            "after": [], "audience": ["*"], "body": {"number": number},
        }
        | changes
    )  # fmt: skip


class FarLog:
    """A log that can be fetched; what it holds may be changed, as a liar would."""

    def __init__(self, count=0, name="harbin.example/log"):
        self.signer = make_signer(name)
        self.witness = make_signer(f"{name}/witness", COSIGNER)
        self.replaced = []  # earlier keys, which sign as well
        self.entries = [entry(number) for number in range(count)]
        self.asked = []
        self.lost = set()

    def fetch(self, path, most):
        """Return a file as a node would answer it."""
        self.asked.append(path)
        found = None if path in self.lost else self.file(path)
        assert found is None or len(found) <= most
        return found

    def file(self, path):
        """Return a file; None where there is none."""
        if path == "checkpoint":
            return self.note()
        tile = read_tile(path)
        first = tile.index * WIDTH
        if tile.level is None:
            own = self.entries[first : first + tile.width]
            return write_bundle(own) if len(own) == tile.width else None
        row = [leaf_hash(each) for each in self.entries]
        for _level in range(tile.level):
            full = len(row) // WIDTH
            row = [tile_root(b"".join(row[each * WIDTH : (each + 1) * WIDTH]))
                   for each in range(full)]  # fmt: skip
        own = row[first : first + tile.width]
        return b"".join(own) if len(own) == tile.width else None

    def note(self, size=None):
        """Return its checkpoint, signed."""
        size = len(self.entries) if size is None else size
        root = root_of(leaf_hash(each) for each in self.entries[:size])
        text = str(Checkpoint(self.signer.name, size, root))
        return sign_note(text, self.signer, *self.replaced).to_bytes()

    def rotate(self, name=None, signs=True):
        """Say that another key signs from now on; return it."""
        made = make_signer(name or self.signer.name)
        self.say("key.rotated", key=str(made.verifier), replaces=str(self.signer.verifier))
        if signs:
            self.replaced.insert(0, self.signer)
            self.signer = made
        return made

    def revoke(self, signer):
        """Say that an earlier key signs no more."""
        self.replaced.remove(signer)
        self.say("key.revoked", key=str(signer.verifier))

    def say(self, kind, **body):
        """Append an entry of a kind to its log."""
        about = f"{HARBIN}/key/{len(self.entries)}"
        self.entries.append(entry(0, kind=kind, about=about, body=body))

    @property
    def levels(self):
        """How many levels of tiles it has."""
        return levels_of(len(self.entries))


def log_of(place):
    """Return the empty log of another place, under a name of its own."""
    return FarLog(name=f"{place.replace(':', '-')}.example/log")


def invitation(far, **changes):
    """Return what the far log's place hands to us, with some of it changed."""
    told = {
        "form": "sameboat-invitation@v1", "place": HARBIN, "address": "https://harbin.example",
        "key": str(far.signer.verifier), "witness": str(far.witness.verifier),
    }  # fmt: skip
    return told | changes


def joined(far, now=NOON, **changes):
    """Follow the far log from now on; return the peer."""
    told = read_invitation(invitation(far, **changes))
    return join(invitation=told, by="operator", now=now)
