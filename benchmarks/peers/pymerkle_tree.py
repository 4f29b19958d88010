"""Times pymerkle, run by its own interpreter: SIZE PROOFS -> JSON on standard output."""

import json
import sys
import time
from importlib.metadata import version

from pymerkle import InmemoryTree, verify_inclusion

size, proofs = map(int, sys.argv[1:])
entries = [b'{"entry":%d}' % number for number in range(size)]
began = time.perf_counter()
tree = InmemoryTree(algorithm="sha256")
for entry in entries:
    tree.append_entry(entry)
root = tree.get_state()
built = time.perf_counter() - began
places = [number * 7919 % size for number in range(proofs)]
began = time.perf_counter()
made = [tree.prove_inclusion(place + 1, size) for place in places]
proved = time.perf_counter() - began
began = time.perf_counter()
for place, proof in zip(places, made, strict=True):
    verify_inclusion(tree.get_leaf(place + 1), root, proof)
verified = time.perf_counter() - began
print(
    json.dumps(
        {"built": built, "proved": proved, "verified": verified, "root": root.hex(),
         "version": version("pymerkle")}
    )
)  # fmt: skip
