"""Events say which transaction wrote them. Those there are say this one: among them the order is that of their ids."""

from django.db import migrations, models
from django.db.models.functions import Cast


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]

    operations = [
        migrations.AddField(
            model_name="event",
            name="transaction",
            field=models.BigIntegerField(
                db_default=Cast(
                    Cast(models.Func(function="pg_current_xact_id"), models.TextField()), models.BigIntegerField()
                ),
                editable=False,
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("kind__in", ("collection", "alteration", "combination", "disclosure"))),
                fields=["transaction", "id"],
                name="event_of_change",
            ),
        ),
    ]
