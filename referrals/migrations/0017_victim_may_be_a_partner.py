"""Whether the victim is a partner decides who approves a resolution."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('referrals', '0016_deadlines'),
    ]

    operations = [
        migrations.AlterField(
            model_name='resolution',
            name='victim',
            field=models.CharField(choices=[('none', 'No victim'), ('partner', 'A partner or former partner'), ('person', 'Another person'), ('business', 'A business or organisation')], default='none', max_length=10),
        ),
    ]
