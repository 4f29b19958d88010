"""Static files with their hash in the name, gzip beside them."""

from typing import Any

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStatic(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's storage without brotli, which takes a minute where gzip takes a second."""

    manifest_strict = False

    def create_compressor(self, **kwargs: Any) -> Compressor:
        """Return a compressor that makes gzip only."""
        return Compressor(use_brotli=False, **kwargs)
