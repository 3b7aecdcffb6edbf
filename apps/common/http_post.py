"""One POST to an address that a person entered, through the same guard as every fetch: no redirect, small answer."""

import asyncio

import aiohttp
from yarl import URL

from apps.common.failures import exchange_said
from apps.common.http_guard import Guard, GuardedConnector, GuardRefusedError
from apps.lockss.fetch import parse_target

LONGEST_ANSWER = 4096


class PostFailed(Exception):  # noqa: N818 - an answer that was not given
    """The text says what was wrong with it."""


def post(url: str, body: bytes, headers: dict[str, str], *, guard: Guard, seconds: float = 15.0) -> int:
    """The status of the answer, 200 to 299; PostFailed for everything else."""
    target = parse_target(url)
    if target is None or target.scheme not in ("http", "https"):
        raise PostFailed("not an address that can be posted to")
    refused = guard.refuses_target(target)
    if refused is not None:
        raise PostFailed(refused)
    try:
        return asyncio.run(_post(url, body, headers, guard, seconds))
    except (aiohttp.ClientError, OSError, ValueError, TimeoutError) as error:
        # The connector wraps what the guard said.
        cause = getattr(error, "os_error", None) or error
        raise PostFailed(
            str(cause) if isinstance(cause, GuardRefusedError) else exchange_said(error)
        ) from error


async def _post(url: str, body: bytes, headers: dict[str, str], guard: Guard, seconds: float) -> int:
    async with (
        asyncio.timeout(seconds),
        aiohttp.ClientSession(
            connector=GuardedConnector(guard), cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
        ) as session,
        session.post(URL(url), data=body, headers=headers, allow_redirects=False) as answer,
    ):
        await answer.content.read(LONGEST_ANSWER)
        if not 200 <= answer.status < 300:
            raise PostFailed(f"it answered {answer.status}")
        return answer.status
