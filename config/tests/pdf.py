"""The words of a PDF that Throughcare prints, for tests to look for what must not be there."""

import re
import zlib


def text_of(pdf):
    """All that is drawn, and the description, as one string; spaces stand where the printer put some."""
    objects = {int(number): body for number, body in re.findall(rb"(?s)\n(\d+) 0 obj\n(.*?)\nendobj", pdf)}
    letters = {
        name: _letters(_stream(objects[int(re.search(rb"/ToUnicode (\d+)", objects[int(font)])[1])]))
        for fonts in re.findall(rb"/Font<<(.*?)>>", pdf)
        for name, font in re.findall(rb"/(f\d+) (\d+) 0 R", fonts)
    }
    drawn = [_drawn(_stream(body), letters) for body in objects.values() if b"stream" in body]
    return " ".join([*drawn, pdf.decode("latin-1")])


def _stream(body):
    """The stream of an object, unpacked; nothing where it is not packed the usual way."""
    data = re.search(rb"(?s)stream\r?\n(.*)\r?\nendstream", body)[1]
    try:
        return zlib.decompress(data)
    except zlib.error:
        return b""


def _letters(cmap):
    """{code: letters} of a font."""
    pairs = re.findall(rb"(?m)^<([0-9a-fA-F]{4})> <([0-9a-fA-F]+)>$", cmap)
    return {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs}


ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def _drawn(content, letters):
    """What a page shows: its strings are two bytes for each letter, escaped."""
    words, font = [], {}
    for name, string in re.findall(rb"(?s)/(f\d+) [\d.]+ Tf|\(((?:\\.|[^\\()])*)\)", content):
        if name:
            font = letters[name]
            continue
        codes = re.sub(rb"(?s)\\(\d{3}|.)", _unescaped, string)
        words += [font.get(int.from_bytes(codes[i : i + 2], "big"), "") for i in range(0, len(codes), 2)]
    return "".join(words)


def _unescaped(escape):
    code = escape[1]
    return bytes([int(code, 8)]) if len(code) == 3 else ESCAPED.get(code, code)
