"""The sample publisher's title list as TDB text; its base URL carries the port of this run."""

from lockss_portal.demo.site import JOURNALS, VOLUMES

PLUGIN = "org.lockss.portal.sample.SamplePublisherPlugin"
NETWORK = "Harbour demonstration network"


# What a library system exports: columns of its own, a mark, semicolons.
HOLDINGS = """\ufeffSubscriptions of the reading room;;;
Title;Print ISSN;From;To
The Journal of tidal archives;29900018;2019;2019
"""
# Not in the first edition of the list: what appears with the second.
APPEARS_LATER = frozenset({("paper", 2), ("paper", 3)})


def tdb(base_url: str, *, first_edition: bool = False) -> str:
    """A whole TDB file for ``base_url`` (absolute, ends with a slash)."""
    later = APPEARS_LATER if first_edition else frozenset()
    out = ["{", "", "  publisher <", "    name = Harbour Press", "  >", ""]
    out += [
        f"  plugin = {PLUGIN}",
        f"  param[base_url] = {base_url}",
        "  implicit < status ; year ; name ; param[volume] >",
        "",
    ]
    for j in JOURNALS:
        out += [
            "  {",
            "",
            "    title <",
            f"      name = {j.name} ;",
            f"      issn = {j.issn} ;",
            f"      eissn = {j.eissn}",
            "    >",
            "",
        ]
        out += [f"    param[journal] = {j.path}", ""]
        out += [
            f"    au < released ; {j.first_year + v - 1} ; {j.name} Volume {v} ; {v} >"
            for v in VOLUMES
            if (j.path, v) not in later
        ]
        out += ["", "  }", ""]
    out += ["}", ""]
    return "\n".join(out)
