"""JARs taken in: the signature judged first, the file kept by its digest, its definitions loaded, all as one row.

A JAR whose signature is broken loads nothing, whoever brings it. One without a trusted signature loads nothing where
the node's settings demand one, and else with a warning.
"""

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import override

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.common.clock import now
from apps.common.findings import record_finding, resolve_findings
from apps.common.jobs import open_job
from apps.common.models import Job
from apps.common.text import storable
from apps.lockss.jar import JarLimits, Signature, SignatureState, verify_jar
from apps.plugins.choices import JarOutcome, JarSignature
from apps.plugins.errors import PluginCode, PluginError
from apps.plugins.models import PluginJar
from apps.plugins.services.loading import Loaded, load_plugin_files
from apps.plugins.services.signers import trusted_certificates
from apps.plugins.sources import LARGEST_JAR, is_archive, read_place

KIND = "judge-plugin-jars"
FOLDER = "plugin-jars"
LIMITS = JarLimits(entries=50_000, entry=64 << 20, total=512 << 20)
BROKEN = "plugin-jar-broken"
NOT_TRUSTED = "plugin-jar-not-trusted"
MOST_PROBLEMS = 20


def jar_path(jar: PluginJar) -> Path:
    return _place(jar.sha256)


def _place(sha256: str) -> Path:
    return Path(settings.NODE.media_dir) / FOLDER / f"{sha256}.jar"


def load_plugin_folder(path: Path, *, user: User | None = None) -> Loaded:
    """Every definition below a folder whose subfolders are packages (``org/…``), in a JAR or ZIP, or one file.

    PluginError when the place cannot be read at all, or is a JAR that is refused.
    """
    if is_archive(path):
        return load_jar(path=path, name=path.name, source=str(path), user=user)[1]
    return load_plugin_files(read_place(path), source=str(path), user=user)


def load_jar(*, path: Path, name: str, source: str, user: User | None = None) -> tuple[PluginJar, Loaded]:
    """Judge a JAR and load its definitions. The same one again changes nothing, or is judged by the signers of now.

    PluginError: it was refused, and the row of the JAR says why; what its definitions made before stays.
    """
    try:
        if path.stat().st_size > LARGEST_JAR:
            raise PluginError(PluginCode.UNREADABLE, f"{name} has more than {LARGEST_JAR:,} bytes.")
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            signature = verify_jar(file, trusted_certificates(), LIMITS)
        _keep(path, sha256)
    except OSError as error:
        raise PluginError(PluginCode.NO_PLACE, f"{name} cannot be read: {error.strerror or error}") from error
    refusal = _refusal(signature)
    if refusal:
        _note(path, sha256, name, source, signature, user, refusal)
        raise PluginError(PluginCode.SIGNATURE, f"{name}: {refusal}")
    try:
        with transaction.atomic():
            jar = _note(path, sha256, name, source, signature, user)
            done = load_plugin_files(read_place(_place(sha256)), source=source or name, user=user)
            if not (done.rows or done.refused):
                raise PluginError(
                    PluginCode.NO_DEFINITION,
                    f"{name} holds no definition of a plugin: there is no .xml file in it. Nothing was kept.",
                )
            jar.definitions.add(*done.rows)
            done.signature = jar.signature
    except PluginError as error:
        if error.code == PluginCode.NO_DEFINITION:
            _drop(sha256)
        else:
            _note(path, sha256, name, source, signature, user, str(error))
        raise
    return jar, done


def _refusal(signature: Signature) -> str:
    """Why this JAR may not be loaded; empty: it may."""
    if signature.state is SignatureState.BROKEN:
        more = len(signature.problems) - 1
        return f"{signature.problems[0]}" + (f", and {more} more" if more else "")
    if signature.state is SignatureState.TRUSTED or settings.NODE.plugin_signatures == "warn":
        return ""
    if signature.state is SignatureState.UNSIGNED:
        return "it is not signed, and this node takes only what a trusted signer has signed"
    who = (
        signature.signers[0].certificate.subject
        if signature.signers
        else "several signers, each a part of it"
    )
    return f"it is signed by {who}, whom this node does not trust"


def _note(
    path: Path,
    sha256: str,
    name: str,
    source: str,
    signature: Signature,
    user: User | None,
    refusal: str = "",
) -> PluginJar:
    first = signature.signers[0] if signature.signers else None
    values = {
        "name": storable(name, 300),
        "source": storable(source, 2000),
        "signature": JarSignature(signature.state.value),
        "signer": storable(first.certificate.subject, 1000) if first else "",
        "signer_fingerprint": first.certificate.fingerprint if first else "",
        "signer_until": first.certificate.not_after if first else None,
        "digest": first.digest if first else "",
        "problems": [
            {"entry": storable(one.entry, 300), "message": storable(one.message, 500)}
            for one in signature.problems[:MOST_PROBLEMS]
        ],
        "outcome": JarOutcome.REFUSED if refusal else JarOutcome.LOADED,
        "reason": storable(refusal, 1000),
        "judged_at": now(),
    }
    with transaction.atomic():
        jar, made = PluginJar.objects.update_or_create(
            sha256=sha256,
            defaults=values,
            create_defaults={**values, "size": path.stat().st_size, "user": user},
        )
        if made:
            said = {name: values[name] for name in ("name", "signature", "outcome", "source")}
            audit(user=user, action="plugins.take-jar", subject=f"jar:{sha256}", after=said)
        _tell(jar)
    return jar


def _tell(jar: PluginJar) -> None:
    subject = f"jar:{jar.sha256}"
    resolve_findings(subject=subject, codes=[BROKEN, NOT_TRUSTED])
    said = {"subject": subject, "app": "plugins", "place": jar.source or jar.name}
    if jar.outcome == JarOutcome.REFUSED:
        broken = jar.signature == JarSignature.BROKEN
        message = f"The JAR {jar.name} was refused: {jar.reason}. Nothing of it was loaded."
        record_finding(code=BROKEN if broken else NOT_TRUSTED, message=message, **said)
    elif jar.signature != JarSignature.TRUSTED:
        # Findings are in English, whoever loads the file.
        with override(None):
            message = f"The JAR {jar.name} was loaded although it is {jar.get_signature_display()}."
        record_finding(code=NOT_TRUSTED, message=message, **said)


def _keep(path: Path, sha256: str) -> None:
    """Whole and synced before a row speaks of it; what is there already is the same."""
    goal = _place(sha256)
    if goal.exists() and goal.stat().st_size == path.stat().st_size:
        return
    goal.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = goal.with_name(f".{secrets.token_hex(8)}")
    try:
        with (
            path.open("rb") as source,
            os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out,
        ):
            shutil.copyfileobj(source, out)
            out.flush()
            os.fsync(out.fileno())
        os.replace(new, goal)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _drop(sha256: str) -> None:
    """The kept copy goes too, unless a row of old speaks of it."""
    if not PluginJar.objects.filter(sha256=sha256).exists():
        _place(sha256).unlink(missing_ok=True)


def start_judging() -> Job:
    """Signers have changed: a job judges all kept JARs anew; the caller wakes it."""
    return open_job(kind=KIND, subject="plugin-jars")


def judge_again() -> Iterator[PluginJar]:
    """Each kept JAR by the signers of now, the oldest first; what was refused and is trusted now gets loaded."""
    for jar in PluginJar.objects.order_by("pk").iterator(chunk_size=100):
        try:
            yield load_jar(path=jar_path(jar), name=jar.name, source=jar.source)[0]
        except PluginError:
            jar.refresh_from_db()
            yield jar
