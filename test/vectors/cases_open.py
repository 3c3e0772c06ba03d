"""Opening, from a stored text to the secret: the arrays open_ok and open_refused."""

import json

import reference as ref
from cases import (
    FAST,
    GATED,
    KEY_ONLY,
    PASSPHRASE,
    REAL,
    SUITE_NAMES,
    Sealed,
    compact,
    derived,
    flipped,
    link_of,
    opened,
    refused,
)


def base(suite):
    """A small envelope of a suite, unpadded: a reader accepts any padding, and the file stays small."""
    typed = "the right passphrase" if suite == PASSPHRASE else None
    return Sealed("base of the refusals", suite, body=b"secret", typed=typed, padded=12 + 20, label=f"base {suite:02x}")


def envelope_cases(suite):
    """Each field of the envelope cut, flipped, overlong."""
    s, kind = base(suite), SUITE_NAMES[suite]
    e, end = s.envelope, len(s.envelope)
    fields = {
        "suite": (0, 1),
        "nonce": (1, 25),
        "commitment": (25, 57),
        "ciphertext": (57, end - 16),
        "tag": (end - 16, end),
    }
    out = []
    for field, (start, stop) in fields.items():
        for place, i in {"first": start, "last": stop - 1}.items():
            if place == "last" and stop - start == 1:
                continue
            expect = "wrong_passphrase" if suite == PASSPHRASE and field == "commitment" else "damaged"
            case = s.opening(f"{kind}: {field} flipped, {place} byte", ref.encode_text_form(flipped(e, i)))
            out.append(refused(case, expect))
        # a byte less or more shifts all that follows
        shifted = "wrong_passphrase" if suite == PASSPHRASE and start < 57 and field != "suite" else "damaged"
        if field != "suite":
            out.append(
                refused(
                    s.opening(f"{kind}: {field} one byte short", ref.encode_text_form(e[:start] + e[start + 1 :])),
                    shifted,
                )
            )
            out.append(
                refused(
                    s.opening(f"{kind}: {field} one byte long", ref.encode_text_form(e[:stop] + b"\0" + e[stop:])),
                    "damaged" if field in ("commitment", "ciphertext", "tag") else shifted,
                )
            )
    out.append(refused(s.opening(f"{kind}: cut to 79 bytes", ref.encode_text_form(e[:79])), "damaged"))
    out.append(refused(s.opening(f"{kind}: cut to 78 bytes", ref.encode_text_form(e[:78])), "no_text_form"))
    out.append(refused(s.opening(f"{kind}: header only", ref.encode_text_form(e[:57])), "no_text_form"))
    out.append(refused(s.opening(f"{kind}: empty", "ots1.."), "no_text_form"))
    out.append(
        refused(
            s.opening(
                f"{kind}: another link key",
                linkKey=derived("another", 32).hex(),
                link=link_of(s.identifier, ref.encode_fragment(suite, derived("another", 32), s.identifier)),
            ),
            "wrong_passphrase" if suite == PASSPHRASE else "damaged",
        )
    )
    for other in (KEY_ONLY, GATED, PASSPHRASE):
        if other != suite:
            case = s.opening(
                f"{kind}: the link says suite 0x{other:02x}",
                suite=other,
                link=link_of(s.identifier, ref.encode_fragment(other, s.link_key, s.identifier)),
            )
            if other == PASSPHRASE:
                case |= {"passphrase": "any", "kdf": FAST}
            out.append(refused(case, "damaged"))
    for unknown in (0x00, 0x11, 0x20, 0xFF):
        out.append(
            refused(
                s.opening(f"{kind}: envelope of suite 0x{unknown:02x}", ref.encode_text_form(bytes([unknown]) + e[1:])),
                "damaged",
            )
        )
    return out


def passphrase_cases():
    s = base(PASSPHRASE)
    e = s.envelope
    out = [
        refused(s.opening("wrong passphrase, offline", passphrase="the wrong passphrase"), "wrong_passphrase"),
        refused(
            s.opening(
                "wrong passphrase, although the server took the gate",
                passphrase="the wrong passphrase",
                gateAccepted=True,
            ),
            "damaged",
        ),
        refused(
            s.opening("wrong passphrase: another case of letters", passphrase="The right passphrase"),
            "wrong_passphrase",
        ),
        refused(
            s.opening(
                "commitment flipped, the server took the gate", ref.encode_text_form(flipped(e, 40)), gateAccepted=True
            ),
            "damaged",
        ),
        refused(
            s.opening("ciphertext flipped, right passphrase, offline", ref.encode_text_form(flipped(e, 60))), "damaged"
        ),
        refused(s.opening("passphrase refused before anything else", passphrase=" "), "bad_passphrase"),
        refused(s.opening("the key schedule with another cost", kdf={"N": 2048, "r": 8, "p": 1}), "wrong_passphrase"),
    ]
    real = Sealed("real", PASSPHRASE, body=b"secret", typed="the right passphrase", kdf=REAL, padded=32)
    out.append(
        refused(
            real.opening("wrong passphrase, with the real cost", passphrase="the wrong passphrase"), "wrong_passphrase"
        )
    )
    return out


