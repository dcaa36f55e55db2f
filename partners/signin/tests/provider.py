"""An agency's OpenID Connect provider, as small as it can be and on a port of its own: it signs what it says."""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa


class Local:
    """The provider. `people` are {subject: claims}; who is not `among` them any more has left; deaf, it fails."""

    client, secret = "throughcare", "a secret of the two"

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.people, self.codes, self.access, self.renewing = {}, {}, {}, {}
        self.deaf, self.asked, self.says = False, 0, {}
        self.key_id, self.keys_asked = "one", 0
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                provider.answer(self, {})

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                provider.answer(self, {name: values[0] for name, values in parse_qs(body).items()})

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request, sent):
        name = urlsplit(request.path).path.strip("/").rpartition("/")[2].replace("-", "_")
        status, answer = (503, {}) if self.deaf else getattr(self, f"at_{name}")(request, sent)
        body = json.dumps(answer).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def at_openid_configuration(self, request, sent):
        return 200, {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks", "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }  # fmt: skip

    def at_jwks(self, request, sent):
        self.keys_asked += 1
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return 200, {"keys": [key | {"kid": self.key_id, "alg": "RS256", "use": "sig"}]}

    def at_token(self, request, sent):
        if sent.get("client_secret") != self.secret:
            return 401, {"error": "invalid_client"}
        if sent["grant_type"] == "refresh_token":
            subject = self.renewing.pop(sent["refresh_token"], None)
        else:
            subject, challenge = self.codes.pop(sent["code"], (None, None))
            proof = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
            if base64.urlsafe_b64encode(proof).rstrip(b"=").decode() != challenge:
                return 400, {"error": "invalid_grant"}
        if subject not in self.people:
            return 400, {"error": "invalid_grant"}
        access, renews = secrets.token_urlsafe(), secrets.token_urlsafe()
        self.access[access] = self.renewing[renews] = subject
        said = {"iat": time.time(), "exp": time.time() + 300, "nonce": "x", **self.people[subject], **self.says}
        return 200, {"access_token": access, "refresh_token": renews, "token_type": "Bearer",
                     "id_token": self.sign(subject, **said)}  # fmt: skip

    def at_userinfo(self, request, sent):
        self.asked += 1
        subject = self.access.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if subject not in self.people:
            return 401, {"error": "invalid_token"}
        return 200, {"sub": subject, **self.people[subject]}

    def sign(self, subject, *, key=None, **claims):
        said = {"iss": self.issuer, "aud": self.client, "sub": subject, **claims}
        said = {name: value for name, value in said.items() if value is not None}
        said["iat"] = int(said["iat"])
        return jwt.encode(said, key or self.key, algorithm="RS256", headers={"kid": self.key_id})

    def authorize(self, address, subject):
        """What someone's browser brings back from the page that the address leads to, once they signed in there."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = secrets.token_urlsafe()
        self.codes[code] = subject, asked["code_challenge"]
        return {"code": code, "state": asked["state"]}
