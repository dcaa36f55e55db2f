"""Receipts: what was answered to a request that changed something, so that the same one again does nothing twice."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=330)),
                ('fingerprint', models.CharField(max_length=64)),
                ('request_id', models.UUIDField()),
                ('at', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ('status', models.PositiveSmallIntegerField()),
                ('headers', models.JSONField(default=dict)),
                ('body', models.TextField(blank=True)),
                ('membership', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='receipts', to='partners.membership')),
            ],
            options={
                'default_permissions': [],
                'constraints': [models.UniqueConstraint(fields=('membership', 'key'), name='key_is_used_once')],
            },
        ),
    ]
