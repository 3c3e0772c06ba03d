"""The golden files of test/golden: written once, never again, and checked on every run. Their README describes them."""

import hashlib
import os

import reference as ref
from cases import FAST, GATED, HERE, KEY_ONLY, PASSPHRASE, REAL, Sealed, compact, flipped
from cases_open import DEFLATED_PROSE, PROSE, compressed
from cases_text import HINT, wrap

FOLDER = os.path.join(HERE, "..", "golden")
EXPECT = {
    "success": None,
    "wrong-passphrase": "wrong_passphrase",
    "damaged": "damaged",
    "newer-version": "newer_version",
}


def scenario(sealed, expect, comment, text=None, body=None, **header):
    """The content of one file, up to date with what the reference makes of it."""
    lines = ["format: ots/1", f"comment: {comment}", f"expect: {expect}"]
    if sealed.link:
        lines.append(f"link: {sealed.link}")
    else:
        lines += [f"fragment: {sealed.fragment}", "identifier:"]
    if sealed.suite == PASSPHRASE:
        lines += [f"passphrase: {header.pop('passphrase', sealed.typed)}", f"kdf-n: {sealed.kdf['N']}"]
    if body is not None:
        lines += [f"body-bytes: {len(body)}", f"body-sha256: {hashlib.sha256(body).hexdigest()}"]
    lines += [f"{key.replace('_', '-')}: {value}" for key, value in header.items()]
    return "\n".join(lines) + "\n\n" + (sealed.text + "\n" if text is None else text)


def scenarios():
    short, binary = b"correct horse battery staple", bytes(range(256)) * 3
    named = compact({"filename": "prod.env", "mediaType": "text/plain"})

    def make(name, suite, *args, **kw):
        return Sealed("golden " + name, suite, *args, **kw)

    key_only = make("key only", KEY_ONLY, b"", short)
    blob = make(
        "binary file", KEY_ONLY, compact({"filename": "key.bin", "mediaType": "application/octet-stream"}), binary
    )
    gated = make("gated", GATED, b"", short)
    real = make("passphrase", PASSPHRASE, b"", short, "six random words are quite enough", REAL)
    nfd = make("passphrase decomposed", PASSPHRASE, named, b"TOKEN=1\n", "Zu\u0308rich\u3000pa\u0302te\u0301", REAL)
    fast = make("passphrase fast", PASSPHRASE, b"", short, "the right passphrase", FAST)
    deflated = make("compressed", KEY_ONLY, compressed(len(PROSE), filename="prose.txt"), DEFLATED_PROSE)
    gzip = make("newer encoding", KEY_ONLY, compact({"encoding": "zstd", "size": 9}), b"\x28\xb5\x2f\xfd")
    bad_name = make("bad name", GATED, compact({"filename": "../../.bashrc"}), short)
    offline = make("no server", KEY_ONLY, named, b"TOKEN=1\n", identifier="")
    decoys = [make(f"decoy {i}", KEY_ONLY, b"", b"a decoy", padded=32).text for i in range(3)]
    dirty = make("dirty padding", KEY_ONLY, frame=b"\0\0\0\0\0\x06secret" + bytes(1011) + b"\x01")
    ok = {"body": short}
    return {
        "key-only": scenario(key_only, "success", "a short text, key only", **ok),
        "key-only-binary-file": scenario(
            blob,
            "success",
            "every byte value three times, with a name",
            body=binary,
            filename="key.bin",
            media_type="application/octet-stream",
        ),
        "gated-hint": scenario(gated, "success", "gated, a hint for browsers in front", HINT + gated.text + "\n", **ok),
        "gated-bad-name": scenario(
            bad_name, "success", "the name leads out of the folder: dropped, body delivered", **ok, warnings="filename"
        ),
        "passphrase": scenario(real, "success", "a passphrase, with the real cost", **ok),
        "passphrase-decomposed": scenario(
            nfd,
            "success",
            "a passphrase in NFD with U+3000, with the real cost",
            body=b"TOKEN=1\n",
            filename="prod.env",
            media_type="text/plain",
        ),
        "passphrase-wrong": scenario(
            fast, "wrong-passphrase", "wrong passphrase, offline", passphrase="the wrong passphrase"
        ),
        "passphrase-wrong-gate-accepted": scenario(
            fast,
            "damaged",
            "the server took the gate token, yet the commitment differs",
            passphrase="the wrong passphrase",
            gate="accepted",
        ),
        "passphrase-commitment-right-tag-wrong": scenario(
            fast,
            "damaged",
            "right passphrase, last byte flipped",
            ref.encode_text_form(flipped(fast.envelope, -1)) + "\n",
        ),
        "no-server": scenario(
            offline, "success", "no identifier", body=b"TOKEN=1\n", filename="prod.env", media_type="text/plain"
        ),
        "wrapped": scenario(
            key_only,
            "success",
            "wrapped by a mail program",
            f"> Hello\n\n{wrap(key_only.text, 76)}\n-- \nA. N. Other\n",
            **ok,
        ),
        "no-end-mark": scenario(key_only, "success", "the end mark lost", f"Hello\n{key_only.text[:-1]}\nBye\n", **ok),
        "decoys": scenario(
            key_only,
            "success",
            "three decoys and a bare mark in front",
            "\n".join(["ots1.", *decoys, "xots1.AAAA.", key_only.text]) + "\n",
            **ok,
        ),
        "compressed": scenario(deflated, "success", "raw DEFLATE", body=PROSE, filename="prose.txt"),
        "damaged-padding": scenario(dirty, "damaged", "the last byte of the padding is not zero"),
        "damaged-cut": scenario(
            key_only, "damaged", "the last 225 bytes are missing", ref.encode_text_form(key_only.envelope[:-225]) + "\n"
        ),
        "newer-encoding": scenario(gzip, "newer-version", "an encoding that version 1 does not have"),
        "newer-text-form": scenario(key_only, "newer-version", "ots2", "ots2." + key_only.text[5:] + "\n"),
    }


def check(name, content):
    """Opens a golden file with the reference and compares class and result."""
    head, text = content.split("\n\n", 1)
    header = dict(line.split(":", 1) for line in head.split("\n"))
    header = {key: value.removeprefix(" ") for key, value in header.items()}
    if "link" in header:
        link = ref.parse_link(header["link"])
        suite, key = link["suite"], link["linkKey"]
    else:
        suite, key = ref.decode_fragment(header["fragment"], header["identifier"])
    kdf = REAL | {"N": int(header.get("kdf-n", REAL["N"]))}
    try:
        result = ref.open_text(text, suite, key, header.get("passphrase"), kdf, header.get("gate") == "accepted")
    except ref.Refused as why:
        assert why.kind == EXPECT[header["expect"]], (name, why)
        return
    assert header["expect"] == "success", name
    assert hashlib.sha256(result["body"]).hexdigest() == header["body-sha256"], name
    assert len(result["body"]) == int(header["body-bytes"]), name
    assert result.get("filename") == header.get("filename") and result.get("mediaType") == header.get(
        "media-type"
    ), name
    assert " ".join(result["warnings"]) == header.get("warnings", ""), name


def run(write):
    """Checks every golden file; with `write`, first adds those that do not exist."""
    if write:
        for name, content in scenarios().items():
            path = os.path.join(FOLDER, name + ".txt")
            if not os.path.exists(path):
                with open(path, "w", encoding="utf-8", newline="\n") as file:
                    file.write(content)
    for entry in sorted(os.listdir(FOLDER)):
        if entry.endswith(".txt"):
            with open(os.path.join(FOLDER, entry), encoding="utf-8", newline="") as file:
                check(entry, file.read())
