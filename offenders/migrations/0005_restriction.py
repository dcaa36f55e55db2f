"""Restrictions as proposals that another person decides."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('offenders', '0004_consent'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Restriction',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('what', models.CharField(choices=[('restrict', 'Restrict to named people'), ('change', 'Change who is named'), ('end', 'End the restriction')], max_length=10)),
                ('status', models.CharField(choices=[('proposed', 'Waiting for another person'), ('agreed', 'Agreed'), ('refused', 'Refused')], default='proposed', editable=False, max_length=10)),
                ('reason', models.TextField()),
                ('proposed_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('decided_at', models.DateTimeField(editable=False, null=True)),
                ('decision_reason', models.TextField(blank=True, editable=False, verbose_name='why it was decided so')),
                ('decided_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='restrictions_decided', to=settings.AUTH_USER_MODEL)),
                ('offender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='restrictions', to='offenders.offender')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='restrictions_proposed', to=settings.AUTH_USER_MODEL)),
                ('users', models.ManyToManyField(blank=True, help_text='Who is to be named, with whoever proposes and whoever agrees.', related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-proposed_at', '-id'],
                'default_permissions': ['view'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'proposed')), fields=('offender',), name='person_has_one_restriction_proposed', violation_error_message='Something is proposed for this person already. That is to be decided first.'), models.CheckConstraint(condition=models.Q(('decided_by', None), models.Q(('decided_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='restriction_is_decided_by_another', violation_error_message='Whoever proposed it cannot decide it. Ask another supervisor.'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('status', 'proposed')), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('status__in', ['agreed', 'refused'])), _connector='OR'), name='decided_restriction_says_by_whom_and_when'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='restriction_says_why'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'refused'), _negated=True), models.Q(('decision_reason', ''), _negated=True), _connector='OR'), name='refused_restriction_says_why', violation_error_message='Say why not.')],
            },
        ),
    ]
