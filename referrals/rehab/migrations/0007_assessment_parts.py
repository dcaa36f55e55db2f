"""What it takes for two agencies to do a part each of an assessment, and to keep it as it goes."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rehab', '0006_never_overfull'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='assessment',
            name='assessment_is_recorded_once_a_day',
        ),
        migrations.AddField(
            model_name='assessment',
            name='drinking',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='assessment',
            name='asked',
            field=models.JSONField(blank=True, default=dict, editable=False),
        ),
        migrations.AddField(
            model_name='assessment',
            name='finished_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='assessment',
            name='offending',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='assessment',
            name='part',
            field=models.CharField(choices=[('whole', 'All of it'), ('offending', 'Offending'), ('treatment', 'Treatment and health')], default='whole', editable=False, max_length=10),
        ),
        migrations.AddField(
            model_name='assessment',
            name='risks',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='assessment',
            name='round',
            field=models.PositiveSmallIntegerField(default=1, editable=False),
        ),
    ]
