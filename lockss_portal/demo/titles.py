"""The sample publisher's title list as TDB text; its base URL carries the port of this run."""

from lockss_portal.demo.site import JOURNALS, VOLUMES

PLUGIN = "org.lockss.portal.sample.SamplePublisherPlugin"
NETWORK = "Harbour demonstration network"


def tdb(base_url: str) -> str:
    """A whole TDB file for ``base_url`` (absolute, ends with a slash)."""
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
        out += [f"    au < released ; {j.first_year + v - 1} ; {j.name} Volume {v} ; {v} >" for v in VOLUMES]
        out += ["", "  }", ""]
    out += ["}", ""]
    return "\n".join(out)
