"""A mail server of its own on this computer: real SMTP, with TLS and a password if wanted, and faults on demand."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Postbox:
    """What came. ``refuse``: this answer is given instead of taking the mail."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuse = ""
        self.port = 0

    async def handle_DATA(self, server, session, envelope) -> str:
        if self.refuse:
            return self.refuse
        mail = message_from_bytes(envelope.content, policy=policy.default)
        mail["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        self.mails.append(mail)
        return "250 OK"


class _Free(Controller):
    """On a port that the system chooses; the controller's own trial connection goes to the port that was taken."""

    def __init__(self, handler, wanted: dict) -> None:
        self._wanted = wanted
        super().__init__(handler, hostname="127.0.0.1", port=0)

    def factory(self) -> SMTP:
        return SMTP(self.handler, **self._wanted)

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_server(
    *, tls: ssl.SSLContext | None = None, user: str = "", password: str = ""
) -> Iterator[Postbox]:
    """A postbox with the port it listens at; STARTTLS is demanded where ``tls`` is given."""
    wanted: dict = {"enable_SMTPUTF8": True}
    if tls is not None:
        wanted |= {"tls_context": tls, "require_starttls": True}
    if user:
        wanted |= {"authenticator": _authenticator(user, password), "auth_required": True}
    box = Postbox()
    controller = _Free(box, wanted)
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop()


def _authenticator(user: str, password: str):
    def judge(server, session, envelope, mechanism, data) -> AuthResult:
        right = LoginPassword(user.encode(), password.encode())
        # Not handled: the server itself says 535.
        return AuthResult(success=data == right, handled=False)

    return judge
