"""Webhooks and their deliveries."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import partners.systems.hooks
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0003_transaction'),
        ('systems', '0004_two_tokens_at_the_most'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Hook',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('url', models.CharField(help_text='Where the system listens: https://…', max_length=300, validators=[partners.systems.hooks.check_address], verbose_name='address')),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20, validators=[partners.systems.hooks.check_kind]), size=None)),
                ('sends_rows', models.BooleanField(default=False, help_text='Each delivery holds the row as the API shows it; else only which row changed.', verbose_name='send the rows themselves')),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('secret_number', models.PositiveIntegerField(default=1, editable=False)),
                ('older_until', models.DateTimeField(editable=False, help_text='Until when the secret before signs too.', null=True)),
                ('paused_at', models.DateTimeField(editable=False, null=True)),
                ('paused_why', models.CharField(blank=True, editable=False, max_length=300)),
                ('ended_at', models.DateTimeField(editable=False, null=True)),
                ('next_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, help_text='Nothing is sent before this.')),
                ('at_transaction', models.BigIntegerField(editable=False)),
                ('at_event', models.BigIntegerField(editable=False)),
                ('made_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='hooks_made', to=settings.AUTH_USER_MODEL)),
                ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='hooks', to='systems.system')),
            ],
            options={
                'verbose_name': 'webhook',
                'ordering': ['-made_at', '-id'],
                'default_permissions': ['view', 'add', 'change'],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=20)),
                ('row', models.CharField(help_text='The id of the row that changed.', max_length=40)),
                ('what', models.CharField(max_length=60)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('status', models.CharField(choices=[('queued', 'Waiting'), ('sending', 'Being sent'), ('delivered', 'Delivered'), ('failed', 'Not delivered'), ('withheld', 'Not sent')], default='queued', max_length=9)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('tried_at', models.DateTimeField(null=True, verbose_name='last tried')),
                ('answer', models.PositiveSmallIntegerField(help_text='The status of the last answer, as in 200.', null=True)),
                ('problem', models.CharField(blank=True, max_length=300)),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='audit.event')),
                ('hook', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='systems.hook')),
            ],
            options={
                'verbose_name_plural': 'deliveries',
                'ordering': ['-event_id', '-id'],
                'default_permissions': ['view'],
            },
        ),
        migrations.AddConstraint(
            model_name='hook',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('system', 'url'), name='address_is_told_once_for_a_system', violation_error_message='This system has a webhook to that address already.'),
        ),
        migrations.AddConstraint(
            model_name='hook',
            constraint=models.CheckConstraint(condition=models.Q(('url__regex', '^https?://[^/@#\\s]+(/[^#\\s]*)?$')), name='webhook_names_an_address', violation_error_message='Enter an address that begins with https:// and holds no name, password or #.'),
        ),
        migrations.AddConstraint(
            model_name='hook',
            constraint=models.CheckConstraint(condition=models.Q(('kinds__len__gt', 0)), name='webhook_is_of_some_kind', violation_error_message='Select at least one kind.'),
        ),
        migrations.AddConstraint(
            model_name='hook',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('paused_at', None), ('paused_why', '')), models.Q(('paused_at__isnull', False), models.Q(('paused_why', ''), _negated=True)), _connector='OR'), name='paused_webhook_says_why', violation_error_message='Say why it is paused.'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['hook', '-event', '-id'], name='delivery_of_hook'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('status__in', ['queued', 'sending'])), fields=['hook', 'event'], name='delivery_waiting'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['made_at'], name='delivery_by_age'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('hook', 'event'), name='change_is_told_once_to_a_webhook'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['failed', 'withheld']), _negated=True), models.Q(('problem', ''), _negated=True), _connector='OR'), name='delivery_that_failed_says_why'),
        ),
    ]
