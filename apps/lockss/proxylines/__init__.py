"""Configuration of browsers and proxies that are to use the node's content proxy (delivery §8). Pure generators."""

from apps.lockss.proxylines.others import as_csv, as_json, ezproxy, squid_config, squid_file
from apps.lockss.proxylines.pac import MEDIA_TYPE, PacCode, PacFault, combined_pac, pac
from apps.lockss.proxylines.stems import BadStem, Proxy, Stem, StemCode, harmless, stem

__all__ = [
    "MEDIA_TYPE",
    "BadStem",
    "PacCode",
    "PacFault",
    "Proxy",
    "Stem",
    "StemCode",
    "as_csv",
    "as_json",
    "combined_pac",
    "ezproxy",
    "harmless",
    "pac",
    "squid_config",
    "squid_file",
    "stem",
]
