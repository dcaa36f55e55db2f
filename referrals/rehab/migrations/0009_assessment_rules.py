"""Each part once a round, and one at a time under way in an agency: once the rows of before are numbered."""

import django.contrib.postgres.constraints
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rehab", "0008_assessment_rounds")]

    operations = [
        migrations.AddConstraint(
            model_name='assessment',
            constraint=models.UniqueConstraint(condition=models.Q(('finished_at__isnull', False)), fields=('case', 'assessed_on', 'agency', 'part'), name='assessment_is_recorded_once_a_day', violation_error_message='Your agency already recorded an assessment on this day.'),
        ),
        migrations.AddConstraint(
            model_name='assessment',
            constraint=models.UniqueConstraint(condition=models.Q(('finished_at', None)), fields=('case', 'agency'), name='agency_finishes_one_before_the_next', violation_error_message='Your agency has begun one that is not finished. Carry on with that one.'),
        ),
        migrations.AddConstraint(
            model_name='assessment',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('case', '='), ('round', '='), (models.Func(models.Case(models.When(part='treatment', then=models.Value(1)), default=models.Value(0)), models.Case(models.When(part='offending', then=models.Value(1)), default=models.Value(2)), function='int4range'), '&&')], name='part_is_assessed_once_a_round', violation_error_message='Someone began this part at the same moment. Look again.'),
        ),
        migrations.AddConstraint(
            model_name='assessment',
            constraint=models.CheckConstraint(condition=models.Q(('round__gte', 1)), name='rounds_are_counted_from_one'),
        ),
    ]
