from django.apps import AppConfig


class SystemsConfig(AppConfig):
    name = "partners.systems"
    label = "systems"
    verbose_name = "Partner systems"

    def ready(self):
        from partners.leaving import LEAVERS

        LEAVERS.append(self.revoke_tokens)

    def revoke_tokens(self, user, by):
        """Nothing calls as a system that is closed, nor once its account is opened again."""
        self.get_model("Token").objects.filter(system__user=user.pk).revoke(by=by, reason="The system was closed.")
