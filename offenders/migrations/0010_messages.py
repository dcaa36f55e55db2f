"""A person may ask to be sent no messages."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('offenders', '0009_amendment_of_merge'),
    ]

    operations = [
        migrations.AddField(
            model_name='offender',
            name='no_messages',
            field=models.BooleanField(default=False, help_text='They asked us to send no text messages and no e-mails.', verbose_name='no texts or e-mails'),
        ),
    ]
