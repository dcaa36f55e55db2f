"""Files made to do harm: each is refused with a sentence, or kept without what it brought along."""

import io
import zipfile
import zlib

import pikepdf
import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from offenders.documents import examine
from offenders.documents.inspection import inspect
from offenders.documents.models import Document

# what a test brings along; nothing that is kept may hold it
CANARY = b"cnry-hidden"


def in_pdf(change=lambda file: None, **how):
    file = pikepdf.new()
    file.add_blank_page()
    change(file)
    made = io.BytesIO()
    file.save(made, **how)
    return made.getvalue()


def root(**entries):
    return lambda file: [setattr(file.Root, name, value) for name, value in entries.items()]


def action(kind, **more):
    return pikepdf.Dictionary(S=pikepdf.Name(f"/{kind}"), **more)


def on_page(**annotation):
    def change(file):
        note = file.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Annot, Rect=[0, 0, 9, 9], **annotation))
        file.pages[0].Annots = pikepdf.Array([note])

    return change


def unreachable(file):
    """An object that no page leads to; a viewer that mends the file might."""
    file.trailer.Info = pikepdf.Dictionary(X=file.make_indirect(action("JavaScript", JS="app.alert(1)")))


def by_hand(trailer, first=b"<</Type/Catalog/Pages 2 0 R>>"):
    """A PDF as no library writes it: with this trailer, and this first object."""
    made, table = b"%PDF-1.7\n", b"0000000000 65535 f \n"
    objects = [first, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"]
    for number, written in enumerate(objects, 1):
        table += b"%010d 00000 n \n" % len(made)
        made += b"%d 0 obj\n%s\nendobj\n" % (number, written)
    return made + b"xref\n0 4\n" + table + b"trailer\n" + trailer + b"\nstartxref\n%d\n%%%%EOF" % len(made)


def attached(file):
    file.attachments["x.exe"] = b"MZ"


def bomb(file):
    """A stream that unpacks to a gigabyte: it is kept packed, and never unpacked."""
    packed = zlib.compress(b"\0" * 50_000_000, 9)
    file.pages[0].Contents = pikepdf.Stream(file, packed, Filter=pikepdf.Name.FlateDecode)


def stuffed():
    """A PDF whose objects are packed into a stream that unpacks to two gigabytes."""
    packer = zlib.compressobj(9)
    packed = b"".join([*(packer.compress(b" " * 1_000_000) for _ in range(2_000)), packer.flush()])
    packed_objects = b"1 0 obj\n<</Type/ObjStm/N 1/First 5/Filter/FlateDecode/Length %d>>\nstream\n" % len(packed)
    body = b"%PDF-1.5\n" + packed_objects + packed + b"\nendstream\nendobj\n"
    table = b"\x01\0\x09\0" + b"\x02\0\x01\0"  # where object 1 lies; that object 3 is the first in it
    index = b"2 0 obj\n<</Type/XRef/Size 4/W[1 2 1]/Index[1 1 3 1]/Root 3 0 R/Length 8>>\nstream\n"
    return body + index + table + b"\nendstream\nendobj\nstartxref\n" + str(len(body)).encode() + b"\n%%EOF"


def picture(kind="JPEG", size=(40, 30), mode="RGB", **how):
    made = io.BytesIO()
    Image.new(mode, size, "white" if mode != "1" else 1).save(made, kind, **how)
    return made.getvalue()


def from_a_phone():
    """A photo that says where it was made."""
    marks = Image.Exif()
    marks[0x010E] = CANARY.decode()
    marks.get_ifd(0x8825).update({1: "N", 2: (52.0, 28.0, 59.0), 3: "W", 4: (1.0, 53.0, 32.0)})
    return picture(exif=marks, comment=CANARY)


def with_comment():
    comment = PngInfo()
    comment.add_text("Comment", CANARY.decode())
    return picture("PNG", pnginfo=comment)


def huge():
    """A picture of ten thousand million dots in a few bytes."""
    head = b"\0\x01\x86\xa0\0\x01\x86\xa0\x08\0\0\0\0"
    chunk = b"IHDR" + head
    return (
        b"\x89PNG\r\n\x1a\n" + len(head).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
        + picture("PNG")[33:]
    )  # fmt: skip


TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    f'<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" '
    f'ContentType="{examine.DOCX}.main+xml"/></Types>'
)
WORDS = (
    '<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    "<w:p><w:r><w:t>Dear Sam</w:t></w:r>%s</w:p></w:body></w:document>"
)
LINK = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" '
    'Target="https://example.org/x" TargetMode="External"/></Relationships>'
)


def in_word(inside="", types=TYPES, **parts):
    made = io.BytesIO()
    parts = {"[Content_Types].xml": types, "word/document.xml": WORDS % inside} | {
        name.replace("__", "/"): part for name, part in parts.items()
    }
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as folder:
        for name, part in parts.items():
            folder.writestr(name, part)
    return made.getvalue()


def twice():
    made = io.BytesIO(in_word())
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(made, "a") as folder:
        folder.writestr("word/document.xml", WORDS % "<!-- another -->")
    return made.getvalue()