# --- Frames ---------------------------------------------------------------------------------------------------------


class Bits:
    """Writes raw DEFLATE (RFC 1951) by hand, so that the bytes do not depend on a compressor."""

    def __init__(self):
        self.bits = []

    def number(self, value, width):  # 3.1.1: numbers begin with the least significant bit
        self.bits += [value >> i & 1 for i in range(width)]
        return self

    def code(self, value, width):  # Huffman codes begin with the most significant bit
        self.bits += [value >> i & 1 for i in reversed(range(width))]
        return self

    def bytes(self):
        padded = self.bits + [0] * (-len(self.bits) % 8)
        return bytes(sum(b << j for j, b in enumerate(padded[i : i + 8])) for i in range(0, len(padded), 8))


def deflate_stored(data):
    return b"\x01" + len(data).to_bytes(2, "little") + (len(data) ^ 0xFFFF).to_bytes(2, "little") + data


def deflate_fixed(data):
    """3.2.6: literals in the fixed code."""
    bits = Bits().number(1, 1).number(1, 2)
    for b in data:
        bits.code(0x30 + b, 8) if b < 144 else bits.code(0x190 + b - 144, 9)
    return bits.code(0, 7).bytes()


def deflate_zeros(runs):
    """A zero and `runs` times 258 copies of it: 1 + 258 * runs bytes from 13 bits a run."""
    bits = Bits().number(1, 1).number(1, 2).code(0x30, 8)
    for _ in range(runs):
        bits.code(0xC5, 8).code(0, 5)
    return bits.code(0, 7).bytes()


PROSE = (
    ("The quick brown fox jumps over the lazy dog, and again: the quick brown fox jumps over the lazy dog. " * 3)
    + "A compressed body needs some words that come back; these words come back, too. "
).encode()
DEFLATED_PROSE = bytes.fromhex(  # zlib 1.2, level 9: one block with a dynamic Huffman code
    "dd8dcd11823014845bd902180ac0933dd0c04bf204c464312f8858bde08c9e397bdbd96f7fda5e719f073fc2652e09173e719de364e04333"
    "ca866ff25a11d8559014209d0ca9f98083bd1aeddf9c9ce119a7ac661ae0185624d5603046c5c2bcc9d24bd9530a277e3ced03f6653fbb42"
    "216bbc01"
)


def frame_case(name, metadata=b"", body=b"", padded=None, frame=None, suite=KEY_ONLY, **kw):
    """The inputs to open a frame sealed with a suite; small unless `padded` says otherwise."""
    if frame is None and padded is None:
        padded = max(32, 6 + len(metadata) + len(body))
    return Sealed(name, suite, metadata, body, padded=padded, frame=frame, **kw).opening(name)


def raw(metadata, body=b"secret", m=None, n=None, tail=b""):
    """A frame with any lengths in it."""
    return (
        (len(metadata) if m is None else m).to_bytes(2, "big")
        + metadata
        + (len(body) if n is None else n).to_bytes(4, "big")
        + body
        + tail
    )


def compressed(size, **more):
    return compact({"encoding": "deflate", "size": size, **more})


