"""An amendment says which merge it came from: once that is undone, it speaks of two people."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('offenders', '0008_emergency'),
    ]

    operations = [
        migrations.AddField(
            model_name='amendment',
            name='merge',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='amendments', to='offenders.merge'),
        ),
    ]
