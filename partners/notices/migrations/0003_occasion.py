"""Each message to a member of staff says what it is about; of those written before, their key tells it."""

from django.conf import settings
from django.db import migrations, models


def say_what_it_is_about(apps, schema_editor):
    to_staff = apps.get_model("notices", "Notice").objects.filter(for_user__isnull=False)
    for occasion in ("departure", "concern", "emergency"):
        to_staff.filter(key__startswith=f"{occasion} ").update(occasion=occasion)
    to_staff.filter(occasion="").update(occasion="referral")


class Migration(migrations.Migration):

    dependencies = [
        ('notices', '0002_outsider'),
        ('partners', '0009_supervision'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='notice',
            name='occasion',
            field=models.CharField(blank=True, choices=[('departure', 'Someone left rehab early, died, or was taken from it'), ('concern', 'A concern about someone'), ('emergency', 'A record opened in an emergency'), ('referral', 'What became of a referral you sent'), ('task', 'A task that someone gave you'), ('deadline', 'A deadline that is near or past'), ('review', 'A review of your cases, and what it asks'), ('approval', 'Something to approve, or approved'), ('cover', 'Cases or work handed to you, and cover for someone away'), ('digest', 'The daily digest')], help_text='What it tells a member of staff of.', max_length=10),
        ),
        migrations.AlterField(
            model_name='notice',
            name='key',
            field=models.CharField(help_text='What it is sent for: one message is sent for the same.', max_length=120, unique=True),
        ),
        migrations.RunPython(say_what_it_is_about, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('for_user', None), ('occasion', '')), models.Q(('for_user__isnull', False), models.Q(('occasion', ''), _negated=True)), _connector='OR'), name='notice_to_staff_says_its_occasion', violation_error_message='A message to a member of staff says what it is about; one to others does not.'),
        ),
    ]

