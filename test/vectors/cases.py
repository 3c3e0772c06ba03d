"""The cases of envelope.json, made with reference.py. README.md describes the structure.

Nothing here is random: link keys, nonces and identifiers are SHA-256 of a label, compressed bodies are built by hand.
"""

import hashlib
import json
import os
import sys

import reference as ref
from reference import GATED, KEY_ONLY, PASSPHRASE

HERE = os.path.dirname(os.path.abspath(__file__))
FAST = {"N": 1024, "r": 8, "p": 1}
REAL = ref.KDF
HOST = "https://ots.example"
SUITE_NAMES = {KEY_ONLY: "key only", GATED: "gated", PASSPHRASE: "passphrase"}


def derived(label, length):
    """Fixed bytes for a label."""
    out, i = b"", 0
    while len(out) < length:
        out, i = out + hashlib.sha256(f"ots vectors: {label}: {i}".encode()).digest(), i + 1
    return out[:length]


def identifier_of(label, length=62, alphabet="0123456789abcdefghijklmnopqrstuvwxyz"):
    return "".join(alphabet[b % len(alphabet)] for b in derived("identifier: " + label, length))


def flipped(data, i, bit=0):
    out = bytearray(data)
    out[i] ^= 1 << bit
    return bytes(out)


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def link_of(identifier, fragment):
    return f"{HOST}/secret/{identifier}#{fragment}"


class Sealed:
    """One envelope with everything that went into it; `case` is its complete description."""

    def __init__(
        self,
        name,
        suite,
        metadata=b"",
        body=b"",
        typed=None,
        kdf=FAST,
        identifier=None,
        padded=None,
        frame=None,
        label=None,
    ):
        label = label or name
        self.suite, self.typed, self.kdf = suite, typed, kdf
        self.link_key, self.nonce = derived("link key: " + label, 32), derived("nonce: " + label, 24)
        self.identifier = identifier_of(label) if identifier is None else identifier
        prepared = ref.prepare_passphrase(typed) if suite == PASSPHRASE else None
        self.keys = ref.derive_keys(suite, self.link_key, prepared, kdf)
        self.frame = ref.encode_frame(metadata, body, padded) if frame is None else frame
        self.envelope = ref.seal(suite, self.keys, self.nonce, self.frame)
        self.text = ref.encode_text_form(self.envelope)
        self.fragment = ref.encode_fragment(suite, self.link_key, self.identifier)
        self.link = link_of(self.identifier, self.fragment) if self.identifier else None
        case = {
            "name": name,
            "suite": suite,
            "linkKey": self.link_key.hex(),
            "nonce": self.nonce.hex(),
            "identifier": self.identifier,
        }
        if suite == PASSPHRASE:
            case |= {"passphrase": typed, "passphrasePrepared": prepared.hex(), "kdf": kdf}
        case |= {"metadata": metadata.hex(), "body": body.hex()}
        if suite == PASSPHRASE:
            case |= {k: self.keys[k].hex() for k in ("scryptSalt", "stretched")}
        case |= {k: self.keys[k].hex() for k in ("prk", "payloadKey", "commitment", "gate")}
        case |= {
            "gateToken": self.keys["gateToken"],
            "frame": self.frame.hex(),
            "envelope": self.envelope.hex(),
            "textForm": self.text,
            "fragment": self.fragment,
            "link": self.link,
        }
        self.case = case

    def opening(self, name, text=None, **extra):
        """The inputs of an open_* case. The text form is the sealed one unless `text` is given."""
        case = {
            "name": name,
            "suite": self.suite,
            "linkKey": self.link_key.hex(),
            "identifier": self.identifier,
            "link": self.link,
        }
        if self.suite == PASSPHRASE:
            case |= {"passphrase": self.typed, "kdf": self.kdf}
        return case | {"gateAccepted": False, "text": self.text if text is None else text} | extra


def attempt(case):
    """Opens a case as a reader would, from its inputs alone."""
    return ref.open_text(
        case["text"],
        case["suite"],
        bytes.fromhex(case["linkKey"]),
        case.get("passphrase"),
        case.get("kdf", REAL),
        case["gateAccepted"],
    )


def refused(case, expect):
    """Completes a refusal after making sure that the reference refuses it so."""
    try:
        attempt(case)
    except ref.Refused as why:
        assert why.kind == expect, (case["name"], why, expect)
        return case | {"expect": expect}
    raise AssertionError(case["name"])


def opened(case):
    result = attempt(case)
    expect = {"body": result["body"].hex(), "bodySha256": hashlib.sha256(result["body"]).hexdigest()}
    expect |= {key: result.get(key) for key in ("filename", "mediaType")} | {"warnings": result["warnings"]}
    return case | {"expect": expect}


# --- seal -----------------------------------------------------------------------------------------------------------


