"""What a file is, by its content, and whether it may be kept: a program of its own, with little memory and time.

It reads a file and answers a line of JSON, {"type": …} or {"refused": a sentence}, and after it what is to be kept:
the file written anew out of what was read of it, so that nothing stays that was not read. It imports nothing of ours,
so that what a file does to it is done to nothing else (see inspection.py).
"""

import io
import json
import re
import resource
import sys
import zipfile
from xml.parsers import expat

MEMORY, SECONDS = 1_500_000_000, 30
OBJECTS = 200_000  # of a PDF
PIXELS = 60_000_000  # of an image
PARTS, UNPACKED = 2_000, 100_000_000  # of a Word document
PDF, JPEG, PNG, TEXT = "application/pdf", "image/jpeg", "image/png", "text/plain"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

OTHER = (
    "Files of this kind are not taken. Send a PDF, a photo (JPEG or PNG), a Word document (.docx) or plain text; "
    "print or save others as PDF first."
)
UNREADABLE = "This file cannot be read to its end. Open it, save it again as PDF, and send that."
TOO_MUCH = "There is too much in this file to look through. Send it in smaller parts."


class Refused(Exception):
    """Why a file is not kept, in a sentence for whoever sent it."""


def examine(content):
    """(content type, what is to be kept) of this file. Raises Refused; or anything else, where it cannot be read."""
    if not content:
        raise Refused("This file is empty.")
    for mark, read in READERS.items():
        if content.startswith(mark):
            return read(content)
    return text(content)


def text(content):
    """Plain text: no control characters, and no markup that a browser would act upon."""
    try:
        words = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(OTHER) from None
    if re.search(r"[^\t\n\f\r\x20-\x7e\x80-\U0010ffff]", words):
        raise Refused(OTHER)
    if re.match(r"\s*(<|\{\\rtf|%!|#!)", words) or re.search(r"<\s*(script|html|svg|iframe|!doctype)", words, re.I):
        raise Refused("This is a web page or a program, not plain text. Print it as PDF, and send that.")
    return TEXT, content


# PDF

