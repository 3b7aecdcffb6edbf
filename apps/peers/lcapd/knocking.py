"""Whether whoever connected says anything: a probe that only looks if the port answers closes without a byte."""

import asyncio
import socket


async def says_anything(writer: asyncio.StreamWriter, timeout_s: float) -> bool:
    """False: closed, or broken off, before its first byte, which is only looked at and stays to be read. TimeoutError
    when it does neither. To be called before anything was read.
    """
    transport = writer.transport
    transport.pause_reading()
    # The transport's own socket may not be watched twice.
    with writer.get_extra_info("socket").dup() as own:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(own, ready.set)
        try:
            async with asyncio.timeout(timeout_s):
                await ready.wait()
        finally:
            loop.remove_reader(own)
        try:
            heard = bool(own.recv(1, socket.MSG_PEEK))
        except ConnectionError:
            heard = False
    if heard:
        transport.resume_reading()
    return heard
