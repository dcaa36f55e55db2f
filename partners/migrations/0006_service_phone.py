from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("partners", "0005_divert")]

    operations = [
        migrations.AddField(
            model_name="service",
            name="phone",
            field=models.CharField(
                blank=True,
                help_text="What people referred to it can call. It is on what is handed to them.",
                max_length=30,
            ),
        ),
    ]
