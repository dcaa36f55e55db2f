"""For how many hours a person is opened in an emergency is a setting."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0003_agreement'),
    ]

    operations = [
        migrations.AlterField(
            model_name='setting',
            name='key',
            field=models.CharField(choices=[('goods_multiplier', 'Pounds of goods stolen for a pound of drugs'), ('low_daily_spend', 'Pounds a day counted at the most in the low estimate'), ('high_daily_spend', 'Pounds a day for a person not assessed, in the high estimate'), ('follow_up_weeks', 'Weeks after departure at which a follow-up is due'), ('emergency_access_hours', 'Hours for which a person is opened in an emergency'), ('involvement_days', 'Days an agency keeps sight of a person after its work ends'), ('agreement_warning_days', 'Days before an agreement ends at which people are warned')], max_length=40),
        ),
    ]
