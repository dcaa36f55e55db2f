"""What every answer owes whoever gets it, written down by hand; the access table asks it of each answer it gets."""

import re

POLICY = ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'")
SAYS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def faults(response):
    """What an answer lacks, in words."""
    heads = response.headers
    for name, value in SAYS.items():
        if heads.get(name) != value:
            yield f"{name} is {heads.get(name)}"
    if heads.get("Referrer-Policy") not in (
        "same-origin",
        "strict-origin",
        "no-referrer",
    ):  # none tells others the path
        yield f"Referrer-Policy is {heads.get('Referrer-Policy')}"
    for feature in ("camera", "microphone", "geolocation"):
        if f"{feature}=()" not in heads.get("Permissions-Policy", ""):
            yield f"the {feature} is allowed"
    policy = heads.get("Content-Security-Policy", "")
    if missing := [part for part in POLICY if part not in policy and "sandbox" not in policy]:
        yield f"its content policy lacks {missing}"
    if "unsafe" in policy:
        yield "its content policy allows what is unsafe"
    if "no-store" not in heads.get("Cache-Control", ""):
        yield "it may be kept"
    if not re.fullmatch(r"[0-9a-f-]{36}", heads.get("X-Request-ID", "")):
        yield "it has no id"
    kind = heads.get("Content-Type", "")
    if not response.streaming and response.content and (not kind or (kind[:5] == "text/" and "charset=" not in kind)):
        yield f"its type is “{kind}”"
    if "Access-Control-Allow-Origin" in heads:
        yield "it is for pages of others too"