def leading_out():
    """A part that is a link to a file of the machine."""
    made, link = io.BytesIO(in_word()), zipfile.ZipInfo("word/styles.xml")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(made, "a") as folder:
        folder.writestr(link, "/etc/passwd")
    return made.getvalue()


EXPANDS = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
FIELD = "<w:r><w:instrText>%s</w:instrText></w:r>"
BEGIN = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
HOSTILE = {
    "empty": b"",
    "only spaces before a web page": b"   \n<!DOCTYPE html><script>alert(1)</script>",
    "a drawing with a script": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "a drawing behind a mark": b'\xef\xbb\xbf<?xml version="1.0"?><svg onload="alert(1)"/>',
    "text with a web page inside": b"Dear Sam\n<script>alert(1)</script>",
    "a script": b"#!/bin/sh\nrm -rf /",
    "rich text": rb"{\rtf1\ansi{\object\objupdate}}",
    "PostScript": b"%!PS-Adobe-3.0\n(x) run",
    "a program": b"MZ\x90\0\x03\0\0\0",
    "a program of another system": b"\x7fELF\x02\x01\x01\0",
    "text in no encoding": b"caf\xe9",
    "a null in text": b"Dear\0Sam",
    "an old Word file": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "a moving picture": b"GIF89a\x01\0\x01\0\x80\0\0" + b"\0" * 20,
    "a picture of another kind": b"BM" + b"\0" * 60,
    "PDF: not at its beginning": b"GIF89a/*\n" + in_pdf(),
    "PDF: JavaScript at opening": in_pdf(root(OpenAction=action("JavaScript", JS="app.alert(1)"))),
    "PDF: opens an address": in_pdf(root(OpenAction=action("URI", URI="https://example.org/?seen"))),
    "PDF: starts a program": in_pdf(root(OpenAction=action("Launch", F="cmd.exe"))),
    "PDF: acts on events": in_pdf(root(AA=pikepdf.Dictionary(WC=action("JavaScript", JS="1")))),
    "PDF: a script by name": in_pdf(root(Names=pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=[])))),
    "PDF: a script that nothing leads to": in_pdf(unreachable),
    "PDF: a script in what stands before all objects": by_hand(
        b"<</Size 4/Root<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(1)>>>>>>"
    ),
    "PDF: begins on a page, and goes on to an address": by_hand(
        b"<</Size 4/Root 1 0 R>>",
        b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/GoTo/D[3 0 R/Fit]/Next<</S/URI/URI(https://x)>>>>>>",
    ),
    "PDF: packed, with a script": in_pdf(
        root(OpenAction=action("JavaScript", JS="1")), object_stream_mode=pikepdf.ObjectStreamMode.generate
    ),
    "PDF: a name in disguise": in_pdf(root(OpenAction=action("LaunchIt", F="x"))).replace(b"/LaunchIt", b"/L#61unch"),
    "PDF: carries a file": in_pdf(attached),
    "PDF: a file in a note": in_pdf(on_page(Subtype=pikepdf.Name.FileAttachment)),
    "PDF: sends what is filled in": in_pdf(on_page(Subtype=pikepdf.Name.Link, A=action("SubmitForm", F="https://x"))),
    "PDF: a film": in_pdf(on_page(Subtype=pikepdf.Name.RichMedia)),
    "PDF: a form that runs": in_pdf(root(AcroForm=pikepdf.Dictionary(XFA=["x"]))),
    "PDF: locked": in_pdf(encryption=pikepdf.Encryption(owner="a", user="b")),
    "PDF: cut off": in_pdf()[:300],
    "PDF: a name and no more": b"%PDF-1.7\n",
    "picture: cut off": picture(size=(900, 900))[:2000],
    "picture: more dots than there is room for": huge(),
    "picture: a flood of white": lambda: picture("PNG", (12_000, 12_000), "1"),
    "picture: a beginning and no more": b"\xff\xd8\xff\xe0" + b"\0" * 40,
    "Word: a macro": in_word(word__vbaProject="x", **{"word__vbaProject.bin": b"x"}),
    "Word: says that it has macros": in_word(types=TYPES.replace("document.main", "document.macroEnabled.main")),
    "Word: a program inside": in_word(**{"word__embeddings__x.bin": b"MZ"}),
    "Word: a web page inside": in_word(**{"word__x.html": "<script>"}),
    "Word: a template from elsewhere": in_word(**{"word___rels__settings.xml.rels": LINK % "attachedTemplate"}),
    "Word: a picture from elsewhere": in_word(**{"word___rels__document.xml.rels": LINK % "image"}),
    "Word: a field that starts a program": in_word(FIELD % "DD" + FIELD % "EAUTO c:\\x"),
    "Word: a field that fetches": in_word('<w:fldSimple w:instr="INCLUDEPICTURE https://x"/>'),
    "Word: a field that starts a program, right behind another": in_word(
        BEGIN + FIELD % "PAGE" + BEGIN + FIELD % "DDEAUTO c:\\x"
    ),
    "Word: a field that starts a program, behind one of another kind": in_word(
        '<w:fldSimple w:instr="PAGE"/><w:fldSimple w:instr="DDEAUTO c:\\x"/>'
    ),
    "Word: a field that links to a file": in_word(BEGIN + FIELD % " LINK Excel.Sheet.8 x"),
    "Word: says twice what leads elsewhere": in_word(
        **{"word___rels__settings.xml.rels": (LINK % "attachedTemplate").replace("/>", ' x:Type="a/hyperlink"/>')}
    ),
    "Word: expands without end": in_word(**{"word__styles.xml": EXPANDS}),
    "Word: a bomb": in_word(**{"word__styles.xml": "a" * 110_000_000}),
    "Word: ten thousand parts": in_word(**{f"word__{n}.xml": "<a/>" for n in range(2_001)}),
    "Word: something before it": b"MZ" + in_word(),
    "Word: a way out of its folder": in_word(**{"..__..__x.xml": "<a/>"}),
    "Word: one part twice": twice,
    "Word: a link out of its folder": leading_out,
    "Word: cut off": in_word()[:200],
    "an archive that is no document": in_word().replace(b"word/document", b"words/documen"),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_with_a_sentence(content):
    with pytest.raises(ValidationError) as refused:
        inspect(content() if callable(content) else content)
    assert refused.value.messages[0].endswith(".")
    assert refused.value.messages[0] in {
        getattr(examine, name) for name in ("OTHER", "UNREADABLE", "TOO_MUCH", "DOES", "CARRIES")
    } or refused.value.messages[0].startswith(("This file is empty", "This is a web", "This PDF is", "This picture is"))


def test_a_file_that_unpacks_to_more_than_there_is_room_for_harms_only_who_reads_it():
    with pytest.raises(ValidationError):
        inspect(stuffed())


KEPT = {
    "a photo that says where it was made": (from_a_phone, "image/jpeg"),
    "a photo with an archive behind it": (lambda: picture() + in_word() + CANARY, "image/jpeg"),
    "a photo with a script behind it": (lambda: picture() + b"<script>" + CANARY, "image/jpeg"),
    "a picture with a comment": (with_comment, "image/png"),
    "a PDF with an archive behind it": (lambda: in_pdf() + in_word() + CANARY, "application/pdf"),
    "a PDF with an old version inside": (lambda: in_pdf() + b"\n% " + CANARY, "application/pdf"),
    "a PDF of a stream that unpacks large": (lambda: in_pdf(bomb), "application/pdf"),
    "a PDF that opens on its second page": (
        lambda: in_pdf(lambda file: setattr(file.Root, "OpenAction", [file.pages[0].obj, pikepdf.Name.Fit])),
        "application/pdf",
    ),
    "a Word document with a script behind it": (lambda: in_word() + CANARY, examine.DOCX),
    "a Word document that leads to a page": (
        lambda: in_word(**{"word___rels__document.xml.rels": LINK % "hyperlink"}), examine.DOCX
    ),
    "a Word document with page numbers and links": (
        lambda: in_word(BEGIN + FIELD % ' HYPERLINK "https://x/link" ' + BEGIN + FIELD % " PAGE "), examine.DOCX
    ),
    "text": (lambda: "Dear Sam, Zoë says 5 < 6 — see you.\r\n".encode(), "text/plain"),
}  # fmt: skip


@pytest.mark.parametrize(("made", "kind"), KEPT.values(), ids=KEPT)
def test_what_a_file_brings_along_is_not_kept(made, kind):
    found, kept = inspect(made())
    assert found == kind
    assert CANARY not in kept
    assert b"GPS" not in kept


def test_a_photo_is_upright_and_says_nothing_of_where_it_was_made():
    _, kept = inspect(from_a_phone())
    with Image.open(io.BytesIO(kept)) as image:
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content", "ending"),
    [
        ("letter.pdf", b"Dear Sam", ".txt"), ("photo.svg", picture(), ".jpg"), ("x.exe", in_pdf(), ".pdf"),
        ("a.html", b"Dear Sam", ".txt"),
    ],
)  # fmt: skip
def test_a_file_is_what_it_holds_not_what_it_is_called(client, make_case, facilitator, name, content, ending):
    from django.core.files.uploadedfile import SimpleUploadedFile

    client.force_login(facilitator)
    answers = {"kind": "letter", "category": "general", "shared_with": "everyone"}
    file = SimpleUploadedFile(name, content, content_type="text/html")
    client.post(reverse("documents:add", args=[make_case().offender_id]), {"file": file, **answers})
    document = Document.objects.get()
    assert document.file_name.endswith(ending)
    response = client.get(reverse("documents:file", args=[document.pk]))
    assert "html" not in response["Content-Type"]
    response.close()


@pytest.mark.django_db
def test_a_body_of_a_hundred_thousand_parts_is_refused_soon(client, make_case, facilitator):
    client.force_login(facilitator)
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
    for body in (part * 100_000, part.replace(b'"a"', b'"file"; filename="a"') * 100_000):
        address = reverse("documents:add", args=[make_case().offender_id])
        response = client.generic("POST", address, body + b"--x--", content_type="multipart/form-data; boundary=x")
        assert response.status_code in (400, 413)
    assert not Document.objects.exists()
