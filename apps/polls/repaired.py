"""What a repair replaced: the version that was wrong here, by the state of its bytes.

A repair's row keeps the digest that was recorded when the bytes came. Where they were missing or hashed otherwise,
that digest is not what was found: mostly it is the very one that the repair brought back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from apps.polls.models import Repair
from apps.repository.choices import SUSPECT, ArtifactState
from apps.repository.models import Artifact


@dataclass(frozen=True, slots=True)
class Version:
    """As much of a stored version as tells the two sides of a repair apart."""

    version: int
    sha256: str
    state: str


def sides(versions: Iterable[Version], row: Repair) -> tuple[Version | None, Version | None]:
    """The version that was wrong and the one that took its place; None where it is not in the store."""
    known = sorted(versions, key=lambda one: -one.version)
    new = next((one for one in known if one.sha256 == row.after_sha256), None)
    # A repair may bring back the very bytes that were collected: the version before is the one that was wrong.
    older = [one for one in known if new is None or one.version < new.version]
    return next((one for one in older if one.sha256 == row.before_sha256), None), new


def states_before(repairs: Sequence[Repair]) -> dict[int, str]:
    """State of the version that each repair found here, by the repair's key; without those that are not stored."""
    rows = Artifact.objects.filter(
        au_key__in={one.au_id for one in repairs}, url_digest__in={bytes(one.url_digest) for one in repairs}
    )
    found: dict[tuple[int, bytes], list[Version]] = {}
    for key, digest, version, sha256, state in rows.values_list(
        "au_key_id", "url_digest", "version", "sha256", "state"
    ):
        found.setdefault((key, bytes(digest)), []).append(Version(version, bytes(sha256).hex(), state))
    states = {}
    for one in repairs:
        old, _new = sides(found.get((one.au_id, bytes(one.url_digest)), ()), one)
        if old is not None:
            states[one.pk] = old.state
    return states


def bytes_said(state: str | None) -> str:
    """What was found instead of the recorded bytes; empty where they were those, and other nodes held others."""
    if state not in SUSPECT:
        return ""
    return gettext("missing") if state == ArtifactState.MISSING else gettext("hashed otherwise")
