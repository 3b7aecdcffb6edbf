"""Settings of the test suite: a node of its own in a temporary folder, one database server for all workers.

The server starts with the first test that asks the database and ends with the process that started the suite.
"""

import os

from lockss_portal.supervisor import suite_home

HOME_VARIABLE = "LOCKSS_TEST_HOME"
KEPT = frozenset({HOME_VARIABLE, "LOCKSS_SHARED"})

# A developer's own settings must not reach the tests.
for variable in [name for name in os.environ if name.startswith("LOCKSS_") and name not in KEPT]:
    del os.environ[variable]
if HOME_VARIABLE not in os.environ:
    os.environ[HOME_VARIABLE] = suite_home.create()
TEST_HOME, ENGINE_OWNER_ID = suite_home.parse(os.environ[HOME_VARIABLE])
os.environ["LOCKSS_NODE"] = str(TEST_HOME)
os.environ["LOCKSS_TESTING"] = "1"

from lockss_portal.settings import *  # noqa: E402, F403

ENGINE_OWNER = ENGINE_OWNER_ID
ENGINE_REMOVE = str(TEST_HOME)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
