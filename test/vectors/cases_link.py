"""Links: the arrays link_ok, link_ordinary, link_refused, link_repaired and link_cut."""

from urllib.parse import quote

import reference as ref
from cases import GATED, HOST, KEY_ONLY, PASSPHRASE, SUITE_NAMES, derived, identifier_of, link_of

ID = identifier_of("links")
KEYS = (derived(f"link key: links {i}", 32) for i in range(1000))
KEY = next(k for k in KEYS if {"o", "1"} < set(ref.encode_fragment(GATED, k, ID)))  # both have a look-alike
FRAGMENT = ref.encode_fragment(GATED, KEY, ID)
PATH = f"{HOST}/secret/{ID}"
LINK = f"{PATH}#{FRAGMENT}"


def encoded(text):
    """Percent-encoded as a query value is."""
    return quote(text, safe="")


def parsed(name, link):
    """A case of link_ok or link_repaired."""
    result = ref.parse_link(link)
    assert result["kind"] == "encrypted", name
    expect = {k: result[k] for k in ("origin", "path", "identifier", "suite")}
    expect |= {"linkKey": result["linkKey"].hex(), "exposed": result["exposed"]}
    return {"name": name, "link": link, "expect": expect}


def ordinary(name, link):
    result = ref.parse_link(link)
    assert result["kind"] == "ordinary", (name, result)
    return {"name": name, "link": link, "expect": {k: result[k] for k in ("origin", "path", "identifier")}}


def kind_of(link):
    try:
        return {"ordinary": "ordinary_link", "encrypted": "ok"}[ref.parse_link(link)["kind"]]
    except ref.Refused as why:
        return why.kind


def refused(name, link, expect):
    assert kind_of(link) == expect, (name, kind_of(link))
    return {"name": name, "link": link, "expect": expect}


def with_check(suite, identifier=ID):
    """A fragment of any suite with a good check, as a newer version would make it."""
    return ref.encode_fragment(suite, KEY, identifier)


def swap(text, i):
    """`text` with the base58 digit at i replaced by the next one."""
    return text[:i] + ref.BASE58[(ref.BASE58.index(text[i]) + 1) % 58] + text[i + 1 :]


def ok_cases():
    mixed = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    short, long_, upper = identifier_of("s", 20, mixed), identifier_of("l", 128, mixed), identifier_of("u", 62, mixed)
    out = [
        parsed(f"{SUITE_NAMES[s]}", link_of(ID, ref.encode_fragment(s, KEY, ID))) for s in (KEY_ONLY, GATED, PASSPHRASE)
    ]
    out += [
        parsed("identifier of 20 characters", link_of(short, with_check(GATED, short))),
        parsed("identifier of 128 characters", link_of(long_, with_check(GATED, long_))),
        parsed("identifier in both cases of letters", link_of(upper, with_check(GATED, upper))),
        parsed("path prefix", f"https://intranet.example/tools/ots/secret/{ID}#{FRAGMENT}"),
        parsed("port", f"https://ots.example:8443/secret/{ID}#{FRAGMENT}"),
        parsed("loopback, plain http", f"http://127.0.0.1:7143/secret/{ID}#{FRAGMENT}"),
        parsed("a slash before the #", f"{PATH}/#{FRAGMENT}"),
        parsed("a query before the #", f"{PATH}?utm_source=mail#{FRAGMENT}"),
    ]
    return out


def ordinary_cases():
    return [
        ordinary("plain", PATH),
        ordinary("slash", PATH + "/"),
        ordinary("query", PATH + "?lang=de"),
        ordinary("slash and query", PATH + "/?lang=de"),
        ordinary("identifier of 31 characters", f"{HOST}/secret/{identifier_of('old', 31)}"),
        ordinary("identifier of 20 characters", f"{HOST}/secret/{identifier_of('s', 20)}"),
        ordinary("identifier of 128 characters", f"{HOST}/secret/{identifier_of('l', 128)}"),
        ordinary("path prefix", f"https://intranet.example/tools/ots/secret/{ID}"),
        ordinary("white space around", f" {PATH}\n"),
        ordinary("angle brackets around", f"<{PATH}>"),
    ]


