"""What the frontier has to be told about an AU's site, as functions: names, rules, login pages, hosts."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from apps.lockss.fetch import parse_target
from apps.lockss.urls import Normalizer, name_of


def _never(_url: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Site:
    """``resolve(base, link)`` gives the name a link is stored under (None: not a URL to collect), the definition's
    own normaliser included; ``resolve_plain`` leaves that normaliser out.

    ``included`` is the crawl rules' answer with start and permission URLs let in; ``login`` matches the
    definition's login pattern; ``excluded`` is the network's pattern for all AUs.
    """

    resolve: Callable[[str, str], str | None]
    resolve_plain: Callable[[str, str], str | None]
    included: Callable[[str], bool]
    login: Callable[[str], bool] = _never
    excluded: Callable[[str], bool] = _never

    @classmethod
    def of(
        cls,
        included: Callable[[str], bool],
        *,
        normalizer: Normalizer | None = None,
        login: Callable[[str], bool] = _never,
        excluded: Callable[[str], bool] = _never,
    ) -> "Site":
        """A site whose names follow collecting §1, with a definition's own normaliser if it has one."""
        return cls(partial(name_of, normalizer=normalizer), name_of, included, login, excluded)

    def collects(self, url: str) -> bool:
        return self.included(url) and not self.excluded(url)


def host_of(url: str) -> str | None:
    """The lower-case host of a name, without scheme and port: the key of permission records (permissions §5)."""
    scheme, colon, rest = url.partition("://")
    if not colon or scheme.lower() not in {"http", "https"}:
        return None
    authority = rest
    for end in "/?#":
        authority = authority.split(end, 1)[0]
    # The target's parser judges what can be asked; a name that holds more is still this host's.
    target = parse_target(f"{scheme}://{authority}/")
    if target is not None:
        return target.host
    host = authority.rpartition("@")[2].partition(":")[0].lower()
    return host or None
