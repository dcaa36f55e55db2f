"""Attempts to reach someone for a check, wellbeing found by it, and how a case ended, from a list."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('offenders', '0010_messages'),
        ('partners', '0008_rehab_settings'),
        ('referrals', '0008_task'),
        ('rehab', '0012_throughcare_plan'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FollowUpAttempt',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('occurred_at', models.DateTimeField(verbose_name='when')),
                ('method', models.CharField(choices=[('phone', 'Phone call'), ('text', 'Text message'), ('email', 'E-mail'), ('letter', 'Letter'), ('visit', 'Visit'), ('through', 'Through someone who knows them')], max_length=8)),
                ('result', models.CharField(choices=[('no_answer', 'No answer'), ('message', 'Left a message'), ('wrong', 'Wrong number or address'), ('later', 'Reached them: not now'), ('reached', 'Reached them')], max_length=10)),
                ('text', models.CharField(blank=True, max_length=500, verbose_name='what helps the next one')),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                'verbose_name': 'follow-up attempt',
                'ordering': ['-occurred_at', '-id'],
                'default_permissions': [],
            },
        ),
        migrations.AddField(
            model_name='case',
            name='ending',
            field=models.CharField(blank=True, choices=[('completed', 'Completed the programme'), ('moved', 'Moved away'), ('died', 'Died'), ('lost_contact', 'Lost contact'), ('custody', 'In custody'), ('withdrew', 'Withdrew'), ('another_service', 'Another service took over'), ('not_suitable', 'Not suitable'), ('unknown', 'Not known')], max_length=16, verbose_name='how it ended'),
        ),
        migrations.AddField(
            model_name='followup',
            name='wellbeing',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='wellbeing, 0 to 20'),
        ),
        migrations.AddConstraint(
            model_name='followup',
            constraint=models.CheckConstraint(condition=models.Q(('wellbeing', None), ('wellbeing__lte', 20), _connector='OR'), name='wellbeing_is_from_0_to_20', violation_error_message='Wellbeing is a number from 0 to 20.'),
        ),
        migrations.AddField(
            model_name='followupattempt',
            name='agency',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='follow_up_attempts', to='partners.agency'),
        ),
        migrations.AddField(
            model_name='followupattempt',
            name='by',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='follow_up_attempts', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='followupattempt',
            name='follow_up',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='rehab.followup'),
        ),
        migrations.AddIndex(
            model_name='followupattempt',
            index=models.Index(fields=['follow_up', '-occurred_at', '-id'], name='attempt_of_follow_up'),
        ),
    ]
