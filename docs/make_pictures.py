"""Makes the pictures of docs/roles from a demonstration that is running: ``make demo``, then this file.

Example: ``.venv/bin/python -m docs.make_pictures``, or with the demonstration's home as argument.
"""

import re
import sys
from pathlib import Path

from tests.chromium import opened

HERE = Path(__file__).parent
LOGIN = "librarian"
# Name of the picture → page of the first library's portal.
PAGES = {
    "home": "/",
    "titles": "/titles/",
    "holdings": "/holdings/",
    "permissions": "/permissions/",
    "network": "/network/",
    "kbart": "/reports/kbart/",
    "status": "/status/",
    "node": "/node/",
}
# A page may be long; its head says what it is.
SIZE = {"width": 1280, "height": 900}


def main(home: Path) -> None:
    port = re.search(r"web_port = (\d+)", (home / "node1" / "node.toml").read_text())[1]
    with opened() as browser:
        page = browser.new_context(base_url=f"http://127.0.0.1:{port}", viewport=SIZE).new_page()
        page.goto("/accounts/sign-in/")
        page.fill("[name=username]", LOGIN)
        page.fill("[name=password]", (home / "password").read_text())
        page.click("button.primary")
        page.wait_for_url(re.compile(r"^http://[^/?]+/$"))
        for name, path in PAGES.items():
            page.goto(path)
            page.screenshot(path=HERE / "pictures" / f"{name}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parent / "var" / "demo"))