def frame_ok():
    k = frame_case
    filler = compact({"filename": "a", "note": "x" * 4070})
    assert len(filler) == 4096
    out = [
        k("frame without padding", body=b"secret", padded=12),
        k("shortest frame: no metadata, no body, no padding", frame=bytes(6)),
        k("empty body, padded", body=b"", padded=40),
        k("padded by one byte", body=b"secret", padded=13),
        k("padded far beyond the writer's rule", body=b"secret", padded=3000),
        k("padded to 1024, body full of zeros", body=bytes(300), padded=1024),
        k("body ends in zeros, no padding", body=b"secret\0\0\0", padded=15),
        k("metadata: empty object", b"{}", b"secret"),
        k("metadata: white space", b' {\r\n\t"filename" : "a.txt" }\n', b"secret"),
        k("metadata: escapes", b'{"file\\u006eame":"\\u00e4\\ud83d\\udd11.txt"}', b"secret"),
        k(
            "metadata: unknown keys",
            b'{"x":{"filename":"no"},"filename":"a.txt","y":[1,2.5e3,null,true],"Filename":"no"}',
            b"secret",
        ),
        k("metadata: only unknown keys", b'{"mode":384,"":1}', b"secret"),
        k("metadata: 4096 bytes", filler, b"secret"),
        k(
            "metadata: __proto__ is an unknown key like another",
            b'{"__proto__":{"filename":"evil","encoding":"gzip"},"constructor":{"name":"x"}}',
            b"secret",
        ),
        k("metadata: of two equal keys the last counts", b'{"filename":"first","filename":"last"}', b"secret"),
        k("metadata: size without encoding is ignored", b'{"size":6}', b"secret"),
        k("deflate: stored block", compressed(len(PROSE)), deflate_stored(PROSE)),
        k("deflate: fixed code", compressed(256), deflate_fixed(bytes(range(256)))),
        k("deflate: dynamic code, with a name", compressed(len(PROSE), filename="prose.txt"), DEFLATED_PROSE),
        k("deflate: two blocks", compressed(6), b"\x00" + deflate_stored(b"sec")[1:] + deflate_stored(b"ret")),
        k("deflate: a long run", compressed(1 + 258 * 30), deflate_zeros(30)),
        k("deflate: one byte", compressed(1), deflate_fixed(b"x")),
        k("deflate: gated", compressed(len(PROSE)), DEFLATED_PROSE, suite=GATED),
    ]
    for name in ("prod.env", ".bashrc", "-rf", "a b.txt", "CON", "\u9375.txt", "...", "a" * 255, "\u00e9" * 127):
        out.append(
            k(f"file name kept: {name[:12]}{len(name) > 12 and '...' or ''}", compact({"filename": name}), b"secret")
        )
    bad = {
        "parent": "../x",
        "slash": "a/b",
        "leading slash": "/etc/passwd",
        "backslash": "a\\b",
        "colon": "a:b",
        "drive": "C:x",
        "dot": ".",
        "dots": "..",
        "empty": "",
        "256 bytes": "a" * 256,
        "256 bytes of two-byte letters": "\u00e9" * 128,
        "NUL": "a\0b",
        "line end": "a\nb",
        "escape": "a\x1b[2Jb",
        "delete": "a\x7fb",
        "C1 control": "a\x85b",
        "bidi override": "a\u202etxt.exe",
        "bidi isolate": "a\u2066b",
        "bidi mark": "a\u200fb",
        "Arabic letter mark": "a\u061cb",
        "zero-width space": "a\u200bb",
        "zero-width joiner": "a\u200db",
        "byte order mark": "a\ufeffb",
        "word joiner": "a\u2060b",
    }
    for what, name in bad.items():
        out.append(
            k(f"file name dropped: {what}", json_ascii({"filename": name, "mediaType": "text/plain"}), b"secret")
        )
    for what, value in (
        ("a number", b"5"),
        ("null", b"null"),
        ("an array", b'["a"]'),
        ("an unpaired surrogate", b'"a\\ud800b"'),
    ):
        out.append(k(f"file name dropped: {what}", b'{"filename":' + value + b"}", b"secret"))
    for what, value in (("a number", b"5"), ("line end", b'"text/plain\\n"'), ("an object", b"{}")):
        out.append(k(f"media type dropped: {what}", b'{"filename":"a","mediaType":' + value + b"}", b"secret"))
    out.append(k("file name and media type dropped", b'{"filename":"../a","mediaType":1}', b"secret"))
    return [opened(c) for c in out]


def json_ascii(value):
    return json.dumps(value, separators=(",", ":")).encode()


