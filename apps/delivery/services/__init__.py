"""Who may have what: the verdict with its facts from the rows, and who holds a URL.

Every surface asks ``lookup``; ``readers`` says who asks, ``asked`` makes a question for the decision tables.
"""
