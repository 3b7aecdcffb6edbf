"""The LCAP endpoint of a node: one listener, one dialler, every message a row before anything acts on it.

``receiver`` turns the bytes of one connection into stored messages, ``admission`` says who may speak,
``channel`` is one connection, ``service`` keeps them all. None of it knows what a poll is.
"""
