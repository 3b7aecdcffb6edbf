"""The look-ups of the node itself."""

from apps.delivery.rooms import Host, InThread, Rooms


def node_rooms() -> Rooms:
    raise NotImplementedError


def node_host(in_thread: InThread) -> Host:
    return Host(node_rooms(), in_thread)
