"""Finding the text form, and preparing a passphrase: the arrays text_* and passphrase_*."""

import reference as ref
from cases import GATED, KEY_ONLY, Sealed, flipped, opened, refused

# --- Text form ------------------------------------------------------------------------------------------------------

HINT = (
    "This secret was encrypted before it was stored here. To read it you need the complete link, with the part\n"
    "after its #, and a program that understands the text below.\n\n"
)


def wrap(text, width, end="\n"):
    return end.join(text[i : i + width] for i in range(0, len(text), width))


def texts():
    """The sealed form that all text cases look for, and others that they don't: t has an end mark, u has none."""
    real = Sealed("text", KEY_ONLY, body=b"the right one", padded=34)
    others = [Sealed(f"decoy {i}", KEY_ONLY, body=b"a decoy", padded=32).text for i in range(64)]
    return real, real.text, real.text[:-1], others


def text_ok():
    real, t, u, others = texts()
    gated = Sealed("gated decoy", GATED, body=b"a decoy", padded=32, label="text").text
    cases = {
        "alone": t,
        "hint in front": HINT + t,
        "line end behind": t + "\n",
        "in a sentence": f"Here: {t} (use it today). Bye.",
        "in quotes": f'"{t}"',
        "in HTML": f"<p>{t}</p>",
        "in JSON": '{"value":"' + t + '"}',
        "in parentheses": f"({t})",
        "after a full stop": "." + t,
        "after an equals sign": "x=" + t,
        "after a letter beyond ASCII": "\u00e9" + t,
        "wrapped at 76, LF": wrap(t, 76),
        "wrapped at 40, CRLF": wrap(t, 40, "\r\n"),
        "wrapped at 30, indented": wrap(t, 30, "\n    "),
        "wrapped, tabs": wrap(t, 64, "\n\t"),
        "wrapped after every character": "ots1." + wrap(t[5:], 1),
        "blank lines inside": wrap(t, 50, "\n\n"),
        "wrapped, hint in front, signature behind": HINT + wrap(t, 72) + "\n-- \nSent from a phone.\n",
        "white space after the mark": "ots1. \n" + t[5:],
        "white space before the end mark": u + "\n.",
        "no end mark": u,
        "no end mark, then a line end": u + "\n",
        "no end mark, then words": u + "\nthat was it",
        "no end mark, hint in front": HINT + u,
        "no end mark, then a tag": f"<b>{u}</b>",
        "no end mark, then a quote": f'"{u}"',
        "end mark doubled": t + ".",
        "twice the same": t + "\n" + t,
        "a mark with nothing behind it in front": "ots1. " + t,
        "two marks in front": "ots1.ots1." + t[5:],
        "a short decoy in front": "ots1.AAAA. " + t,
        "a decoy in front": others[0] + "\n" + t,
        "a decoy in front, touching": others[0] + t,
        "a decoy without end mark in front": others[0][:-1] + "\n" + t,
        "a short decoy without end mark in front": "ots1.AAAA\n" + t,
        "a decoy that is not canonical in front": "ots1." + "A" * 141 + ". " + t,
        "the same key under another suite in front": gated + "\n" + t,
        "another nonce, commitment flipped, in front": ref.encode_text_form(flipped(real.envelope, 30)) + "\n" + t,
        "decoys behind": t + "\n" + "\n".join(others[:3]),
        "63 decoys in front": "\n".join(others[:63] + [t]),
        "100 marks that are no text form in front": "ots1.AAAA. " * 100 + t,
        "2000 bare marks in front": "ots1." * 2000 + " " + t,
        "a newer version's in front": "ots2.AAAA. " + t,
        "words with a mark inside them in front": "xots1.AAAA. myots1. " + t,
        "the word in front, without its dot": "ots1 " + t,
        "capital letters in front": "OTS1.AAAA. " + t,
    }
    second = Sealed("second", KEY_ONLY, body=b"a second under the same key", padded=40)
    second.link_key, keys = real.link_key, real.keys
    cases["two that match: the first is used"] = (
        t + "\n" + ref.encode_text_form(ref.seal(KEY_ONLY, keys, second.nonce, second.frame))
    )
    return [opened(real.opening(name, text)) | {"envelope": real.envelope.hex()} for name, text in cases.items()]


