"""When Python looks for dead circles among objects: its own measure is for small programs, and costs a page of a list a
fifth of its time.
"""

import gc

# Objects made since the last look. A page of 50 rows makes some 40,000, nearly all of which die by their counts.
FIRST, SECOND, THIRD = 50_000, 20, 50


def settle() -> None:
    """What is there by now stays as long as the process: it is not looked at again (gc.freeze)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(FIRST, SECOND, THIRD)