def seal_cases():
    short = b"correct horse battery staple"
    named = compact({"filename": "prod.env", "mediaType": "text/plain"})
    unicode_named = compact({"filename": "Schl\u00fcssel \u9375 \U0001f511.txt"})
    binary = bytes(range(256))
    mixed = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

    def filled(length, metadata=b""):  # a body that makes the unpadded frame this long
        return b"a" * (length - 6 - len(metadata))

    out = []
    for suite in (KEY_ONLY, GATED, PASSPHRASE):
        kind = SUITE_NAMES[suite]
        typed = "six random words are quite enough" if suite == PASSPHRASE else None
        out += [
            Sealed(f"{kind}: short text, no metadata", suite, body=short, typed=typed),
            Sealed(f"{kind}: file name and media type", suite, named, b"TOKEN=1\nURL=x\n", typed=typed),
            Sealed(f"{kind}: every byte value", suite, body=binary, typed=typed),
        ]
    k = KEY_ONLY
    out += [
        Sealed("key only: empty identifier, no server involved", k, body=short, identifier=""),
        Sealed("key only: shortest identifier", k, body=short, identifier=identifier_of("shortest", 20, mixed)),
        Sealed("key only: longest identifier", k, body=short, identifier=identifier_of("longest", 128, mixed)),
        Sealed("key only: file name beyond ASCII and beyond the BMP", k, unicode_named, short),
        Sealed("key only: body ends in line ends, begins with a BOM", k, body=b"\xef\xbb\xbf text \r\n\r\n"),
        Sealed("key only: one byte", k, body=b"\0"),
        Sealed("key only: unpadded length 1023", k, body=filled(1023)),
        Sealed("key only: unpadded length 1024", k, body=filled(1024)),
        Sealed("key only: unpadded length 1025", k, body=filled(1025)),
        Sealed("key only: unpadded length 1088", k, named, filled(1088, named)),
        Sealed("key only: unpadded length 1089", k, named, filled(1089, named)),
        Sealed("gated: unpadded length 2049", GATED, body=filled(2049)),
    ]
    for name, typed in (
        ("composed (NFC)", "Z\u00fcrich p\u00e2t\u00e9 \u1e69"),
        ("decomposed (NFD)", "Zu\u0308rich pa\u0302te\u0301 s\u0323\u0307"),
        ("decomposed, marks in another order", "Zu\u0308rich pa\u0302te\u0301 s\u0307\u0323"),
        ("with U+3000, U+00A0 and outer spaces", "\u3000 Z\u00fcrich\u00a0p\u00e2t\u00e9\u2003\u1e69 \u3000"),
    ):  # one label: the four give the same envelope
        out.append(
            Sealed("passphrase: " + name, PASSPHRASE, body=short, typed=typed, label="one passphrase, four ways")
        )
    out += [
        Sealed(
            "passphrase: emoji and right to left",
            PASSPHRASE,
            body=short,
            typed="\U0001f511\ufe0f \u05e1\u05d5\u05d3 42",
        ),
        Sealed("passphrase: with the real cost", PASSPHRASE, named, short, "plum anvil ticket forest canoe ledger", REAL),
        Sealed(
            "passphrase: with the real cost, every byte value",
            PASSPHRASE,
            body=binary,
            typed="\u3000Stra\u00dfe 7 ",
            kdf=REAL,
        ),
    ]
    assert (
        len(
            {
                s.text
                for s in out
                if "one passphrase" in s.case["name"] or "NFC" in s.case["name"] or "NFD" in s.case["name"]
            }
        )
        == 1
    )
    for case in (s.case for s in out):
        metadata = bytes.fromhex(case["metadata"])
        case["metadataJson"] = json.loads(metadata) if metadata else None
    return [s.case for s in out]


def padding_cases():
    lengths = "6 7 1000 1023 1024 1025 1087 1088 1089 1151 1152 1153 2047 2048 2049 2176 2177 4095 4096 4097 7168 7169 10000"
    lengths = [int(n) for n in lengths.split()] + [65535, 65536, 65537, 67584, 67585]
    for e in (20, 26, 31, 32, 33):
        lengths += [(1 << e) - 1, 1 << e, (1 << e) + 1, (1 << e) + 12345]
    return [{"length": n, "padded": ref.padded_length(n)} for n in lengths]


# --- Everything -----------------------------------------------------------------------------------------------------


def main(golden):
    import cases_golden
    import cases_link
    import cases_open
    import cases_text
    import primitives

    primitives.check(os.path.join(HERE, "primitives.json"))
    data = {
        "description": "Test vectors of the ots envelope, version 1. Structure: README.md beside this file.",
        "version": 1,
        "seal": seal_cases(),
        "padding": padding_cases(),
    }
    data |= cases_open.arrays() | cases_text.arrays() | cases_link.arrays()
    lines = []
    for key, value in data.items():  # one case a line: small diffs, and still a size one can look at
        if isinstance(value, list):
            names = [case["name"] for case in value if "name" in case]
            assert len(set(names)) == len(names), (key, [n for n in names if names.count(n) > 1])
            rows = ",\n  ".join(json.dumps(case) for case in value)
            lines.append(f" {json.dumps(key)}: [\n  {rows}\n ]")
        else:
            lines.append(f" {json.dumps(key)}: {json.dumps(value)}")
    path = os.path.join(HERE, "envelope.json")
    with open(path, "w", encoding="ascii", newline="\n") as file:
        file.write("{\n" + ",\n".join(lines) + "\n}\n")
    counts = ", ".join(f"{len(v)} {k}" for k, v in data.items() if isinstance(v, list))
    print(f"{counts}; {os.path.getsize(path):,} bytes", file=sys.stderr)
    cases_golden.run(write=golden)
