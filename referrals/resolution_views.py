"""The pages of resolutions: the lead's list, one resolution, and the take-up by team."""

from partners.frame.pages import RecordPage

from .models import Resolution


class ResolutionPage(RecordPage):
    template_name = "referrals/resolution.html"
    verb = "resolution"

    def scope(self):
        return Resolution.objects.visible_to(self.request.user).with_names()
