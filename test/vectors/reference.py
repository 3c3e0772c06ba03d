#!/usr/bin/env python3
"""A second, independent implementation of the ots envelope, version 1. Python standard library only.

It is written to be read beside docs/FORMAT.md: each section below has the name of a section there. It is neither fast
nor constant-time; use it to check an implementation, never to protect a secret.

    python3 test/vectors/reference.py            check primitives and golden files, rewrite envelope.json (same bytes)
    python3 test/vectors/reference.py --golden   also add the files of test/golden that do not exist yet

The cases themselves are in cases*.py.
"""

import base64
import hashlib
import hmac
import json
import re
import struct
import sys
import unicodedata
import zlib
from urllib.parse import unquote_to_bytes


class Refused(Exception):
    """A refusal. `kind` is one of the classes listed in README.md."""

    def __init__(self, kind, why=""):
        super().__init__(f"{kind}: {why}")
        self.kind = kind


# --- Primitives -----------------------------------------------------------------------------------------------------

def rotl(v, n):
    return ((v << n) | (v >> (32 - n))) & 0xFFFFFFFF


def quarter_round(s, a, b, c, d):
    """RFC 8439, 2.1."""
    s[a] = (s[a] + s[b]) & 0xFFFFFFFF; s[d] = rotl(s[d] ^ s[a], 16)
    s[c] = (s[c] + s[d]) & 0xFFFFFFFF; s[b] = rotl(s[b] ^ s[c], 12)
    s[a] = (s[a] + s[b]) & 0xFFFFFFFF; s[d] = rotl(s[d] ^ s[a], 8)
    s[c] = (s[c] + s[d]) & 0xFFFFFFFF; s[b] = rotl(s[b] ^ s[c], 7)


def chacha_rounds(key, last16):
    """20 rounds over constants || key || last16; returns the state before and after."""
    before = list(struct.unpack("<16I", b"expand 32-byte k" + key + last16))
    s = before[:]
    for _ in range(10):
        quarter_round(s, 0, 4, 8, 12); quarter_round(s, 1, 5, 9, 13)
        quarter_round(s, 2, 6, 10, 14); quarter_round(s, 3, 7, 11, 15)
        quarter_round(s, 0, 5, 10, 15); quarter_round(s, 1, 6, 11, 12)
        quarter_round(s, 2, 7, 8, 13); quarter_round(s, 3, 4, 9, 14)
    return before, s