def refused_cases():
    other = identifier_of("another")
    f = FRAGMENT
    letter = next(i for i, c in enumerate(f) if c.swapcase() in ref.BASE58 and c.isalpha())
    out = [
        # nothing after the "#", or the "#" itself lost or encoded
        refused("empty fragment", PATH + "#", "empty_fragment"),
        refused("empty fragment after a slash", PATH + "/#", "empty_fragment"),
        refused("empty fragment after a query", PATH + "?lang=de#", "empty_fragment"),
        refused("empty fragment in angle brackets", f"<{PATH}#>", "empty_fragment"),
        refused("empty fragment and a full stop", PATH + "#.", "empty_fragment"),
        refused("encoded # and nothing after it", PATH + "%23", "empty_fragment"),
        refused("twice encoded # and nothing after it", PATH + "%2523", "empty_fragment"),
        refused("# as an HTML entity and nothing after it", PATH + "&#35;", "damaged_link"),
        refused("# as an HTML entity", PATH + "&#35;" + f, "damaged_link"),
        refused("# encoded four times", PATH + "%25252523" + f, "damaged_link"),
        refused("encoded # at the end of a query", PATH + "?x=%23", "empty_fragment"),
        refused("encoded # in a query", PATH + "?x=%23top", "damaged_link"),
        refused("lost #", PATH + f, "lost_hash"),
        refused("lost #, in angle brackets", f"<{PATH}{f}>", "lost_hash"),
        refused("lost #, then a slash", PATH + f + "/", "lost_hash"),
        refused(
            "lost #, identifier of 128 characters",
            f"{HOST}/secret/{identifier_of('l', 128)}{with_check(GATED, identifier_of('l', 128))}",
            "lost_hash",
        ),
        refused("a slash for the #", f"{PATH}/{f}", "damaged_link"),
        refused("a question mark and a # that is lost", f"{PATH}?x=1#", "empty_fragment"),
        # a fragment that is not the one made
        refused("last character missing", LINK[:-1], "damaged_link"),
        refused("first character of the fragment missing", f"{PATH}#{f[1:]}", "damaged_link"),
        refused("a character in the middle missing", f"{PATH}#{f[:20]}{f[21:]}", "damaged_link"),
        refused("a character too much in the middle", f"{PATH}#{f[:20]}x{f[20:]}", "damaged_link"),
        refused("first character changed", f"{PATH}#{swap(f, 0)}", "damaged_link"),
        refused("middle character changed", f"{PATH}#{swap(f, 24)}", "damaged_link"),
        refused("last character changed", f"{PATH}#{swap(f, 48)}", "damaged_link"),
        refused("two neighbours swapped", f"{PATH}#{f[:10]}{f[11]}{f[10]}{f[12:]}", "damaged_link"),
        refused(
            "one letter's case changed", f"{PATH}#{f[:letter]}{f[letter].swapcase()}{f[letter + 1:]}", "damaged_link"
        ),
        refused("whole fragment in lower case", f"{PATH}#{f.lower()}", "damaged_link"),
        refused("whole fragment in upper case", f"{PATH}#{f.upper()}", "damaged_link"),
        refused("a look-alike: digit 0 for letter o", f"{PATH}#{f.replace('o', '0')}", "damaged_link"),
        refused("a look-alike: letter l for digit 1", f"{PATH}#{f.replace('1', 'l')}", "damaged_link"),
        refused("a character outside base58", f"{PATH}#{f[:30]}-{f[31:]}", "damaged_link"),
        refused("49 times the digit 1", f"{PATH}#{'1' * 49}", "damaged_link"),
        refused("49 times the digit z", f"{PATH}#{'z' * 49}", "damaged_link"),
        refused("an ordinary anchor", PATH + "#top", "damaged_link"),
        # the check covers suite and identifier
        refused("another identifier", f"{HOST}/secret/{other}#{f}", "damaged_link"),
        refused(
            "identifier with one character changed",
            f"{HOST}/secret/{ID[:-1]}{'a' if ID[-1] != 'a' else 'b'}#{f}",
            "damaged_link",
        ),
        refused("identifier in upper case", f"{HOST}/secret/{ID.upper()}#{f}", "damaged_link"),
        refused("identifier cut by one", f"{HOST}/secret/{ID[:-1]}#{f}", "damaged_link"),
        refused("identifier of 19 characters", link_of(ID[:19], with_check(GATED, ID[:19])), "damaged_link"),
        refused(
            "identifier of 129 characters",
            link_of(identifier_of("x", 129), with_check(GATED, identifier_of("x", 129))),
            "damaged_link",
        ),
        refused(
            "identifier with a hyphen",
            link_of(f"{ID[:30]}-{ID[30:]}", with_check(GATED, f"{ID[:30]}-{ID[30:]}")),
            "damaged_link",
        ),
        refused("something else after the identifier", f"{PATH}/share#{f}", "damaged_link"),
        refused("something else after an ordinary identifier", f"{PATH}/share", "damaged_link"),
        refused("an ampersand after an ordinary identifier", f"{PATH}&x=1", "damaged_link"),
    ]
    # a suite this version does not know, with a good check; the same with a bad one
    for suite in (0x00, 0x11, 0x14, 0x18, 0x1F, 0x20, 0x23, 0x7F, 0x82):
        fragment = with_check(suite)
        assert len(fragment) == ref.FRAGMENT_LENGTH
        out.append(refused(f"suite 0x{suite:02x}, good check", f"{PATH}#{fragment}", "newer_version"))
    for suite in (0x11, 0x20):
        out.append(refused(f"suite 0x{suite:02x}, bad check", f"{PATH}#{swap(with_check(suite), 48)}", "damaged_link"))
    for suite in (0x01, 0xFF):  # in base58 these have 48 and 50 characters
        out.append(refused(f"suite 0x{suite:02x}, not 49 characters", f"{PATH}#{with_check(suite)}", "damaged_link"))
    for bit, field in ((35, "check"), (33, "check's first byte"), (32, "key's last byte"), (1, "key's first byte")):
        data = bytearray(ref.base58_decode(f))
        data[bit] ^= 1
        out.append(refused(f"one bit of the {field}", f"{PATH}#{ref.base58_encode(bytes(data))}", "damaged_link"))
    data = bytes([PASSPHRASE]) + ref.base58_decode(f)[1:]
    out.append(
        refused(
            "suite of another secret's kind under the old check", f"{PATH}#{ref.base58_encode(data)}", "damaged_link"
        )
    )
    # several links in one
    a, b = LINK, link_of(other, with_check(KEY_ONLY, other))
    gate = "https://gate.example/?a="
    out += [
        refused("two links, different secrets", f"{gate}{encoded(a)}&b={encoded(b)}", "ambiguous"),
        refused(
            "two links, different hosts", f"{gate}{encoded(a)}&b={encoded(a.replace('ots.', 'evil.'))}", "ambiguous"
        ),
        refused(
            "two links, different schemes", f"{gate}{encoded(a)}&b={encoded(a.replace('https', 'http'))}", "ambiguous"
        ),
        refused(
            "two links, different paths",
            f"{gate}{encoded(a)}&b={encoded(a.replace('/secret', '/x/secret'))}",
            "ambiguous",
        ),
        refused(
            "two links, different keys",
            f"{gate}{encoded(a)}&b={encoded(link_of(ID, ref.encode_fragment(GATED, derived('x', 32), ID)))}",
            "ambiguous",
        ),
        refused(
            "two links, different suites",
            f"{gate}{encoded(a)}&b={encoded(link_of(ID, with_check(KEY_ONLY)))}",
            "ambiguous",
        ),
        refused(
            "a link with another in its query",
            f"{HOST}/secret/{other}?next={encoded(a)}#{with_check(KEY_ONLY, other)}",
            "ambiguous",
        ),
        refused("a gateway's wrapper around a damaged link", gate + encoded(a[:-1]), "damaged_link"),
        refused("a gateway's wrapper, # encoded four times", gate + encoded(f"{PATH}%252523{f}"), "damaged_link"),
        # no link to a secret
        refused("no link", "hello", "not_a_link"),
        refused("empty", "", "not_a_link"),
        refused("another page", f"{HOST}/about", "not_a_link"),
        refused("another scheme", f"ftp://ots.example/secret/{ID}#{f}", "not_a_link"),
    ]
    return out


