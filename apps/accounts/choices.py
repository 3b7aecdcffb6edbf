from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Who somebody is to this node. A system administrator may do everything."""

    SYSTEM = "system", _("system administrator")
    NETWORK = "network", _("network administrator")
    LIBRARIAN = "librarian", _("collection librarian")
    REPORTS = "reports", _("reports staff")
    READER = "reader", _("reader")


class Scope(models.TextChoices):
    """What a token may be used for. It never reaches further than the person whose token it is."""

    STATUS = "status", _("read what everybody here may see: AUs, polls, crawls, the node")
    CONTENT = "content", _("read preserved content")
    REPORTS = "reports", _("make and fetch reports")
    LIBRARIAN = "librarian", _("act as collection librarian")
    NETWORK = "network", _("act as network administrator")
    SYSTEM = "system", _("act as system administrator")


# Which of these roles a scope wants of its person; none: whoever has an account.
SCOPE_ROLES: dict[str, tuple[Role, ...]] = {
    Scope.STATUS: (),
    Scope.CONTENT: (),
    Scope.REPORTS: (Role.REPORTS, Role.LIBRARIAN, Role.NETWORK),
    Scope.LIBRARIAN: (Role.LIBRARIAN,),
    Scope.NETWORK: (Role.NETWORK,),
    Scope.SYSTEM: (Role.SYSTEM,),
}


# What a token of a scope opens today, for reading alone; other scopes open no address yet and are not offered.
SCOPE_ADDRESSES: dict[str, tuple[str | Promise, ...]] = {
    Scope.STATUS: (
        _("each page and each download of a list that needs no role (as /aus/?format=csv)"),
        "/DaemonStatus",
        "/ListObjects",
        "/me/whoami/",
    ),
    Scope.CONTENT: (_("the audit proxy, for who looks after collections or the network"),),
    Scope.REPORTS: (
        # What hands out secrets and what is a person's own stay shut (kbart.views_keys, kbart.views_checks).
        _("/reports/kbart/… (reports, series and editions; no forms, no keys/ and no check/)"),
        "/reports/usage/…",
        "/report/…",
        "/kbart/…",
        "/sushi/…",
    ),
}


class Door(models.TextChoices):
    """How somebody came in."""

    FORM = "form", _("name and password")
    SECOND = "second", _("password and second factor")
    PASSKEY = "passkey", _("passkey")
    OIDC = "oidc", _("single sign-on")
    LINK = "link", _("link from an administrator")
    BASIC = "basic", _("name and password of a program")
    TOKEN = "token", _("token")


class LinkKind(models.TextChoices):
    INVITATION = "invitation", _("invitation")
    RESET = "reset", _("new password")
