"""Where `compiled` stood; import it from `sameboat.spread.compiled`."""

from sameboat.spread.compiled import compiled

__all__ = ["compiled"]
