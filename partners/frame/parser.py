import json

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class TextParser(JSONParser):
    """JSON that can be read to its end and kept: not nested without end, and no half of a character."""

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            data = super().parse(stream, media_type, parser_context)
            json.dumps(data, ensure_ascii=False).encode()
        except (RecursionError, UnicodeError):
            raise ParseError("This is nested too deep, or holds what is no character.") from None
        return data
