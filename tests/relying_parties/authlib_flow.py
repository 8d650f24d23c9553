"""A relying party built on Authlib: discovery, PKCE, verification of the ID token, refresh."""
import html
import re
import secrets
import sys
from urllib.parse import urljoin, urlparse

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt
from authlib.oidc.core import CodeIDToken

issuer, subject = sys.argv[1:]
found = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=10).json()
assert found["issuer"] == issuer
verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
app = OAuth2Session(
    "family-app",
    redirect_uri="http://127.0.0.1:7001/callback",
    scope="openid profile offline_access",
    code_challenge_method="S256",
    token_endpoint_auth_method="none",
)
address, state = app.create_authorization_url(
    found["authorization_endpoint"], code_verifier=verifier, nonce=nonce
)

# The person and his browser.
browser = requests.Session()
for _ in range(12):
    page = browser.get(address, allow_redirects=False, timeout=10)
    if "location" not in page.headers:
        field = lambda name: re.search(rf'name="{name}" value="([^"]*)"', page.text).group(1)
        form = {"csrf": field("csrf")}
        target = address
        if 'id="login-form"' in page.text:
            form |= {"username": "john@example.test", "password": "correct horse battery staple"}
            target = re.search(r'id="login-form"[^>]*action="([^"]*)"', page.text).group(1)
        elif 'id="chooser-form"' in page.text:
            form |= {"option": re.search(rf'value="([^"]*)" data-subject="{subject}"', page.text).group(1)}
        else:
            form |= {"decision": "allow"}
        target = urljoin(address, html.unescape(target))
        page = browser.post(target, data=form, allow_redirects=False, timeout=10)
    address = urljoin(address, page.headers["location"])
    if urlparse(address).port == 7001:
        break

token = app.fetch_token(
    found["token_endpoint"], authorization_response=address, state=state, code_verifier=verifier
)
keys = JsonWebKey.import_key_set(requests.get(found["jwks_uri"], timeout=10).json())
claims = jwt.decode(
    token["id_token"],
    keys,
    claims_cls=CodeIDToken,
    claims_options={"iss": {"value": issuer}, "aud": {"value": "family-app"}},
    claims_params={"nonce": nonce, "client_id": "family-app", "access_token": token["access_token"]},
)
claims.validate(now=claims["iat"], leeway=5)
assert claims["sub"] == subject and claims["act"]["sub"] != subject
again = app.refresh_token(found["token_endpoint"], refresh_token=token["refresh_token"])
assert again["refresh_token"] != token["refresh_token"]
about = requests.get(
    found["userinfo_endpoint"], headers={"Authorization": f"Bearer {again['access_token']}"}, timeout=10
).json()
assert about["sub"] == subject and about["given_name"] == "Emily"
print("verified", claims["sub"])
