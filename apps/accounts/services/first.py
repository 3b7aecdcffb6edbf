"""The first administrator: made by command, or on the first visit by whoever can read the node's own folder.

A page that makes an administrator out of anybody would belong to the first stranger. So it asks for a word that
``manage.py up`` prints while there is nobody; its digest stands in a file of the keys' folder (mode 0600).
"""

import hashlib
import os
import secrets
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext

from apps.accounts.choices import Role
from apps.accounts.errors import AccountCode, AccountError
from apps.accounts.models import SetupStep, User
from apps.accounts.services.auditing import audit
from apps.accounts.services.people import create_user, lock_people
from apps.common.clock import now

# Words that were printed last and are all good.
KEPT = 5


def setup_is_open() -> bool:
    """Whether nobody has an account yet."""
    return not User.objects.exists()


def setup_token() -> str | None:
    """A new word for the first visit, to be printed at the console; None once somebody has an account.

    Only digests are kept, of the newest few: several processes may start at once, and each prints its own.
    """
    file = _file()
    if not setup_is_open():
        file.unlink(missing_ok=True)
        return None
    token = secrets.token_urlsafe(18)
    _write(file, [*_digests(), _digest(token)][-KEPT:])
    return token


def is_setup_token(token: str) -> bool:
    """Whether this word was printed for the first visit, and is still open."""
    given = _digest(token.strip())
    # All are compared, so that the time does not tell which.
    return sum([constant_time_compare(given, one) for one in _digests()]) > 0


def create_first_admin(*, username: str, password: str, token: str | None = None, **more: str) -> User:
    """A system administrator where nobody is yet; of many who try at once, one succeeds.

    ``token`` None: the caller is a command of somebody who owns the node's files.
    AccountError: SETUP_CLOSED, SETUP_TOKEN, or what ``create_user`` refuses.
    """
    if token is not None and not is_setup_token(token):
        raise AccountError(AccountCode.SETUP_TOKEN, gettext("This is not the word that the node printed."))
    with transaction.atomic():
        lock_people()
        if not setup_is_open():
            raise AccountError(AccountCode.SETUP_CLOSED, gettext("This node already has an administrator."))
        user = create_user(username=username, password=password, roles=[Role.SYSTEM], **more)
    _file().unlink(missing_ok=True)
    return user


def note_step(*, name: str, by: User) -> None:
    """A step of the guided set-up was looked at and found right; again is no harm."""
    with transaction.atomic():
        _, made = SetupStep.objects.get_or_create(name=name, defaults={"by": by, "done_at": now()})
        if made:
            audit(user=by, action="accounts.set-up", subject=f"step:{name}")


def _file() -> Path:
    return settings.NODE.keys_dir / "setup.token"


def _digests() -> list[str]:
    try:
        return _file().read_text(encoding="ascii").split()
    except (FileNotFoundError, UnicodeDecodeError):
        return []


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _write(file: Path, digests: list[str]) -> None:
    """Whole or not at all; of two at the same moment the later one counts."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = file.with_name(f"setup.{os.getpid()}.{secrets.token_hex(4)}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write("\n".join(digests) + "\n")
    os.replace(partial, file)
