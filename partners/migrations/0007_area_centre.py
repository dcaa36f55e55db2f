"""Where an area lies, to say how far a rehab is."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0006_service_phone'),
    ]

    operations = [
        migrations.AddField(
            model_name='area',
            name='latitude',
            field=models.DecimalField(blank=True, decimal_places=3, help_text='Of its middle.', max_digits=6, null=True),
        ),
        migrations.AddField(
            model_name='area',
            name='longitude',
            field=models.DecimalField(blank=True, decimal_places=3, help_text='Of its middle.', max_digits=6, null=True),
        ),
    ]
