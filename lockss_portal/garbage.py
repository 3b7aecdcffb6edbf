"""When Python looks for dead circles among objects: its own measure is for small programs, and costs a page of a list a
fifth of its time.
"""

import gc

# Objects more than before since the last look. A page of 50 rows makes some 40,000, nearly all of which die by their
# counts.
PAGES = 50_000
# A circle of readers' work may hold a whole body.
BODIES = 5_000


def settle(first: int) -> None:
    """What is there by now stays as long as the process, and is not looked at again (gc.freeze)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(first, 20, 20)
