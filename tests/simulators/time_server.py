"""A time server whose clock is off by what a test says (SNTP over UDP)."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

EPOCH = 2_208_988_800


@contextmanager
def time_server(ahead: float, *, forge: bool = False) -> Iterator[str]:
    """``host:port``; ``forge``: it answers, but not to what was asked."""
    channel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    channel.bind(("127.0.0.1", 0))
    done = threading.Event()

    def serve() -> None:
        while not done.is_set():
            asked, who = channel.recvfrom(256)
            if not asked:
                return
            moment = time.time() + ahead + EPOCH
            stamp = struct.pack(">II", int(moment), int(moment % 1 * 2**32))
            mark = bytes(8) if forge else asked[40:48]
            channel.sendto(b"\x24\x01" + bytes(22) + mark + stamp + stamp, who)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{channel.getsockname()[1]}"
    finally:
        done.set()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", channel.getsockname())
        thread.join()
        channel.close()
