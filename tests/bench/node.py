"""The node that is measured: made in a temporary folder, with its own database, gone when the command ends."""

import os
import platform
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apps.aus.models import Au

PLUGIN = "org.lockss.portal.bench.BenchPlugin"


def begin() -> None:
    """Settings, server, tables, the definition of the measurements' AUs."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
    import django

    django.setup()
    from django.core.management import call_command

    from apps.plugins.services import load_plugin_folder

    call_command("migrate", verbosity=0)
    load_plugin_folder(path=Path(__file__).with_name("plugins"), user=None)


def make_au(base_url: str, round_name: str) -> "Au":
    """A selected AU of the measurements' definition."""
    from apps.aus.models import Au
    from apps.common.clock import now
    from apps.lockss.auid import make_auid, slug_of
    from apps.repository.services import ensure_au_key

    params = {"base_url": base_url, "round": round_name}
    auid = make_auid(PLUGIN, params)
    return Au.objects.create(
        key=ensure_au_key(auid=auid),
        auid=auid,
        slug=slug_of(auid),
        plugin_id=PLUGIN,
        params=params,
        name=round_name,
        name_key=round_name,
        selected_at=now(),
    )


@contextmanager
def one_core() -> Iterator[None]:
    """This process, and what it starts meanwhile, on one core; the database server is another process."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def machine() -> str:
    """One line: what the figures below it were measured on."""
    cpu = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    model = re.search(r"^model name\s*: (.+)$", cpu, re.MULTILINE)
    name = model[1] if model else platform.machine()
    sha = "with" if re.search(r"^(flags|Features)\s*:.*\b(sha_ni|sha1)\b", cpu, re.MULTILINE) else "without"
    return (
        f"{name}, {os.cpu_count()} cores, {sha} SHA extensions, Python {platform.python_version()}, "
        f"{_openssl()}, load {os.getloadavg()[0]:.1f}"
    )


def _openssl() -> str:
    try:
        done = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "no openssl"
    return " ".join(done.stdout.split()[:2])
