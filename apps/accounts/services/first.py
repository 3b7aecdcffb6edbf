"""The first administrator: made by command, or on the first visit by whoever can read the node's own folder.

A page that makes an administrator out of anybody would belong to the first stranger. So it asks for a word that
stands in a file of the keys' folder (mode 0600) and that ``manage.py up`` prints while there is nobody.
"""

import os
import secrets
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext

from apps.accounts.choices import Role
from apps.accounts.errors import AccountCode, AccountError
from apps.accounts.models import User
from apps.accounts.services.people import create_user


def setup_is_open() -> bool:
    """Whether nobody has an account yet."""
    return not User.objects.exists()


def setup_token() -> str | None:
    """The word that the first visit asks for, made when there is none; None once somebody has an account."""
    file = _file()
    if not setup_is_open():
        file.unlink(missing_ok=True)
        return None
    if not file.exists():
        _write(file, secrets.token_urlsafe(18))
    return file.read_text(encoding="ascii").strip()


def create_first_admin(*, username: str, password: str, token: str | None = None, **more: str) -> User:
    """A system administrator where nobody is yet; of many who try at once, one succeeds.

    ``token`` None: the caller is a command of somebody who owns the node's files.
    AccountError: SETUP_CLOSED, SETUP_TOKEN, or what ``create_user`` refuses.
    """
    if token is not None:
        expected = setup_token()
        if expected is None or not constant_time_compare(token.strip(), expected):
            raise AccountError(
                AccountCode.SETUP_TOKEN, gettext("This is not the word that the node printed.")
            )
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE accounts_user IN SHARE ROW EXCLUSIVE MODE")
        if not setup_is_open():
            raise AccountError(AccountCode.SETUP_CLOSED, gettext("This node already has an administrator."))
        user = create_user(username=username, password=password, roles=[Role.SYSTEM], **more)
    _file().unlink(missing_ok=True)
    return user


def _file() -> Path:
    return settings.NODE.keys_dir / "setup.token"


def _write(file: Path, token: str) -> None:
    """Whole or not at all; several processes may be first."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = file.with_name(f"setup.{os.getpid()}.{secrets.token_hex(4)}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            out.write(token + "\n")
        os.link(partial, file)
    except FileExistsError:
        pass
    finally:
        partial.unlink()
