"""Where the library asks for the second step; ours stands in for it (adapter.py)."""

from allauth.mfa.stages import AuthenticateStage

from .sso_adapter import claims_of, gave_second_step


class SecondStep(AuthenticateStage):
    """Our second step, which is not asked of whom their agency's provider asked for one just now."""

    def _should_handle(self, request):
        sociallogin = (self.login.signal_kwargs or {}).get("sociallogin")
        given = sociallogin is not None and gave_second_step(claims_of(sociallogin))
        return not given and super()._should_handle(request)
