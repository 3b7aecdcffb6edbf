"""Settings of the test suite: a node of its own in a temporary folder, one database server for all workers.

The server starts with the first test that asks the database and ends with the process that started the suite.
"""

import os
import tempfile
from pathlib import Path

from lockss_portal.supervisor.identity import ProcessId

HOME_VARIABLE = "LOCKSS_TEST_HOME"
KEPT = frozenset({HOME_VARIABLE, "LOCKSS_SHARED"})

# A developer's own settings must not reach the tests.
for variable in [name for name in os.environ if name.startswith("LOCKSS_") and name not in KEPT]:
    del os.environ[variable]
if HOME_VARIABLE not in os.environ:
    own = ProcessId.own()
    os.environ[HOME_VARIABLE] = f"{own.pid}:{own.start}:{tempfile.mkdtemp(prefix='lockss-test-')}"
_pid, _start, _home = os.environ[HOME_VARIABLE].split(":", 2)
os.environ["LOCKSS_NODE"] = _home
os.environ["LOCKSS_TESTING"] = "1"

from lockss_portal.settings import *  # noqa: E402, F403

ENGINE_OWNER = ProcessId(int(_pid), int(_start))
ENGINE_REMOVE = _home
TEST_HOME = Path(_home)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
