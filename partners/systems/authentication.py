"""How REST framework and the schema know a call with a token."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication


class TokenAuthentication(BaseAuthentication):
    """The system that the middleware let in. It asks for no CSRF token: no browser sends the other kind by itself."""

    def authenticate(self, request):
        token = getattr(request._request, "token", None)
        return (request._request.user, token) if token else None


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer", "description": "The token of a partner system."}
