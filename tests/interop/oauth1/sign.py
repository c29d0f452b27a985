"""Signs requests as oauthlib does.

Prints a fresh RSA key as a JSON text first; then one JSON object a line in, one signature a line out.
"""

import json
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from oauthlib.common import Request
from oauthlib.oauth1 import Client

key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
print(json.dumps(pem), flush=True)

for line in sys.stdin:
    case = json.loads(line)
    client = Client(
        case["consumer_key"],
        client_secret=case["consumer_secret"],
        resource_owner_key=case["token"],
        resource_owner_secret=case["token_secret"],
        signature_method=case["signature_method"],
        rsa_key=pem,
        timestamp=case["timestamp"],
        nonce=case["nonce"],
    )
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if case["form"] else {}
    request = Request(case["url"], case["http_method"], case["form"] or None, headers)
    request.oauth_params = client.get_oauth_params(request)
    print(client.get_oauth_signature(request), flush=True)
