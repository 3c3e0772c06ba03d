"""Published vectors (primitives.json) against the primitives of reference.py."""

import json

import reference as ref


def check(path):
    """Raises AssertionError at the first vector that differs. Skips the slow ones."""
    with open(path, encoding="utf-8") as file:
        v = json.load(file)
    h = bytes.fromhex
    for c in v["hkdf_sha256"]:
        prk = ref.hkdf_extract(h(c["salt"]), h(c["ikm"]))
        assert prk.hex() == c["prk"], c["name"]
        assert ref.hkdf_expand(prk, h(c["info"]), c["length"]).hex() == c["okm"], c["name"]
    for c in v["scrypt"]:
        if not c.get("slow"):
            out = ref.scrypt(h(c["password"]), h(c["salt"]), c["N"], c["r"], c["p"], c["length"])
            assert out.hex() == c["derived"], c["name"]
    for c in v["chacha20"]:
        assert ref.chacha20(h(c["key"]), h(c["nonce"]), c["counter"], h(c["plaintext"])).hex() == c["ciphertext"], c[
            "name"
        ]
    for c in v["hchacha20"]:
        assert ref.hchacha20(h(c["key"]), h(c["nonce"])).hex() == c["subkey"], c["name"]
    for c in v["poly1305"]:
        assert ref.poly1305(h(c["key"]), h(c["message"])).hex() == c["tag"], c["name"]
    for kind in ("chacha20_poly1305", "xchacha20_poly1305"):
        for c in v[kind]:
            out = getattr(ref, kind + "_seal")(h(c["key"]), h(c["nonce"]), h(c["plaintext"]), h(c["associatedData"]))
            assert out.hex() == c["ciphertext"] + c["tag"], c["name"]
    for c in v["xchacha20_poly1305"]:
        sealed = h(c["ciphertext"] + c["tag"])
        assert (
            ref.xchacha20_poly1305_open(h(c["key"]), h(c["nonce"]), sealed, h(c["associatedData"])).hex()
            == c["plaintext"]
        )
    for c in v["base64url"]:
        assert ref.base64url_encode(h(c["bytes"])) == c["text"] and ref.base64url_decode(c["text"]) == h(c["bytes"]), c[
            "name"
        ]
    for c in v["base64url_refused"]:
        assert ref.base64url_decode(c["text"]) is None, c["name"]
    for c in v["base58"]:
        assert ref.base58_encode(h(c["bytes"])) == c["text"] and ref.base58_decode(c["text"]) == h(c["bytes"]), c[
            "name"
        ]