def text_refused():
    real, t, u, others = texts()
    assert len(u[5:]) % 4 == 3  # two unused bits in the last character
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    def last_plus(form, n):
        return form[:-1] + alphabet[alphabet.index(form[-1]) + n]

    four = ref.encode_text_form(flipped(real.envelope, 0)[:106])[:-1]  # length 2 mod 4: four unused bits
    damaged_first = ref.encode_text_form(flipped(real.envelope, 60))
    none = {
        "empty text": "",
        "words": "no secret here",
        "the mark alone": "ots1.",
        "mark and end mark": "ots1..",
        "another mark": t.replace("ots1", "ots0"),
        "without its mark": t[5:],
        "without the mark's dot": "ots1" + t[5:],
        "mark in capitals": t.replace("ots1", "OTS1"),
        "after a letter": "x" + t,
        "after a digit": "0" + t,
        "after an underscore": "_" + t,
        "after a hyphen": "-" + t,
        "mark wrapped": "ot\ns1." + t[5:],
        "zero-width space inside the mark": "ots\u200b1." + t[5:],
        "padding, one": u + "=.",
        "padding, one, no end mark": u + "=",
        "padding, two": ref.encode_text_form(real.envelope[:-1])[:-1] + "==.",
        "one unused bit set": last_plus(u, 1) + ".",
        "both unused bits set": last_plus(u, 3) + ".",
        "unused bit set, no end mark": last_plus(u, 1),
        "four unused bits set": last_plus(four, 15) + ".",
        "length 1 mod 4": u + "AA.",
        "length 1 mod 4, no end mark": u + "AA",
        "78 bytes": ref.encode_text_form(real.envelope[:78]),
        "wrapped without end mark, first line short": wrap(u, 100),
        "base64 with + and /, wrong alphabet": "ots1." + "+" * 10 + u[15:] + ".",
    }
    out = [refused(real.opening(name, text), "no_text_form") for name, text in none.items()]
    damaged = {
        "79 bytes": ref.encode_text_form(real.envelope[:79]),
        "wrapped without end mark, first line long enough": wrap(u, 5 + 112),
        "only decoys": "\n".join(others[:3]),
        "64 decoys in front": "\n".join(others[:64] + [t]),
        "the first that matches is damaged, the second is not": damaged_first + "\n" + t,
        "cut by three characters": u[:-3] + ".",
        "cut by three bytes": ref.encode_text_form(real.envelope[:-3]),
        "longer by three bytes": ref.encode_text_form(real.envelope + bytes(3)),
        "cut, no end mark": u[:-3],
        "a character lost in the middle, the same number behind": u[:100] + u[101:] + "A.",
        "one character changed": t[:90] + ("A" if t[90] != "A" else "B") + t[91:],
    }
    out += [refused(real.opening(name, text), "damaged") for name, text in damaged.items()]
    newer = {
        "ots2": "ots2." + t[5:],
        "ots2 with a hint": HINT + "ots2." + t[5:],
        "ots9": "ots9." + t[5:],
        "ots10": "ots10." + t[5:],
        "ots123": "ots123." + t[5:],
    }
    out += [refused(real.opening(name, text), "newer_version") for name, text in newer.items()]
    return out


# --- Passphrase -----------------------------------------------------------------------------------------------------


def utf16(text):
    return text.encode("utf-16-be", "surrogatepass").hex()


def typed_case(name, text):
    """A passphrase as typed: text, or UTF-16 code units where it is not well-formed and so cannot stand in JSON."""
    ill_formed = any(0xD800 <= ord(c) <= 0xDFFF for c in text)
    return {"name": name} | ({"typedUtf16": utf16(text)} if ill_formed else {"typed": text})


