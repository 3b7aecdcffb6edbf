"""From a reader's request to an answer, step by step and without input or output: ``begin``, then ``after`` for each
answer of the publisher until a step is no ``Ask`` (delivery §2.2, §4.3; rulings §1).

Whatever the tables say, three laws hold: what is hidden yields nothing, what is open or asked of the audit proxy
never leads to the publisher, and bytes of two versions are never put together.
"""

from apps.lockss.delivery import content_table, proxy_table
from apps.lockss.delivery.asking import Answer, Ask, Asked, Cut, Refuse, Row, Step
from apps.lockss.delivery.readers import Surface


def begin(asked: Asked) -> Step:
    """The first step. Raises ValueError for an export, which no table decides."""
    if asked.surface is Surface.EXPORT:
        raise ValueError("an export asks for the verdict alone")
    if asked.loop:
        return Refuse(Row.LOOP, 508)
    if not asked.ready:
        return Refuse(Row.STARTING, 503, retry_after=asked.settings.retry_after)
    if asked.surface is Surface.CONTENT:
        return content_table.begin(asked)
    return proxy_table.begin(asked)


def after(asked: Asked, answer: Answer) -> Step:
    """The next step. Raises ValueError where the first one was not to ask the publisher."""
    first = begin(asked)
    if not isinstance(first, Ask):
        raise ValueError(f"nobody was to ask the publisher: {first.row}")  # noqa: TRY004
    if answer.begun:
        return Cut(Row.CUT)
    if asked.surface is Surface.CONTENT:
        return content_table.after(asked, answer)
    return proxy_table.after(asked, answer)