def chacha20(key, nonce, counter, data):
    """RFC 8439, 2.4: 32-byte key, 12-byte nonce."""
    out = bytearray()
    for i in range(0, len(data), 64):
        before, after = chacha_rounds(key, struct.pack("<I", counter + i // 64) + nonce)
        stream = struct.pack("<16I", *((x + y) & 0xFFFFFFFF for x, y in zip(before, after)))
        out += bytes(x ^ y for x, y in zip(data[i:i + 64], stream))
    return bytes(out)


def hchacha20(key, nonce16):
    """draft-irtf-cfrg-xchacha-03, 2.2: words 0-3 and 12-15, no final addition."""
    _, s = chacha_rounds(key, nonce16)
    return struct.pack("<8I", *s[0:4], *s[12:16])


def poly1305(key, message):
    """RFC 8439, 2.5."""
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    acc = 0
    for i in range(0, len(message), 16):
        acc = (acc + int.from_bytes(message[i:i + 16] + b"\x01", "little")) * r % ((1 << 130) - 5)
    return ((acc + int.from_bytes(key[16:], "little")) & ((1 << 128) - 1)).to_bytes(16, "little")


def aead_tag(key, nonce, ciphertext, ad):
    """RFC 8439, 2.8: the tag over associated data and ciphertext."""
    def pad(x):
        return bytes(-len(x) % 16)
    mac_key = chacha20(key, nonce, 0, bytes(32))
    return poly1305(mac_key, ad + pad(ad) + ciphertext + pad(ciphertext) + struct.pack("<QQ", len(ad), len(ciphertext)))


def chacha20_poly1305_seal(key, nonce, plaintext, ad):
    ciphertext = chacha20(key, nonce, 1, plaintext)
    return ciphertext + aead_tag(key, nonce, ciphertext, ad)


def xchacha_subkey(key, nonce24):
    """draft-irtf-cfrg-xchacha-03, 2.3."""
    return hchacha20(key, nonce24[:16]), bytes(4) + nonce24[16:]


def xchacha20_poly1305_seal(key, nonce24, plaintext, ad):
    """Returns ciphertext || tag."""
    return chacha20_poly1305_seal(*xchacha_subkey(key, nonce24), plaintext, ad)


def xchacha20_poly1305_open(key, nonce24, sealed, ad):
    subkey, nonce = xchacha_subkey(key, nonce24)
    ciphertext, tag = sealed[:-16], sealed[-16:]
    if not hmac.compare_digest(tag, aead_tag(subkey, nonce, ciphertext, ad)):
        raise Refused("damaged", "tag")
    return chacha20(subkey, nonce, 1, ciphertext)


def hkdf_extract(salt, ikm):
    """RFC 5869, 2.2, with SHA-256."""
    return hmac.new(salt or bytes(32), ikm, hashlib.sha256).digest()


def hkdf_expand(prk, info, length):
    """RFC 5869, 2.3, with SHA-256."""
    out, block, i = b"", b"", 1
    while len(out) < length:
        block = hmac.new(prk, block + info + bytes([i]), hashlib.sha256).digest()
        out, i = out + block, i + 1
    return out[:length]


def scrypt(password, salt, n, r, p, length):
    """RFC 7914. The memory limit is what the function needs, and some."""
    return hashlib.scrypt(password, salt=salt, n=n, r=r, p=p, maxmem=128 * r * (n + p + 2) + (1 << 20), dklen=length)


BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def base58_encode(data):
    n, out = int.from_bytes(data, "big"), ""
    while n:
        n, digit = divmod(n, 58)
        out = BASE58[digit] + out
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + out


def base58_decode(text):
    n = 0
    for c in text:
        if c not in BASE58:
            raise ValueError("not base58")
        n = n * 58 + BASE58.index(c)
    return bytes(len(text) - len(text.lstrip("1"))) + n.to_bytes((n.bit_length() + 7) // 8, "big")


def base64url_encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def base64url_decode(text):
    """Canonical only: the alphabet, no padding, no length of 4k + 1, unused bits zero. Else None."""
    if re.search(r"[^A-Za-z0-9_-]", text) or len(text) % 4 == 1:
        return None
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return data if base64url_encode(data) == text else None


# --- Suite byte -----------------------------------------------------------------------------------------------------

KEY_ONLY, GATED, PASSPHRASE = 0x10, 0x12, 0x13
SUITES = (KEY_ONLY, GATED, PASSPHRASE)
KDF = {"N": 1 << 17, "r": 8, "p": 1}


# --- Passphrase -----------------------------------------------------------------------------------------------------

def prepare_passphrase(typed):
    """The bytes that enter the key schedule. `typed` may hold unpaired surrogates; they are refused."""
    if any(0xD800 <= ord(c) <= 0xDFFF for c in typed):
        raise Refused("bad_passphrase", "unpaired surrogate")
    if any(unicodedata.category(c) == "Cc" for c in typed):
        raise Refused("bad_passphrase", "control character")
    spaced = "".join(" " if unicodedata.category(c) == "Zs" else c for c in typed)
    prepared = unicodedata.normalize("NFC", spaced.strip(" ")).encode()
    if not 1 <= len(prepared) <= 1024:
        raise Refused("bad_passphrase", "length")
    return prepared


def passphrase_from_file(data):
    """The text of a passphrase file: strict UTF-8 without one leading BOM and one trailing line end."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("bad_passphrase", "not UTF-8") from None
    return re.sub(r"\r?\n\Z", "", text.removeprefix("\ufeff"))


# --- Key schedule ---------------------------------------------------------------------------------------------------

def derive_keys(suite, link_key, passphrase=None, kdf=KDF):
    """Every value of the key schedule, by name. `passphrase` is prepared bytes, for suite 0x13 only."""
    label = b"ots/1" + bytes([suite])
    keys = {}
    ikm = link_key
    if suite == PASSPHRASE:
        keys["scryptSalt"] = hkdf_expand(hkdf_extract(label, link_key), b"scrypt salt", 32)
        keys["stretched"] = scrypt(passphrase, keys["scryptSalt"], kdf["N"], kdf["r"], kdf["p"], 32)
        ikm = link_key + keys["stretched"]
    keys["prk"] = hkdf_extract(label, ikm)
    keys["payloadKey"] = hkdf_expand(keys["prk"], b"payload key", 32)
    keys["commitment"] = hkdf_expand(keys["prk"], b"commitment", 32)
    keys["gate"] = hkdf_expand(keys["prk"], b"server gate", 32)
    keys["gateToken"] = "Ots1-" + base64url_encode(keys["gate"])
    return keys


# --- Frame ----------------------------------------------------------------------------------------------------------

SIZE_LIMIT = 1 << 26


def padded_length(length):
    e = length.bit_length() - 1
    s = e.bit_length()
    step = 1 << max(0, e - s)
    return max(1024, -(-length // step) * step)


def encode_frame(metadata, body, padded=None):
    """`metadata` and `body` as bytes; `padded` overrides the writer's rule."""
    frame = struct.pack(">H", len(metadata)) + metadata + struct.pack(">I", len(body)) + body
    return frame + bytes((padded_length(len(frame)) if padded is None else padded) - len(frame))


def decode_frame(frame):
    """Returns the metadata (a dict) and the body as stored."""
    if len(frame) < 6:
        raise Refused("damaged", "short frame")
    m = int.from_bytes(frame[:2], "big")
    if m > 4096 or 6 + m > len(frame):
        raise Refused("damaged", "metadata length")
    n = int.from_bytes(frame[2 + m:6 + m], "big")
    if 6 + m + n > len(frame) or n > SIZE_LIMIT:
        raise Refused("damaged", "body length")
    if any(frame[6 + m + n:]):
        raise Refused("damaged", "padding")
    return decode_metadata(frame[2:2 + m]), frame[6 + m:6 + m + n]


def decode_metadata(data):
    if data == b"":
        return {}
    def not_json(name):
        raise ValueError(name)
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=not_json)  # decode("utf-8") keeps a BOM: refused next
    except (ValueError, RecursionError):
        raise Refused("damaged", "metadata") from None
    if not isinstance(value, dict):
        raise Refused("damaged", "metadata is no object")
    return value


def decode_body(metadata, stored):
    """Undoes the compression."""
    if "encoding" not in metadata:
        return stored
    if metadata["encoding"] != "deflate":
        raise Refused("newer_version", "encoding")
    size = metadata.get("size")
    number = isinstance(size, (int, float)) and not isinstance(size, bool)
    if not number or size != size // 1 or not 1 <= size <= SIZE_LIMIT:
        raise Refused("damaged", "size")
    inflater = zlib.decompressobj(-15)
    try:
        body = inflater.decompress(stored, int(size) + 1)
    except zlib.error:
        raise Refused("damaged", "deflate") from None
    if len(body) != size or not inflater.eof or inflater.unused_data:
        raise Refused("damaged", "inflated length")
    return body


BIDI_AND_ZERO_WIDTH = set("\u061c\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e"
                          "\u2066\u2067\u2068\u2069")


def good_text(value):
    """A string that may be shown: well-formed, without control, bidi and zero-width characters, at most 255 bytes."""
    return (isinstance(value, str) and 1 <= len(value.encode("utf-8", "surrogatepass")) <= 255
            and not any(unicodedata.category(c) in ("Cc", "Cs") or c in BIDI_AND_ZERO_WIDTH for c in value))


def good_filename(value):
    return good_text(value) and not re.search(r"[/\\:]", value) and value not in (".", "..")


# --- Envelope -------------------------------------------------------------------------------------------------------

HEADER = 57        # suite (1), nonce (24), commitment (32)
SHORTEST = 79      # header, an empty frame (6), tag (16)


def seal(suite, keys, nonce, frame):
    header = bytes([suite]) + nonce + keys["commitment"]
    return header + xchacha20_poly1305_seal(keys["payloadKey"], nonce, frame, header)


def open_envelope(envelope, keys):
    """The frame. The caller has compared suite and commitment."""
    return xchacha20_poly1305_open(keys["payloadKey"], envelope[1:25], envelope[HEADER:], envelope[:HEADER])


def open_text(text, suite, link_key, typed=None, kdf=KDF, gate_accepted=False):
    """From what a server (or a file) holds to the secret: {body, filename?, mediaType?, warnings}."""
    passphrase = prepare_passphrase(typed) if suite == PASSPHRASE else None
    keys = derive_keys(suite, link_key, passphrase, kdf)
    candidates, newer = find_text_forms(text)
    if not candidates:
        raise Refused("newer_version" if newer else "no_text_form")
    same_suite = [e for e in candidates if e[0] == suite]
    mine = [e for e in same_suite if hmac.compare_digest(e[25:HEADER], keys["commitment"])]
    if not mine:
        guess = suite == PASSPHRASE and same_suite and not gate_accepted
        raise Refused("wrong_passphrase" if guess else "damaged", "suite or commitment")
    metadata, stored = decode_frame(open_envelope(mine[0], keys))
    result = {"body": decode_body(metadata, stored), "warnings": []}
    for key, good in (("filename", good_filename), ("mediaType", good_text)):
        if key in metadata:
            if good(metadata[key]):
                result[key] = metadata[key]
            else:
                result["warnings"].append(key)
    return result


# --- Text form ------------------------------------------------------------------------------------------------------

CANDIDATE_LIMIT = 64
BOUNDARY = r"(?<![A-Za-z0-9_-])"


def encode_text_form(envelope):
    return "ots1." + base64url_encode(envelope) + "."


def find_text_forms(text):
    """All envelopes in `text`, in order, at most 64; and whether a newer version's mark is there.

    Every `ots1.` is looked at, one inside the reach of another too: a decoy must not swallow what follows it.
    """
    found = []
    for mark in re.finditer(BOUNDARY + r"ots1\.", text):
        wrapped = re.compile(r"([A-Za-z0-9_\-\s]*)\.").match(text, mark.end())
        if wrapped:
            run = re.sub(r"\s", "", wrapped[1])
        else:
            run = re.compile(r"[A-Za-z0-9_-]*=?").match(text, mark.end())[0]  # a "=" makes it not canonical
        envelope = base64url_decode(run)
        if envelope is not None and len(envelope) >= SHORTEST:
            found.append(envelope)
            if len(found) == CANDIDATE_LIMIT:
                break
    newer = re.search(BOUNDARY + r"ots(?:[2-9]|[1-9][0-9]+)\.[A-Za-z0-9_-]", text)
    return found, newer is not None


# --- The link -------------------------------------------------------------------------------------------------------

FRAGMENT_LENGTH = 49


def link_check(suite, link_key, identifier):
    return hashlib.sha256(b"ots/1 link" + bytes([suite]) + link_key + identifier.encode()).digest()[:3]


def encode_fragment(suite, link_key, identifier):
    return base58_encode(bytes([suite]) + link_key + link_check(suite, link_key, identifier))


def decode_fragment(text, identifier):
    """(suite, linkKey) of exactly 49 characters. The check is verified first, then the suite."""
    try:
        data = base58_decode(text) if len(text) == FRAGMENT_LENGTH else b""
    except ValueError:
        data = b""
    if len(data) != 36 or data[33:] != link_check(data[0], data[1:33], identifier):
        raise Refused("damaged_link", "check")
    if data[0] not in SUITES:
        raise Refused("newer_version", "suite")
    return data[0], data[1:33]


INVISIBLE = re.compile("=\r?\n|[\\s\u200b\u200c\u200d\u2060\ufeff\u00ad]")
SURROUNDING = "<>()[]{}\"'`.,;:!?*_~|\u201c\u201d\u2018\u2019\u201e\u201a\u00ab\u00bb\u2039\u203a"
SECRET = re.compile(r"(https?://[^/?#@%]+)((?:/[^?#]*)?)/secret/([^/?#]*)(.*)", re.S)
IDENTIFIER = re.compile(r"[0-9A-Za-z]{20,128}")


def clean(text):
    return INVISIBLE.sub("", text).strip(SURROUNDING)


def readings(text):
    """Every reading of `text` (itself, its query values, decoded up to three times), and whether it came wrapped."""
    level, seen = [(clean(text), False)], {}
    for rounds in range(4):
        for s, wrapped in list(level):  # query values need no decoding round of their own
            level += [(clean(v), True) for v in re.findall(r"[?&][^=&?#]*=([^&]*)", s)]
        for s, wrapped in level:
            seen.setdefault(s, wrapped or rounds > 0)
        level = [(clean(unquote_to_bytes(s).decode("utf-8", "replace")), wrapped) for s, wrapped in level if "%" in s]
    return seen


def read_one(text):
    """One reading: a kind, and the link's parts where the kind is ok, ordinary_link or newer_version."""
    match = SECRET.fullmatch(text)
    if not match:
        return "not_a_link", None
    origin, path, identifier, rest = match.groups()
    parts = {"origin": origin, "path": path, "identifier": identifier}
    try:  # a lost "#": the end of the segment is a fragment for what precedes it
        head, tail = identifier[:-FRAGMENT_LENGTH], identifier[-FRAGMENT_LENGTH:]
        if IDENTIFIER.fullmatch(head):
            decode_fragment(tail, head)
            return "lost_hash", None
    except Refused:
        pass
    if not IDENTIFIER.fullmatch(identifier):
        return "damaged_link", None
    end = re.fullmatch(r"/?(\?[^#]*)?(#.*)?", rest, re.S)
    if not end:
        return "damaged_link", None
    if end[2] is None:
        return "ordinary_link", parts
    if end[2].strip(SURROUNDING) == "#":
        return "empty_fragment", None
    try:
        suite, link_key = decode_fragment(end[2][1:1 + FRAGMENT_LENGTH], identifier)
    except Refused as refused:
        return refused.kind, parts
    return "ok", dict(parts, suite=suite, linkKey=link_key)


def parse_link(text):
    """The link's parts, with `kind` ("encrypted" or "ordinary") and `exposed` (a gateway may have seen the key)."""
    seen = readings(text)
    kinds = {}
    for reading, exposed in seen.items():
        kind, parts = read_one(reading)
        kinds.setdefault(kind, []).append((parts, exposed))
    good = kinds.get("ok", []) + kinds.get("newer_version", [])
    if any(parts != good[0][0] for parts, _ in good):
        raise Refused("ambiguous")
    if "ok" in kinds:
        return dict(good[0][0], kind="encrypted", exposed=all(exposed for _, exposed in good))
    for kind in ("newer_version", "lost_hash", "empty_fragment", "damaged_link"):
        if kind in kinds:
            raise Refused(kind)
    first, parts = read_one(next(iter(seen)))
    if first != "ordinary_link":
        raise Refused("not_a_link")
    if any("#" in reading for reading in seen):
        raise Refused("damaged_link", "a # in an ordinary link")
    return dict(parts, kind="ordinary", exposed=False)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    import cases
    cases.main("--golden" in sys.argv[1:])