# what makes a PDF do something, or carries another file
KEYS = {"/JS", "/JavaScript", "/AA", "/EmbeddedFiles", "/EF", "/XFA", "/RichMediaContent"}
ACTIONS = {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition", "/Movie", "/Sound"}
KINDS = {"/FileAttachment", "/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"}
DOES = (
    "This PDF does something when it is opened, or carries another file. Print it as PDF, and send that: "
    "a printed one only shows."
)


def pdf(content):
    """A PDF that only shows: every object in it is looked at, whether a page leads to it or not."""
    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(content), attempt_recovery=False) as file:
            left = OBJECTS
            for whole in [file.trailer, *file.objects]:
                for part in _dictionaries(whole):
                    left -= 1
                    if not left:
                        raise Refused(TOO_MUCH)
                    _only_shows(part)
            if not len(file.pages):
                raise Refused(UNREADABLE)
            kept = io.BytesIO()
            file.save(kept, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    except pikepdf.PasswordError:
        raise Refused("This PDF is locked with a password. Send one that is not.") from None
    except pikepdf.PdfError:
        raise Refused(UNREADABLE) from None
    return PDF, kept.getvalue()


def _dictionaries(whole):
    """Those in an object of a PDF, however deep, but in no other object: each as a mapping."""
    import pikepdf

    parts = [whole]
    while parts:
        part = parts.pop()
        if isinstance(part, pikepdf.Array):
            inner = list(part)
        elif isinstance(part, pikepdf.Dictionary | pikepdf.Stream):
            found = dict(part.items())
            inner = found.values()
            yield found
        else:
            continue
        parts += [one for one in inner if isinstance(one, pikepdf.Object) and not one.is_indirect]


def _only_shows(part):
    import pikepdf

    opens = part.get("/OpenAction")  # where to begin to read is harmless, where nothing follows
    acts = isinstance(opens, pikepdf.Dictionary) and (str(opens.get("/S")) != "/GoTo" or "/Next" in opens)
    if acts or KEYS & part.keys() or str(part.get("/S")) in ACTIONS or str(part.get("/Subtype")) in KINDS:
        raise Refused(DOES)


# images


def jpeg(content):
    return JPEG, _drawn_again(content, "JPEG")


def png(content):
    return PNG, _drawn_again(content, "PNG")


def _drawn_again(content, kind):
    """The picture and nothing else: no place, time, camera, comment or further file behind it."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # asked here, before any of it is unpacked
    try:
        with Image.open(io.BytesIO(content), formats=[kind]) as picture:
            width, height = picture.size
            if width * height > PIXELS:
                raise Refused("This picture is too large: more than 60 million dots. Make it smaller, and send that.")
            upright = ImageOps.exif_transpose(picture)
    except (OSError, SyntaxError, ValueError):
        raise Refused(UNREADABLE) from None
    clear = kind == "PNG" and upright.has_transparency_data
    plain = upright if upright.mode in ("1", "L") and not clear else upright.convert("RGBA" if clear else "RGB")
    plain.info = {}
    kept = io.BytesIO()
    plain.save(kept, kind, **({"quality": 90} if kind == "JPEG" else {}))
    return kept.getvalue()


# Word

TAKEN = re.compile(
    r"(?!.*(vbaproject|activex|embeddings|\.\.))[\w\[\] .()-]+(/[\w\[\] .()-]+)*"
    r"\.(xml|rels|png|jpe?g|gif|bmp|emf|wmf|tiff?|odttf)|word/printerSettings/\w+\.bin",
    re.I | re.A,
)
# fields that run or fetch; \0 is where one begins, or a part of it ends
FETCHES = re.compile(r"\b(DDE(AUTO)?|INCLUDE(TEXT|PICTURE))\b|\0\s*(LINK|INCLUDE|IMPORT|DATABASE|RD)\b", re.I)
CARRIES = (
    "This Word document carries a program, another file, or something that it fetches from elsewhere. "
    "Save it as PDF, and send that."
)


def docx(content):
    """A Word document of text and pictures: nothing in it runs, and nothing comes from elsewhere."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as folder:
            parts = _unpacked(folder)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        raise Refused(UNREADABLE) from None
    if not {"[Content_Types].xml", "word/document.xml"} <= parts.keys():
        raise Refused(OTHER)
    for name in parts:
        if not TAKEN.fullmatch(name):
            raise Refused(CARRIES)
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as folder:
        for name, part in parts.items():
            if name.lower().endswith((".xml", ".rels")):
                _only_says(part)
            folder.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return DOCX, kept.getvalue()


def _unpacked(folder):
    """{name: content} of what is in the archive, read no further than a document would be."""
    files, parts, left = [one for one in folder.infolist() if not one.is_dir()], {}, UNPACKED
    if len(files) > PARTS:
        raise Refused(TOO_MUCH)
    for file in files:
        with folder.open(file) as packed:
            part = packed.read(left + 1)
        left -= len(part)
        if left < 0:
            raise Refused(TOO_MUCH)
        if file.filename.lower() in map(str.lower, parts):
            raise Refused(UNREADABLE)
        parts[file.filename] = part
    return parts


def _only_says(part):
    """Raise Refused where a part of a Word document runs, links to elsewhere but for a reader's click, or expands."""
    parser, instructions = expat.ParserCreate(), []

    def begin(tag, attributes):
        said = {name.rpartition(":")[2]: value for name, value in attributes.items()}
        if {"TargetMode", "ContentType"} & said.keys() and len(said) < len(attributes):  # says two things at once
            raise Refused(CARRIES)
        kind = said.get("ContentType", "") + said.get("Type", "")
        elsewhere = said.get("TargetMode", "").lower() == "external" and not kind.endswith("/hyperlink")
        if elsewhere or re.search(r"macro|vba|activex|oleObject|aFChunk|/package$", kind, re.I):
            raise Refused(CARRIES)
        name = tag.rpartition(":")[2]
        if name == "fldChar" or "instr" in said:
            instructions.append("\0" + said.get("instr", "") + "\0")
        inside.append(name == "instrText")

    def refuse_entities(*_):
        raise Refused(CARRIES)

    inside = []
    parser.StartElementHandler, parser.StartDoctypeDeclHandler = begin, refuse_entities
    parser.EndElementHandler = lambda tag: inside.pop()
    parser.CharacterDataHandler = lambda words: instructions.append(words) if inside and inside[-1] else None
    try:
        parser.Parse(part, True)
    except expat.ExpatError:
        raise Refused(UNREADABLE) from None
    if FETCHES.search("".join(instructions)):
        raise Refused(CARRIES)


READERS = {b"%PDF-": pdf, b"\xff\xd8\xff": jpeg, b"\x89PNG\r\n\x1a\n": png, b"PK\x03\x04": docx}


def main():
    for what, most in (
        (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        resource.setrlimit(what, (most, most))
    try:
        kind, kept = examine(sys.stdin.buffer.read())
        answer = {"type": kind}
    except Refused as why:
        answer, kept = {"refused": str(why)}, b""
    except (MemoryError, RecursionError):
        answer, kept = {"refused": TOO_MUCH}, b""
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + kept)


if __name__ == "__main__":
    main()
