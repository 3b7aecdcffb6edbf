#!/usr/bin/env python3
"""Makes .venv, installs the pinned wheels and starts what is asked for. Standard library only.

    ./bootstrap.py demo|run|test|lint|bench|clean [ARGS]

A second run finds its own mark and installs nothing. Pip's own settings (index, proxy, certificates) are used.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
MARK = VENV / "lockss-installed.json"
OLDEST, NEWEST = (3, 11), (3, 13)
FILES = {"node": ["requirements.txt"], "dev": ["requirements.txt", "requirements-dev.txt"]}
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LINT = (
    ["-m", "ruff", "check", "."],
    ["-m", "ruff", "format", "--check", "."],
    ["-m", "mypy"],
    ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
    ["manage.py", "makemigrations", "--check", "--dry-run"],
    ["-m", "lockss_portal.conf.docs", "--check"],
)


def main(argv):
    command = argv[1] if len(argv) > 1 else ""
    commands = {"demo": demo, "run": run, "test": test, "lint": lint, "bench": bench, "clean": clean}
    if command not in commands:
        print(__doc__)
        return 0 if command in ("-h", "--help") else 2
    use_fitting_python(argv)
    os.chdir(str(ROOT))
    return commands[command](argv[2:])


def demo(arguments):
    install("node")
    become(["manage.py", "demo", *arguments])


def run(arguments):
    install("node")
    become(["manage.py", "up", *arguments])


def test(arguments):
    install("dev")
    workers = [] if any(word.startswith("-n") for word in arguments) else ["-n", "2"]
    become(["-m", "pytest", *workers, *arguments], {"LOCKSS_CHROMIUM": find_chromium()})


def lint(arguments):
    install("dev")
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "lockss_portal.testing"}
    failed = []
    for words in LINT:
        print("lint:", " ".join(words), flush=True)
        if subprocess.call([str(PYTHON), *words], env=environment) != 0:
            failed.append(" ".join(words))
    print("lint: " + ("failed: " + "; ".join(failed) if failed else "clean"))
    return 1 if failed else 0


def bench(arguments):
    install("dev")
    become(["-m", "tests.bench", *arguments])


def clean(arguments):
    """What can be made again; never the content, keys or database of the node in var/."""
    for name in (".venv", "staticfiles", "var/demo", ".pytest_cache", ".mypy_cache", ".ruff_cache"):
        shutil.rmtree(str(ROOT / name), ignore_errors=True)
    for folder in [*ROOT.glob("apps/**/__pycache__"), *ROOT.glob("*/**/__pycache__")]:
        shutil.rmtree(str(folder), ignore_errors=True)
    if (ROOT / "var").exists():
        print("kept: var/ (the content, keys and database of this node)")
    return 0


def become(words, environment=None):
    """Go on as another program, so that Ctrl-C reaches it alone."""
    os.environ.update(environment or {})
    os.execv(str(PYTHON), [str(PYTHON), *words])


def use_fitting_python(argv):
    """Go on under a Python that fits, if this one does not."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which("python3.%d" % minor)
        # A version manager leaves programs on the PATH that only say that they are not there.
        if found and answers([found, "--version"]):
            os.execv(found, [found, str(Path(__file__).resolve()), *argv[1:]])
    stop("Python 3.11, 3.12 or 3.13 is needed; this is %d.%d and no other was found." % sys.version_info[:2])


def install(kind):
    """The wheels of ``kind`` in .venv; nothing to do when the mark says so."""
    wanted = digest(kind)
    marks = read_marks()
    if marks.get(kind) == wanted and PYTHON.exists():
        return
    VENV.parent.mkdir(parents=True, exist_ok=True)
    if marks.get("made") != made() or not PYTHON.exists():
        make_venv()
    print("installing the wheels of " + FILES[kind][-1], flush=True)
    pip(["install", "--quiet", "--only-binary", ":all:", "-r", FILES[kind][-1]])
    done = {name: digest(name) for name in FILES if set(FILES[name]) <= set(FILES[kind])}
    partial = MARK.with_suffix(".partial")
    partial.write_text(json.dumps({"made": made(), **done}))
    partial.replace(MARK)


def digest(kind):
    text = b"".join((ROOT / name).read_bytes() for name in FILES[kind])
    return hashlib.sha256(text).hexdigest()


def made():
    """A virtual environment holds absolute paths: it is made again when the folder or the Python changed."""
    return "%s %s" % (ROOT, sys.version.split()[0])


def read_marks():
    try:
        return json.loads(MARK.read_text())
    except (OSError, ValueError):
        return {}


def make_venv():
    print("making .venv with Python " + sys.version.split()[0], flush=True)
    shutil.rmtree(str(VENV), ignore_errors=True)
    if not has_ensurepip():
        apt("python3.%d-venv" % sys.version_info[1])
    if has_ensurepip():
        call([sys.executable, "-m", "venv", str(VENV)])
    else:
        call([sys.executable, "-m", "venv", "--without-pip", str(VENV)])
        from_wheel()


def has_ensurepip():
    """Asked in a new process: the package may have come since this one began."""
    return subprocess.call([sys.executable, "-c", "import ensurepip"], stderr=subprocess.DEVNULL) == 0


def from_wheel():
    """Pip out of a wheel: of the system's pip, or of the index that pip's settings name."""
    sys.path.insert(0, str(ROOT))
    from lockss_portal.pip_wheel import NoWheelError, fetch

    try:
        wheel = fetch(VENV)
    except NoWheelError as error:
        stop("%s Install python3-venv (Debian, Ubuntu), or name an index by PIP_INDEX_URL." % error)
    call([str(PYTHON), str(wheel / "pip"), "install", "--quiet", "--no-index", str(wheel)])


def pip(words):
    clean_environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONPATH")}
    clean_environment.update(PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1")
    if subprocess.call([str(PYTHON), "-m", "pip", *words], env=clean_environment) != 0:
        stop("pip could not install; see above. Its index and proxy are set by pip.conf or PIP_INDEX_URL.")


def find_chromium():
    """A Chromium for the browser tests: on the PATH, Debian's, Playwright's own, or "" (one test says so)."""
    found = on_path()
    if not found and apt("chromium"):
        found = on_path()
    if found:
        return found
    print("no Chromium on the PATH: asking Playwright for its own", flush=True)
    if subprocess.call([str(PYTHON), "-m", "playwright", "install", "chromium"]) == 0:
        return "playwright"
    return ""


def on_path():
    """The first that answers: Ubuntu's package is only a pointer to another package system."""
    for name in CHROMIUM_NAMES:
        found = shutil.which(name)
        if found and answers([found, "--version"]):
            return found
    return ""


def answers(words):
    return subprocess.call(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def apt(package):
    """Install Debian's package if we may; True if that worked."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install_it = ["apt-get", "install", "-y", "-q", "--no-install-recommends", package]
    if (
        subprocess.call(install_it, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        == 0
    ):
        return True
    subprocess.call(["apt-get", "update", "-q"], env=environment, stdout=subprocess.DEVNULL)
    return subprocess.call(install_it, env=environment, stdout=subprocess.DEVNULL) == 0


def call(words):
    if subprocess.call(words) != 0:
        stop("failed: " + " ".join(words))


def stop(text):
    print("bootstrap: " + text, file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
