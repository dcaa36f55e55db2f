from django.apps import AppConfig


class SubjectAccessConfig(AppConfig):
    name = "offenders.subject_access"
    label = "subject_access"
    verbose_name = "Subject access"

    def ready(self):
        from offenders.retention import rules
        from partners import once

        once.SEES.append(self.answers)
        rules.UNDER_WAY.append(("a request for their own data", self.unanswered))

    def unanswered(self, people):
        """Those of these people who asked, and are still to be answered: nothing of theirs is erased."""
        return (
            self.get_model("SubjectRequest")
            .objects.open()
            .filter(offender__in=people)
            .values_list("offender", flat=True)
        )

    def answers(self, user, people):
        """Whether all of these people asked, and are the user's to answer."""
        asked = self.get_model("SubjectRequest").objects.visible_to(user).filter(offender__in=people)
        return set(asked.values_list("offender", flat=True)) == set(people)