def passphrase_arrays():
    ok_typed = {
        "plain": "correct horse battery staple",
        "one character": "x",
        "digits": "0000",
        "composed": "Z\u00fcrich",
        "decomposed": "Zu\u0308rich",
        "marks in canonical order": "s\u0323\u0307",
        "marks in the other order": "s\u0307\u0323",
        "Hangul jamo": "\u1112\u1161\u11ab",
        "Angstrom sign": "\u212b",
        "compatibility characters stay": "\ufb01 \u00b2 \uff21",
        "leading and trailing spaces": "  a b  ",
        "inner spaces stay": "a  b   c",
        "trailing space": "a ",
        "leading ideographic space": "\u3000a",
        "inner ideographic space": "a\u3000b",
        "no-break space": "a\u00a0b\u00a0",
        "every Zs character": "a\u0020\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000b",
        "line separator is no space": "a\u2028",
        "zero-width space stays": "\u200ba",
        "soft hyphen stays": "a\u00adb",
        "Mongolian vowel separator is no space": "a\u180e",
        "byte order mark typed stays": "\ufeffa",
        "emoji": "\U0001f511\U0001f3fd\u200d",
        "right to left": "\u05e1\u05d5\u05d3",
        "upper and lower case differ": "PassPhrase",
        "mark after a trimmed space": " \u0301a",
        "1024 bytes": "a" * 1024,
        "1024 bytes of two": "\u00e9" * 512,
        "1024 bytes after composing": "e\u0301" * 512,
        "1024 bytes after trimming": "a" * 1024 + "   ",
        "a noncharacter": "a\uffff",
    }
    ok = [typed_case(name, text) | {"prepared": ref.prepare_passphrase(text).hex()} for name, text in ok_typed.items()]
    ok_files = {
        "plain": b"correct horse",
        "LF": b"correct horse\n",
        "CRLF": b"correct horse\r\n",
        "byte order mark": b"\xef\xbb\xbfcorrect horse\n",
        "two byte order marks: one goes": b"\xef\xbb\xbf\xef\xbb\xbfa",
        "space before the line end": b"correct horse \n",
        "decomposed": "Zu\u0308rich\r\n".encode(),
    }
    ok += [
        {
            "name": "file: " + name,
            "fileBytes": data.hex(),
            "prepared": ref.prepare_passphrase(ref.passphrase_from_file(data)).hex(),
        }
        for name, data in ok_files.items()
    ]
    bad_typed = {
        "empty": "",
        "a space": " ",
        "only spaces of several kinds": " \u3000\u00a0\u2003",
        "tab": "a\tb",
        "line end": "a\n",
        "carriage return": "a\r",
        "NUL": "\0a",
        "escape": "a\x1b[0m",
        "delete": "a\x7f",
        "C1 control": "a\x85",
        "lone high surrogate": "a\ud83d",
        "lone low surrogate": "\udd11a",
        "surrogates the wrong way round": "\udd11\ud83d",
        "1025 bytes": "a" * 1025,
        "1025 bytes, 513 characters": "\u00e9" * 512 + "a",
        "1026 bytes after composing": "e\u0301" * 513,
    }
    bad_files = {
        "empty": b"",
        "only a line end": b"\n",
        "only a byte order mark": b"\xef\xbb\xbf",
        "two line ends": b"correct horse\n\n",
        "CR alone": b"correct horse\r",
        "line end inside": b"correct\nhorse",
        "not UTF-8": b"Z\xfcrich",
        "UTF-16": "\ufeffhorse".encode("utf-16-le"),
        "overlong UTF-8": b"a\xc0\xaf",
        "surrogate in UTF-8": b"a\xed\xa0\xbd",
    }
    bad = [typed_case(name, text) for name, text in bad_typed.items()]
    bad += [{"name": "file: " + name, "fileBytes": data.hex()} for name, data in bad_files.items()]
    for case in bad:
        try:
            ref.prepare_passphrase(
                ref.passphrase_from_file(bytes.fromhex(case["fileBytes"]))
                if "fileBytes" in case
                else (
                    case["typed"]
                    if "typed" in case
                    else bytes.fromhex(case["typedUtf16"]).decode("utf-16-be", "surrogatepass")
                )
            )
        except ref.Refused as why:
            assert why.kind == "bad_passphrase"
        else:
            raise AssertionError(case["name"])
        case["expect"] = "bad_passphrase"
    return {"passphrase_ok": ok, "passphrase_refused": bad}


def arrays():
    return {"text_ok": text_ok(), "text_refused": text_refused()} | passphrase_arrays()
