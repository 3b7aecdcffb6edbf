"""Programs that no reader sits before, by what they call themselves.

The Code demands that robots be left out, and keeps a public list of them; this is a small one of our own, in the same
way: patterns that are looked for in the user agent, whatever its case.
"""

import re

_PATTERNS = (
    # Who says nothing, or one sign, is no browser.
    r"^.?$",
    # Called by their trade; "cubot" is a telephone.
    r"(?<!cu)bot(?![a-z])",
    r"spider",
    r"crawl",
    r"slurp",
    r"scrap(?:er|y|ing)",
    r"harvest",
    r"archive[rd]?(?![a-z])",
    r"index(?:er|ing)",
    r"monitor",
    r"uptime",
    r"pingdom",
    r"validator",
    r"link.?check",
    r"feed",
    r"\brss\b",
    r"preview",
    r"headless",
    r"phantomjs",
    r"selenium",
    r"webdriver",
    r"lighthouse",
    # Libraries and tools of programmers.
    r"^curl",
    r"\bwget\b",
    r"libwww",
    r"\blwp",
    r"^python",
    r"python-requests",
    r"aiohttp",
    r"httpx",
    r"^java/",
    r"httpclient",
    r"okhttp",
    r"^go-http",
    r"^ruby",
    r"^php",
    r"^perl",
    r"axios",
    r"node-fetch",
    r"postman",
    # Those of the field itself: nodes that collect, and web archives.
    r"lockss",
    r"heritrix",
    r"wayback",
    r"memento",
    r"pywb",
)
_ROBOT = re.compile("|".join(_PATTERNS), re.IGNORECASE | re.ASCII)


def is_robot(agent: str) -> bool:
    """Whether this user agent is no person's."""
    return _ROBOT.search(agent.strip()) is not None
