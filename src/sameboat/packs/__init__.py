"""Region packs: the data of a basin or cluster, read and checked into plain records (no Django)."""

from sameboat.packs.observations import read_observations
from sameboat.packs.pack import check_pack, digest_pack, read_pack

__all__ = ["check_pack", "digest_pack", "read_observations", "read_pack"]