def repaired_cases():
    f, link = FRAGMENT, LINK
    gate = "https://gate.example/"
    out = [
        parsed(name, text)
        for name, text in (
            ("angle brackets", f"<{link}>"),
            ("double quotes", f'"{link}"'),
            ("single quotes", f"'{link}'"),
            ("typographic quotes", f"\u201c{link}\u201d"),
            ("guillemets", f"\u00ab{link}\u00bb"),
            ("backticks", f"`{link}`"),
            ("parentheses", f"({link})"),
            ("square brackets", f"[{link}]"),
            ("parenthesis and full stop", f"({link})."),
            ("full stop", f"{link}."),
            ("comma", f"{link},"),
            ("semicolon", f"{link};"),
            ("exclamation mark", f"{link}!"),
            ("closing parenthesis only", f"{link})"),
            ("angle brackets and comma", f"<{link}>,"),
            ("white space around", f" \t{link}\r\n"),
            ("wrapped in the fragment", f"{PATH}#{f[:20]}\n{f[20:]}"),
            ("wrapped in the fragment, CRLF and indented", f"{PATH}#{f[:20]}\r\n    {f[20:]}"),
            ("wrapped after the #", f"{PATH}#\n{f}"),
            ("wrapped before the #", f"{PATH}\n#{f}"),
            ("wrapped in the identifier", f"{link[:50]}\n{link[50:]}"),
            ("wrapped in the host", f"{link[:12]}\n{link[12:]}"),
            ("a space in the fragment", f"{PATH}#{f[:30]} {f[30:]}"),
            ("a no-break space in the fragment", f"{PATH}#{f[:30]}\u00a0{f[30:]}"),
            ("zero-width space", f"{PATH}#{f[:30]}\u200b{f[30:]}"),
            ("zero-width joiner", f"{PATH}#{f[:30]}\u200d{f[30:]}"),
            ("zero-width non-joiner", f"{PATH}#{f[:30]}\u200c{f[30:]}"),
            ("word joiner", f"{PATH}#{f[:30]}\u2060{f[30:]}"),
            ("byte order mark in front", f"\ufeff{link}"),
            ("soft hyphen", f"{PATH}#{f[:30]}\u00ad{f[30:]}"),
            ("quoted-printable soft line break, LF", f"{PATH}#{f[:30]}=\n{f[30:]}"),
            ("quoted-printable soft line break, CRLF", f"{PATH}#{f[:30]}=\r\n{f[30:]}"),
            ("several of these at once", f"<{PATH[:40]}=\n{PATH[40:]}#{f[:9]}\u200b{f[9:30]}\r\n {f[30:]}>."),
            ("# encoded", f"{PATH}%23{f}"),
            ("# encoded twice", f"{PATH}%2523{f}"),
            ("# encoded three times", f"{PATH}%252523{f}"),
            ("# encoded, angle brackets", f"<{PATH}%23{f}>"),
            ("whole link encoded", encoded(link)),
            ("whole link encoded twice", encoded(encoded(link))),
            ("whole link encoded three times", encoded(encoded(encoded(link)))),
            ("whole link encoded, lower-case hex digits", encoded(link).replace("%3A", "%3a").replace("%2F", "%2f")),
            ("gateway", f"{gate}?url={encoded(link)}"),
            ("gateway, with parameters around", f"{gate}v2/url?v=3&u={encoded(link)}&x=1&d=abc%20def"),
            ("gateway, # encoded twice", f"{gate}?url={encoded(PATH + '%23' + f)}&x=1"),
            ("gateway, # encoded three times", f"{gate}?url={encoded(PATH + '%2523' + f)}&x=1"),
            (
                "gateway in a gateway",
                f"{gate}?url={encoded('https://inner.example/r?to=' + encoded(link) + '&y=2')}&x=1",
            ),
            ("gateway, with a fragment of its own", f"{gate}?url={encoded(link)}#top"),
            ("gateway, angle brackets and full stop", f"<{gate}?url={encoded(link)}&x=1>."),
            ("gateway, link in angle brackets", f"{gate}?url={encoded('<' + link + '>')}"),
            ("the same link twice", f"{gate}?a={encoded(link)}&b={encoded(link)}"),
            ("an encoded line end in the fragment", f"{gate}?url={encoded(PATH + '#' + f[:30] + chr(10) + f[30:])}"),
        )
    ]
    # only the next 49 characters count
    out += [
        parsed(name, text)
        for name, text in (
            ("words after the link", f"{link} is the link"),
            ("a tracker's parameter after the fragment", f"{link}&utm_source=mail"),
            ("a slash after the fragment", f"{link}/"),
            ("a letter too much", f"{link}x"),
        )
    ]
    for case in out:
        assert case["expect"]["linkKey"] == KEY.hex() and case["expect"]["identifier"] == ID, case["name"]
        assert case["expect"]["exposed"] == (
            "gateway" in case["name"] or "encoded" in case["name"] or "twice" in case["name"]
        ), case["name"]
    return out


def cut_case():
    """What each prefix of one link is, as runs of lengths that share a kind."""
    runs = []
    for length in range(len(LINK) + 1):
        kind = kind_of(LINK[:length])
        if runs and runs[-1]["expect"] == kind:
            runs[-1]["to"] = length
        else:
            runs.append({"from": length, "to": length, "expect": kind})
    return {"name": "the first n characters of a link", "link": LINK, "runs": runs}


def arrays():
    return {
        "link_ok": ok_cases(),
        "link_ordinary": ordinary_cases(),
        "link_refused": refused_cases(),
        "link_repaired": repaired_cases(),
        "link_cut": [cut_case()],
    }
