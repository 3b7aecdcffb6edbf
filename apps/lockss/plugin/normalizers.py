"""URL normalisers of definitions that are known here (plugins §8): they run before the general rules."""

from collections.abc import Callable, Mapping

from apps.lockss.plugin.au_params import AuParams
from apps.lockss.urls import Normalizer, ParsedUrl, parse_url

NormalizerFactory = Callable[[AuParams], Normalizer]

_OTHER = {"http": "https", "https": "http"}


def base_scheme(params: AuParams) -> Normalizer:
    """URLs on the base URL's host take the base URL's scheme, so that a site's move to https renames nothing."""
    base = params.url("base_url")

    def normalize(url: str) -> str:
        if base is None or base.scheme not in _OTHER:
            return url
        other = _OTHER[base.scheme]
        if url[: len(other) + 1].lower() != f"{other}:":
            return url
        parsed = parse_url(url)
        same_host = isinstance(parsed, ParsedUrl) and parsed.host.lower() == base.host.lower()
        return base.scheme + url[len(other) :] if same_host else url

    return normalize


NORMALIZERS: Mapping[str, NormalizerFactory] = {
    "org.lockss.plugin.BaseUrlHttpHttpsUrlNormalizer": base_scheme,
}
"""Java class to its counterpart."""