def frame_refused():
    k, out = frame_case, []
    frames = {
        "no frame, only a tag": b"",
        "frame of one byte": b"\0",
        "frame of five bytes": bytes(5),
        "metadata length overruns by one": raw(b"{}", m=9),
        "metadata length 65535": raw(b"{}", m=65535),
        "metadata length leaves no room for the body's": raw(b"", b"", m=1, tail=b"\0\0"),
        "body length overruns by one": raw(b"", n=7),
        "body length 2^32 - 1": raw(b"", n=(1 << 32) - 1),
        "body length 2^31": raw(b"", n=1 << 31),
        "body length over 2^26": raw(b"", n=(1 << 26) + 1),
        "padding ends in a one": raw(b"", tail=bytes(20) + b"\1"),
        "padding begins with a one": raw(b"", tail=b"\1" + bytes(20)),
        "padding of one byte, not zero": raw(b"", tail=b"\x80"),
        "body length one short": raw(b"", n=5),
        "metadata of 4097 bytes": raw(compact({"note": "x" * 4086})),
    }
    for name, frame in frames.items():
        out.append((k(name, frame=frame), "no_text_form" if len(frame) < 6 else "damaged"))
    assert len(raw(compact({"note": "x" * 4086}))) == 2 + 4097 + 4 + 6
    metadata = {
        "byte order mark": b"\xef\xbb\xbf{}",
        "not UTF-8": b'{"filename":"\xff"}',
        "UTF-8, overlong": b'{"filename":"\xc0\xaf"}',
        "UTF-8, surrogate": b'{"filename":"\xed\xa0\x80"}',
        "UTF-16": "{}".encode("utf-16-be"),
        "cut": b'{"filename":"a"',
        "two objects": b"{}{}",
        "text after the object": b"{} x",
        "zero after the object": b"{}\0",
        "only white space": b" ",
        "array": b"[]",
        "string": b'"a"',
        "number": b"5",
        "null": b"null",
        "true": b"true",
        "single quotes": b"{'a':1}",
        "trailing comma": b'{"a":1,}',
        "comment": b"{}//",
        "NaN": b'{"a":NaN}',
        "leading zero": b'{"a":01}',
        "bare key": b"{a:1}",
        "raw line end in a string": b'{"a":"\n"}',
        "raw tab in a string": b'{"a":"\t"}',
        "unknown escape": b'{"a":"\\x41"}',
    }
    out += [(k(f"metadata: {name}", m, b"secret"), "damaged") for name, m in metadata.items()]
    for value in ("gzip", "br", "zstd", "Deflate", "DEFLATE", "deflate-raw", "identity", "", "deflate "):
        out.append((k(f"encoding {value!r}", compact({"encoding": value, "size": 6}), b"secret"), "newer_version"))
    d, n = DEFLATED_PROSE, len(PROSE)
    sizes = {
        "missing": b"",
        "zero": b',"size":0',
        "negative": b',"size":-1',
        "fraction": b',"size":%d.5' % n,
        "string": b',"size":"%d"' % n,
        "null": b',"size":null',
        "true": b',"size":true',
        "array": b',"size":[%d]' % n,
        "over 2^26": b',"size":67108865',
        "2^32 too much": b',"size":%d' % (n + (1 << 32)),
        "2^64 too much": b',"size":%d' % (n + (1 << 64)),
        "infinite": b',"size":1e999',
    }
    out += [(k(f"size {name}", b'{"encoding":"deflate"' + s + b"}", d), "damaged") for name, s in sizes.items()]
    streams = {
        "inflates to one more": (n - 1, d),
        "inflates to one less": (n + 1, d),
        "inflates to far more": (10, deflate_zeros(400)),
        "inflates to far less": (1 << 26, d),
        "a byte after the stream": (n, d + b"\0"),
        "text after the stream": (n, d + b"secret"),
        "a second stream after the stream": (n, d + d),
        "stream cut by one byte": (n, d[:-1]),
        "stream cut in half": (n, d[: len(d) // 2]),
        "no stream": (1, b""),
        "last block not marked as last": (6, b"\x00" + deflate_stored(b"secret")[1:]),
        "reserved block type": (6, b"\x07" + deflate_stored(b"secret")[1:]),
        "stored block, lengths disagree": (6, b"\x01\x06\0\0\0secret"),
        "distance before the beginning": (
            259,
            Bits().number(1, 1).number(1, 2).code(0xC5, 8).code(0, 5).code(0, 7).bytes(),
        ),
        "zlib header": (n, b"\x78\xda" + d),
        "not compressed at all": (6, b"secret"),
        "empty stream": (1, deflate_fixed(b"")),
    }
    out += [(k(f"deflate: {name}", compressed(size), stream), "damaged") for name, (size, stream) in streams.items()]
    return [refused(c, expect) for c, expect in out]


def arrays():
    suites = (KEY_ONLY, GATED, PASSPHRASE)
    simple = [opened(base(s).opening(SUITE_NAMES[s])) for s in suites]
    simple.append(opened(base(PASSPHRASE).opening("passphrase, the server took the gate", gateAccepted=True)))
    simple.append(
        opened(
            base(PASSPHRASE).opening("passphrase typed with a trailing space", passphrase="the\u3000right passphrase ")
        )
    )
    real = Sealed("real", PASSPHRASE, body=b"secret", typed="the right passphrase", kdf=REAL, padded=32)
    simple.append(opened(real.opening("passphrase, with the real cost")))
    offline = Sealed("offline", PASSPHRASE, body=b"secret", typed="the right passphrase", identifier="", padded=32)
    simple.append(opened(offline.opening("passphrase, no server involved")))
    return {
        "open_ok": simple + frame_ok(),
        "open_refused": [c for s in suites for c in envelope_cases(s)] + passphrase_cases() + frame_refused(),
    }
