"""Where files may be sent, and how large: nowhere else is one read, nor kept on the way."""

import io

from django.core.exceptions import BadRequest
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from partners.settings import setting

TAKES_FILES = {"documents:add", "documents:add_to", "api:document-list"}
LARGEST_BODY = 60_000_000  # so much is read, and thrown away, to say on the form itself that a file is too large


def limit():
    """The most octets that a file may have."""
    return int(setting("file_megabytes")[0] * 1_000_000)


class OneFile(FileUploadHandler):
    """Takes one file, in memory, at the addresses that take files, from somebody signed in with a hat.

    Of a file that is too large it keeps the size alone.
    """

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):
        match, user = self.request.resolver_match, self.request.user
        self.takes = bool(match and match.view_name in TAKES_FILES and user.is_authenticated and user.membership)
        self.most = limit() if self.takes else 0

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        if not self.takes:
            raise BadRequest("This address takes no files.")
        self.file = io.BytesIO()

    def receive_data_chunk(self, raw_data, start):
        if start + len(raw_data) <= self.most:
            self.file.write(raw_data)
        else:
            self.file = io.BytesIO()

    def file_complete(self, file_size):
        self.file.seek(0)
        return InMemoryUploadedFile(
            self.file, self.field_name, self.file_name, self.content_type, file_size, self.charset
        )
