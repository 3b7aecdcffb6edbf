"""Settings of the test suite: a node of its own in a temporary folder, one database server for all workers.

The server starts with the first test that asks the database and ends with the process that started the suite.
"""

import os

from lockss_portal.supervisor import suite_home

HOME_VARIABLE = "LOCKSS_TEST_HOME"
KEPT = frozenset({HOME_VARIABLE, "LOCKSS_SHARED", "LOCKSS_CHROMIUM"})

# A developer's own settings must not reach the tests.
for variable in [name for name in os.environ if name.startswith("LOCKSS_") and name not in KEPT]:
    del os.environ[variable]
if HOME_VARIABLE not in os.environ:
    os.environ[HOME_VARIABLE] = suite_home.create()
_home, _owner = suite_home.parse(os.environ[HOME_VARIABLE])
os.environ["LOCKSS_NODE"] = str(_home)
os.environ["LOCKSS_TESTING"] = "1"
# Tests mean the disks they make up, not the one they happen to run on.
for _level in ("WARN", "NO_CRAWLS", "NO_WRITES"):
    os.environ[f"LOCKSS_DISK_{_level}_PERCENT"] = "0"

from lockss_portal.settings import *  # noqa: E402, F403

ENGINE_OWNER = _owner
TEST_HOME = _home
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
# A test asks again at once after what it has changed.
SERVING_STAMP_S = SERVING_REMEMBERED_S = 0.0
