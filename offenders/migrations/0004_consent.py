"""Agreements are followed live, and a consent becomes an answer: given or refused, until the next or its withdrawal."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


CARRY_OVER = """
UPDATE offenders_involvement i SET opened_by_id = CASE WHEN i.agreement_id IS NULL THEN i.agency_id ELSE (
  SELECT m.agency_id FROM partners_membership m WHERE m.user_id = i.recorded_by_id ORDER BY m.valid_from, m.id LIMIT 1
) END;
UPDATE offenders_consent c SET answered_on = c.valid_from, words = c.given_how, by_agency_id = (
  SELECT m.agency_id FROM partners_membership m WHERE m.user_id = c.recorded_by_id ORDER BY m.valid_from, m.id LIMIT 1
);
UPDATE offenders_consent c SET ended_at = greatest(now(), c.recorded_at) WHERE c.valid_to IS NOT NULL OR EXISTS (
  SELECT 1 FROM offenders_consent o WHERE o.offender_id = c.offender_id AND o.purpose = c.purpose
  AND o.agency_id = c.agency_id AND o.valid_to IS NULL AND o.id > c.id
);
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('offenders', '0003_amendments_stay'),
        ('partners', '0003_agreement'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='consent',
            options={'default_permissions': ['view', 'add'], 'ordering': ['-recorded_at', '-id']},
        ),
        migrations.AddField(
            model_name='consent',
            name='answer',
            field=models.CharField(choices=[('given', 'Yes, they consent'), ('refused', 'No, they refuse')], default='given', max_length=8),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='consent',
            name='answered_on',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='consent',
            name='by_agency',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='consents_recorded', to='partners.agency'),
        ),
        migrations.AddField(
            model_name='consent',
            name='covers',
            field=models.ManyToManyField(blank=True, help_text="Whose records it is about; none: all agencies'.", related_name='+', to='partners.agency'),
        ),
        migrations.AddField(
            model_name='consent',
            name='ended_at',
            field=models.DateTimeField(editable=False, help_text='Since when it no longer holds.', null=True),
        ),
        migrations.AddField(
            model_name='consent',
            name='giver',
            field=models.CharField(choices=[('person', 'The person themselves'), ('parent', 'A parent or guardian'), ('authority', 'Someone with authority to decide for them')], default='person', max_length=10, verbose_name='who answered'),
        ),
        migrations.AddField(
            model_name='consent',
            name='giver_name',
            field=models.CharField(blank=True, max_length=120, verbose_name='their name'),
        ),
        migrations.AddField(
            model_name='consent',
            name='how',
            field=models.CharField(choices=[('in_words', 'In words, face to face'), ('form', 'On a signed form'), ('phone', 'By phone'), ('video', 'By video'), ('written', 'By letter, text message or e-mail')], default='in_words', max_length=10, verbose_name='how they said so'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='consent',
            name='interpreter',
            field=models.CharField(blank=True, help_text='Their name, if there was one.', max_length=120),
        ),
        migrations.AddField(
            model_name='consent',
            name='language',
            field=models.CharField(blank=True, help_text='If not English.', max_length=60),
        ),
        migrations.AddField(
            model_name='consent',
            name='withdrawn_by',
            field=models.ForeignKey(editable=False, help_text='Who recorded that the person withdrew it; empty: it holds, or another answer followed.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='consents_withdrawn', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='consent',
            name='withdrawn_how',
            field=models.CharField(blank=True, choices=[('in_words', 'In words, face to face'), ('form', 'On a signed form'), ('phone', 'By phone'), ('video', 'By video'), ('written', 'By letter, text message or e-mail')], editable=False, max_length=10),
        ),
        migrations.AddField(
            model_name='consent',
            name='withdrawn_why',
            field=models.CharField(blank=True, editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name='consent',
            name='words',
            field=models.TextField(blank=True, verbose_name='what they said'),
        ),
        migrations.AddField(
            model_name='involvement',
            name='opened_by',
            field=models.ForeignKey(null=True, help_text='The agency whose work the person was shown from; their own, or one they have an agreement with.', on_delete=django.db.models.deletion.PROTECT, related_name='involvements_opened', to='partners.agency'),
        ),
        migrations.RunSQL(CARRY_OVER, migrations.RunSQL.noop),
        migrations.RemoveConstraint(
            model_name='consent',
            name='offenders_consent_ends_after_it_begins',
        ),
        migrations.RemoveField(
            model_name='consent',
            name='given_how',
        ),
        migrations.RemoveField(
            model_name='consent',
            name='valid_from',
        ),
        migrations.RemoveField(
            model_name='consent',
            name='valid_to',
        ),
        migrations.RemoveField(
            model_name='involvement',
            name='agreement',
        ),
        migrations.AlterField(
            model_name='consent',
            name='answered_on',
            field=models.DateField(),
        ),
        migrations.AlterField(
            model_name='consent',
            name='by_agency',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents_recorded', to='partners.agency'),
        ),
        migrations.AlterField(
            model_name='involvement',
            name='opened_by',
            field=models.ForeignKey(help_text='The agency whose work the person was shown from; their own, or one they have an agreement with.', on_delete=django.db.models.deletion.PROTECT, related_name='involvements_opened', to='partners.agency'),
        ),
        migrations.AlterField(
            model_name='consent',
            name='purpose',
            field=models.CharField(choices=[('treatment', 'Treatment'), ('sharing', 'Sharing health information'), ('research', 'Research')], max_length=10),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('offender', 'purpose', 'agency'), name='person_has_one_answer_for_a_purpose_and_agency', violation_error_message='Another answer was recorded at the same moment. Look again, then try again.'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('answer__in', ['given', 'refused'])), name='consent_is_given_or_refused', violation_error_message='Say whether the person consents or refuses.'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('giver', 'person'), models.Q(('giver_name', ''), _negated=True), _connector='OR'), name='consent_by_someone_else_names_them', violation_error_message='Name who answered for the person.'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('interpreter', ''), models.Q(('language', ''), _negated=True), _connector='OR'), name='interpreted_consent_names_the_language', violation_error_message='Say in which language they were asked.'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('withdrawn_by', None), ('withdrawn_how', ''), ('withdrawn_why', '')), models.Q(('answer', 'given'), ('ended_at__isnull', False), ('withdrawn_by__isnull', False), models.Q(('withdrawn_how', ''), _negated=True), models.Q(('withdrawn_why', ''), _negated=True)), _connector='OR'), name='consent_withdrawn_was_given_and_says_how_and_why', violation_error_message='A consent that was given is withdrawn with a reason, and how they said so.'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at', None), ('ended_at__gte', models.F('recorded_at')), _connector='OR'), name='consent_ends_after_it_is_recorded'),
        ),
    ]
