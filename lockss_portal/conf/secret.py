"""The secret key: made once, readable by its owner alone."""

import os
import secrets
from pathlib import Path


def secret_key(keys_dir: Path) -> str:
    """The key in ``secret.key``; several processes may ask at once for the first time."""
    file = keys_dir / "secret.key"
    try:
        return file.read_text(encoding="ascii")
    except FileNotFoundError:
        pass
    keys_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = keys_dir / f"secret.{os.getpid()}.partial"
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(secrets.token_urlsafe(50))
        out.flush()
        os.fsync(out.fileno())
    try:
        # A link fails where a rename would replace the key that another process just made.
        os.link(partial, file)
    except FileExistsError:
        pass
    finally:
        partial.unlink()
    return file.read_text(encoding="ascii")
