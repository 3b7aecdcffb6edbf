"""Between the right password and the second factor: the session knows who it will be, and lets nobody in yet."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from apps.accounts.choices import Door
from apps.accounts.models import User
from apps.common.clock import now

KEY = "_pending"
SECONDS = 600


@dataclass(frozen=True, slots=True)
class Pending:
    user: User
    goal: str
    door: Door


def begin(request: HttpRequest, user: User, goal: str, door: Door) -> None:
    request.session.cycle_key()
    request.session[KEY] = {
        "user": user.pk,
        "bound": user.get_session_auth_hash(),
        "until": int(now().timestamp()) + SECONDS,
        "goal": goal,
        "door": str(door),
    }


def find(request: HttpRequest) -> Pending | None:
    """None: nobody began, it is ten minutes ago, or the account has changed since."""
    given = request.session.get(KEY)
    if not given or given["until"] < now().timestamp():
        return None
    user = User.objects.filter(pk=given["user"], is_active=True).first()
    if user is None or not constant_time_compare(given["bound"], user.get_session_auth_hash()):
        return None
    return Pending(user, given["goal"], Door(given["door"]))


def end(request: HttpRequest) -> None:
    request.session.pop(KEY, None)
