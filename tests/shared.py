"""Where the shared vectors and data lie: ``LOCKSS_SHARED``, else ``../shared`` beside the checkout."""

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("LOCKSS_SHARED") or Path(__file__).resolve().parents[2] / "shared")
VECTORS = SHARED / "vectors"
DATA = SHARED / "data"

needs_shared = pytest.mark.skipif(
    not VECTORS.is_dir(), reason="shared vectors not found: set LOCKSS_SHARED to the folder that holds them"
)
