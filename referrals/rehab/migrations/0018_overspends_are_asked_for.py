"""A facilitator asks a supervisor to let a stay cost more than is agreed."""


import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rehab', '0017_supervisors_reviews'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Overspend',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('asked', 'Waits for a supervisor'), ('allowed', 'Allowed'), ('refused', 'Not allowed'), ('withdrawn', 'Withdrawn')], default='asked', editable=False, max_length=10)),
                ('up_to', models.DecimalField(decimal_places=2, max_digits=9, verbose_name='up to how much the stay may cost')),
                ('why', models.CharField(max_length=200)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('decided_at', models.DateTimeField(editable=False, null=True)),
                ('end_reason', models.CharField(blank=True, editable=False, max_length=200, verbose_name='why not')),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='overspends_asked', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='overspends_decided', to=settings.AUTH_USER_MODEL)),
                ('placement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='overspends', to='rehab.placement')),
            ],
            options={
                'ordering': ['-asked_at', '-id'],
                'default_permissions': [],
                'constraints': [models.CheckConstraint(condition=models.Q(('up_to__gt', 0), models.Q(('why', ''), _negated=True)), name='overspend_is_of_something_and_says_why', violation_error_message='Say up to how much, and why.'), models.UniqueConstraint(condition=models.Q(('status', 'asked')), fields=('placement',), name='overspend_is_asked_once_at_a_time', violation_error_message='This is asked already. A supervisor decides on that, or it is withdrawn.'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('status__in', ['asked', 'withdrawn'])), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('status__in', ['allowed', 'refused']), models.Q(('decided_by', models.F('asked_by')), _negated=True)), _connector='OR'), name='overspend_is_decided_by_another', violation_error_message='You asked for this. Another supervisor decides on it.'), models.CheckConstraint(condition=models.Q(('status__in', ['asked', 'allowed']), models.Q(('end_reason', ''), _negated=True), _connector='OR'), name='overspend_that_is_not_allowed_says_why', violation_error_message='Say why not.')],
            },
        ),
    ]
