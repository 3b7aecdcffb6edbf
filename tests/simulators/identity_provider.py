"""An OpenID Connect provider as a process of its own: discovery, authorize, token, userinfo, keys; RS256.

``python -m tests.simulators.identity_provider`` prints its issuer and serves until its standard input ends. Whoever comes
to ``/authorize`` is signed in at once, as the person of ``person`` (set by ``POST /rule``); PKCE and the client's secret
are checked. ``fault`` of the rule makes one thing wrong: ``signature``, ``nonce``, ``audience``, ``issuer``, ``expired``,
``algorithm``, ``userinfo``, ``discovery``, ``refuse``, ``key``.
"""

import base64
import hashlib
import json
import secrets
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "portal", "between the two of us"
ROOT = Path(__file__).resolve().parents[2]


class Provider(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.issuer = f"http://127.0.0.1:{self.server_port}/realm"
        self.key, self.other = (rsa.generate_private_key(65537, 2048) for _ in range(2))
        self.rule: dict = {"person": {"sub": "1"}, "fault": ""}
        self.codes: dict[str, dict] = {}
        self.tokens: dict[str, dict] = {}

    def id_token(self, asked: dict) -> str:
        fault, now = self.rule["fault"], int(time.time())
        claims = {
            "iss": "http://elsewhere.example" if fault == "issuer" else self.issuer,
            "aud": "another" if fault == "audience" else CLIENT,
            "iat": now - 7200 if fault == "expired" else now,
            "exp": now - 3600 if fault == "expired" else now + 300,
            "nonce": "stale" if fault == "nonce" else asked.get("nonce", ""),
            **asked["person"],
        }
        if fault == "algorithm":
            return jwt.encode(claims, "", algorithm="none", headers={"kid": "one"})
        key = self.other if fault == "signature" else self.key
        kid = "unknown" if fault == "key" else "one"
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid})


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        path, given = urlsplit(self.path).path, self._given(urlsplit(self.path).query)
        if path == "/realm/.well-known/openid-configuration":
            self._json(self._discovery())
        elif path == "/realm/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.server.key.public_key()))
            self._json({"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]})
        elif path == "/realm/authorize":
            self._authorize(given)
        elif path == "/realm/userinfo":
            person = self.server.tokens.get(self.headers.get("Authorization", "").removeprefix("Bearer "))
            other = {"sub": "somebody else"} if self.server.rule["fault"] == "userinfo" else {}
            self._json({**person, **other} if person else {"error": "invalid_token"}, 200 if person else 401)
        else:
            self._json({"error": "not_found"}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        if self.path == "/rule":
            self.server.rule = {"fault": "", **json.loads(body)}
            self._json({})
        elif self.path == "/realm/token":
            self._token(self._given(body))
        else:
            self._json({"error": "not_found"}, 404)

    def _discovery(self) -> dict:
        issuer = self.server.issuer
        return {
            "issuer": "http://elsewhere.example" if self.server.rule["fault"] == "discovery" else issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "userinfo_endpoint": f"{issuer}/userinfo",
            "jwks_uri": f"{issuer}/keys",
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            **self.server.rule.get("endpoints", {}),
        }

    def _authorize(self, given: dict) -> None:
        back = {"state": given.get("state", "")}
        if self.server.rule["fault"] == "refuse":
            back["error"] = "access_denied"
        elif given.get("client_id") != CLIENT or "openid" not in given.get("scope", "").split():
            back["error"] = "invalid_request"
        else:
            back["code"] = code = secrets.token_urlsafe(16)
            self.server.codes[code] = {**given, "person": self.server.rule["person"]}
        self.send_response(302)
        self.send_header("Location", f"{given['redirect_uri']}?{urlencode(back)}")
        self.end_headers()

    def _token(self, given: dict) -> None:
        asked = self.server.codes.pop(given.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(given.get("code_verifier", "").encode()).digest())
        fits = (
            asked is not None
            and self._secret(given) == (CLIENT, SECRET)
            and given.get("redirect_uri") == asked["redirect_uri"]
            and asked.get("code_challenge_method") == "S256"
            and challenge.rstrip(b"=").decode() == asked["code_challenge"]
        )
        if not fits:
            self._json({"error": "invalid_grant"}, 400)
            return
        token = secrets.token_urlsafe(16)
        self.server.tokens[token] = asked["person"]
        self._json({"access_token": token, "token_type": "Bearer", "id_token": self.server.id_token(asked)})

    def _secret(self, given: dict) -> tuple[str, str]:
        header = self.headers.get("Authorization", "")
        if header.startswith("Basic "):
            name, _, secret = base64.b64decode(header[6:]).decode().partition(":")
            return name, secret
        return given.get("client_id", ""), given.get("client_secret", "")

    @staticmethod
    def _given(query: str) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(query).items()}

    def _json(self, value: object, status: int = 200) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        pass


class Running:
    """A provider in its own process, told from here."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def rule(self, fault: str = "", endpoints: dict[str, str] | None = None, **person) -> None:
        """``endpoints``: what the discovery document says of some instead of the truth."""
        body = json.dumps({"person": person, "fault": fault, "endpoints": endpoints or {}}).encode()
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(self.issuer))
        urllib.request.urlopen(f"{origin}/rule", body, timeout=10).close()


@contextmanager
def running():
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.simulators.identity_provider"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Running(process.stdout.readline().strip())
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def main() -> None:
    provider = Provider()
    threading.Thread(target=provider.serve_forever, daemon=True).start()
    print(provider.issuer, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
