"""An amendment says who may read the old values; one made before this, only the team that made it."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('offenders', '0006_merge'),
        ('partners', '0001_initial'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='amendment',
            options={'default_permissions': ['view'], 'ordering': ['-recorded_at', '-id']},
        ),
        migrations.AlterModelOptions(
            name='note',
            options={'default_permissions': ['view', 'add'], 'ordering': ['-happened_at', '-recorded_at', '-id'], 'permissions': [('amend_note', 'Can amend a note, with a reason'), ('widen_note', "Can open someone else's note to more readers")]},
        ),
        migrations.AlterField(
            model_name='address',
            name='lines',
            field=models.TextField(blank=True, help_text='Leave empty for no fixed abode.', verbose_name='address'),
        ),
        migrations.AddField(
            model_name='amendment',
            name='category',
            field=models.CharField(choices=[('identity', 'Identity: who and where'), ('case', 'Case: referral, status, dates'), ('general', 'General notes'), ('health', 'Health and treatment'), ('drug_test', 'Drug test in custody'), ('safeguarding', 'Safeguarding'), ('police', 'Police only'), ('aggregate', 'Figures without names')], default='health', max_length=20),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='amendment',
            name='matters',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
        ),
        migrations.AddField(
            model_name='amendment',
            name='unit',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='amendments_made', to='partners.unit'),
        ),
        migrations.AlterField(
            model_name='entry',
            name='happened_at',
            field=models.DateTimeField(help_text='When it happened; midnight when only the day is known.', verbose_name='when it happened'),
        ),
        migrations.AlterField(
            model_name='entry',
            name='matters',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), blank=True, default=list, help_text='Whoever is involved in one of these may read it.', size=None, verbose_name='who may read it'),
        ),
        migrations.AlterField(
            model_name='note',
            name='happened_at',
            field=models.DateTimeField(help_text='When it happened; midnight when only the day is known.', verbose_name='when it happened'),
        ),
        migrations.AlterField(
            model_name='note',
            name='matters',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), blank=True, default=list, help_text='Whoever is involved in one of these may read it.', size=None, verbose_name='who may read it'),
        ),
    ]
