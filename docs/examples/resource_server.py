"""A resource server that takes Tutela's access tokens, by the rules of docs/resource-servers.md.

`pip install authlib requests`, then `python resource_server.py ISSUER AUDIENCE ORGANIZATION` serves
`GET /Patient/{id}` on 127.0.0.1:7004.
"""

import json
import re
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from authlib.jose import JsonWebKey, JsonWebToken
from authlib.jose.errors import JoseError

ALGORITHMS = ["ES256", "RS256", "PS256", "EdDSA"]
SKEW = 60  # tolerated difference of clocks, in seconds
PATIENCE = 60  # unknown keys make the key set be fetched again, at most once in so many seconds


class Refused(Exception):
    def __init__(self, status, error):
        super().__init__(error)
        self.status, self.error = status, error


INVALID = (401, "invalid_token")
INSUFFICIENT = (403, "insufficient_scope")


class Guard:
    def __init__(self, issuer, audience, organization, now=time.time):
        self.issuer, self.audience, self.organization = issuer, audience, organization
        self.now = now
        self.keys, self.fetched_at = {}, float("-inf")
        self.jwt = JsonWebToken(ALGORITHMS)

    def key(self, kid):
        """The key of that name. Keys change: an unknown one is looked for anew, now and then."""
        if kid not in self.keys and self.fetched_at + PATIENCE <= self.now():
            found = requests.get(f"{self.issuer}/.well-known/openid-configuration", timeout=5).json()
            fetched = requests.get(found["jwks_uri"], timeout=5).json()["keys"]
            self.keys = {jwk["kid"]: JsonWebKey.import_key(jwk) for jwk in fetched}
            self.fetched_at = self.now()
        if kid not in self.keys:
            raise Refused(*INVALID)
        return self.keys[kid]

    def check(self, authorization):
        """Rule 1: a live access token of this issuer to this audience."""
        if not authorization or not authorization.startswith("Bearer "):
            raise Refused(*INVALID)

        def key_of(header, _payload):
            # An ID token is for the application and opens nothing here.
            if str(header.get("typ")).lower() not in ("at+jwt", "application/at+jwt"):
                raise Refused(*INVALID)
            return self.key(header.get("kid"))

        try:
            claims = self.jwt.decode(authorization.removeprefix("Bearer "), key_of)
        except (JoseError, ValueError):
            raise Refused(*INVALID) from None
        is_ours = claims.get("iss") == self.issuer and claims.get("aud") == self.audience
        if not is_ours or self.now() >= claims.get("exp", 0) + SKEW:
            raise Refused(*INVALID)
        return claims

    def may_read(self, claims, patient):
        """Rules 2 and 3: whether the token reads this patient's record."""
        scopes = claims.get("scope", "").split()

        def reads(context):
            return any(re.fullmatch(rf"{context}/(\*|Patient)\.c?ru?d?s?", scope) for scope in scopes)

        in_compartment = reads("patient") and claims.get("patient") == patient
        kind = claims.get("principal_type")
        if kind == "consumer":
            may = in_compartment
        elif kind in ("provider", "hcp"):
            is_here = claims.get("organization_id") == self.organization
            may = is_here and (reads("user") or in_compartment)
        else:
            may = False
        if not may:
            raise Refused(*INSUFFICIENT)

    def read_patient(self, authorization, patient):
        claims = self.check(authorization)
        self.may_read(claims, patient)
        # Rule 4: with `act`, both parties are written down.
        actor = claims.get("act", {}).get("sub", claims["sub"])
        print(f"{actor} read {patient} for {claims['sub']}", file=sys.stderr)
        return {"resourceType": "Patient", "id": patient}


def serve(guard):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            try:
                found = re.fullmatch(r"/Patient/([^/]+)", self.path)
                if not found:
                    raise Refused(404, "not_found")
                answer = guard.read_patient(self.headers.get("Authorization"), found[1])
                status = 200
            except Refused as refused:
                status, answer = refused.status, {"error": refused.error}
            self.send_response(status)
            if status in (401, 403):
                self.send_header("WWW-Authenticate", f'Bearer error="{answer["error"]}"')
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

    ThreadingHTTPServer(("127.0.0.1", 7004), Handler).serve_forever()


if __name__ == "__main__":
    serve(Guard(*sys.argv[1:4]))
