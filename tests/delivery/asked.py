"""An article that the one AU holds, and a publisher that is asked for it."""

from tests.simulators.asked_publisher import ScriptedPublisher

SITE = "http://pub.example"
OWN = "192.0.2.1"
ARTICLE = f"{SITE}/v1/article.html"
STORED = (
    b'<html><head><title>Estuaries</title><link rel="stylesheet" href="/look/site.css"></head>'
    b'<body><img src="fig1.png"><a href="http://pub.example/v1/next.html">next</a>'
    b'<a href="http://else.example/">else</a></body></html>'
)
LIVE = (
    b'<html><head><title>Estuaries, live</title></head><body><a href="/v1/next.html">next</a></body></html>'
)
LOGIN = b"<html><title>Sign in</title><form><input type=password></form></html>"


class Recorded(ScriptedPublisher):
    """Remembers what it was asked."""

    def __init__(self, script, failing=None):
        super().__init__(script, failing)
        self.asked = []

    async def ask(self, url, ask, *, method="GET", fields=(), body=None):
        self.asked.append((method, url, ask, list(fields)))
        return await super().ask(url, ask, method=method, fields=fields, body=body)
