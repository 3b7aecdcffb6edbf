"""A node of its own in a temporary folder, as the tests have one, but with durable writes as nodes have them."""

import os

from lockss_portal.supervisor import suite_home

KEPT = frozenset({"LOCKSS_SHARED"})

# Neither a developer's settings nor his database must be met.
for variable in list(os.environ):
    if variable in ("DATABASE_URL", "BROKER_URL") or (
        variable.startswith("LOCKSS_") and variable not in KEPT
    ):
        del os.environ[variable]
HOME, _owner = suite_home.parse(suite_home.create())
os.environ |= {
    "LOCKSS_NODE": str(HOME),
    "LOCKSS_CRAWL_FETCH_FLOOR_MS": "0",
    "LOCKSS_PERMISSION_POLICY": "machine",
}

from lockss_portal.settings import *  # noqa: E402, F403

ROOT_URLCONF = "tests.bench.urls"
ENGINE_OWNER = _owner
TEST_HOME = HOME
LOGGING["root"]["level"] = "WARNING"  # type: ignore[index] # noqa: F405
