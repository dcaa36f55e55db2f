import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('offenders', '0010_messages'),
        ('partners', '0007_area_centre'),
        ('rehab', '0002_follow_merge'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PlacementQuestion',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('asked', 'Not answered'), ('answered', 'Answered')], default='asked', editable=False, max_length=10)),
                ('text', models.CharField(max_length=600, verbose_name='question')),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('answer_text', models.TextField(blank=True, editable=False, verbose_name='answer')),
                ('answered_at', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'ordering': ['asked_at', 'id'],
                'permissions': [('ask_placementquestion', 'Question about a placement: ask'), ('answer_placementquestion', 'Question about a placement: answer')],
                'default_permissions': ['view'],
            },
        ),
        migrations.CreateModel(
            name='Preparation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('course', 'Pre-admission course'), ('detox', 'Detox')], max_length=8)),
                ('place', models.CharField(blank=True, help_text='The ward, the house or the room.', max_length=120)),
                ('status', models.CharField(choices=[('planned', 'Planned'), ('begun', 'Under way'), ('completed', 'Completed'), ('left', 'Left early'), ('cancelled', 'Cancelled')], default='planned', editable=False, max_length=10)),
                ('starts_on', models.DateField(verbose_name='planned from')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='planned until')),
                ('begun_on', models.DateField(blank=True, editable=False, null=True)),
                ('ended_on', models.DateField(blank=True, editable=False, null=True)),
                ('end_reason', models.CharField(blank=True, editable=False, max_length=200, verbose_name='why it ended early')),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                'ordering': ['-starts_on', '-id'],
                'permissions': [('arrange_preparation', 'Preparation: arrange'), ('begin_preparation', 'Preparation: record that it began'), ('complete_preparation', 'Preparation: record that it was completed'), ('leave_preparation', 'Preparation: record that they left early'), ('cancel_preparation', 'Preparation: cancel it')],
                'default_permissions': ['view'],
            },
        ),
        migrations.AddField(
            model_name='placement',
            name='circumstances',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('arson', 'Arson'), ('sexual_offence', 'A sexual offence'), ('violence_to_staff', 'Violence to staff'), ('serious_violence', 'Serious violence'), ('benzodiazepines', 'Prescribed benzodiazepines'), ('gabapentinoids', 'Prescribed pregabalin or gabapentin'), ('high_methadone', 'A high dose of methadone'), ('alcohol_seizures', 'Seizures in withdrawal'), ('self_harm', 'Recent self-harm'), ('severe_mental_illness', 'Severe mental illness'), ('pregnancy', 'Pregnancy'), ('step_free', 'Step-free access needed'), ('curfew', 'A curfew or tag')], max_length=24), blank=True, default=list, size=None),
        ),
        migrations.AddField(
            model_name='placement',
            name='decline_reason',
            field=models.CharField(blank=True, choices=[('full', 'No place on those dates'), ('ruled_out', 'Cannot take someone in these circumstances'), ('needs', 'Cannot meet their needs'), ('risk', 'Risk to them or to others there'), ('detox', 'Detox has to come first'), ('price', 'The price or its funding'), ('too_little', 'Too little was said to decide'), ('other', 'Another reason')], editable=False, max_length=12),
        ),
        migrations.AddField(
            model_name='rehabunit',
            name='cannot_take',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('arson', 'Arson'), ('sexual_offence', 'A sexual offence'), ('violence_to_staff', 'Violence to staff'), ('serious_violence', 'Serious violence'), ('benzodiazepines', 'Prescribed benzodiazepines'), ('gabapentinoids', 'Prescribed pregabalin or gabapentin'), ('high_methadone', 'A high dose of methadone'), ('alcohol_seizures', 'Seizures in withdrawal'), ('self_harm', 'Recent self-harm'), ('severe_mental_illness', 'Severe mental illness'), ('pregnancy', 'Pregnancy'), ('step_free', 'Step-free access needed'), ('curfew', 'A curfew or tag')], max_length=24), blank=True, default=list, help_text='What rules someone out. None ticked: it has not said.', size=None),
        ),
        migrations.AddField(
            model_name='rehabunit',
            name='latitude',
            field=models.DecimalField(blank=True, decimal_places=3, help_text='Where it is, to say how far away: 52.480.', max_digits=6, null=True),
        ),
        migrations.AddField(
            model_name='rehabunit',
            name='longitude',
            field=models.DecimalField(blank=True, decimal_places=3, help_text='West of Greenwich with a minus: -1.903.', max_digits=6, null=True),
        ),
        migrations.AlterField(
            model_name='rehabunit',
            name='restrictions',
            field=models.TextField(blank=True, help_text='Whom else it cannot take, in its own words.'),
        ),
        migrations.AddConstraint(
            model_name='placement',
            constraint=models.CheckConstraint(condition=models.Q(('decline_reason', ''), ('status', 'declined'), _connector='OR'), name='reason_to_decline_is_of_a_declined_placement'),
        ),
        migrations.AddConstraint(
            model_name='rehabunit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('latitude', None), ('longitude', None)), models.Q(('latitude__isnull', False), ('longitude__isnull', False), ('latitude__range', (49, 61)), ('longitude__range', (-9, 2))), _connector='OR'), name='unit_lies_in_the_united_kingdom', violation_error_message='Give both, latitude (49 to 61) and longitude (-9 to 2), or neither.'),
        ),
        migrations.AddField(
            model_name='placementquestion',
            name='answered_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='questions_answered', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='placementquestion',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions_asked', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='placementquestion',
            name='placement',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='rehab.placement'),
        ),
        migrations.AddField(
            model_name='preparation',
            name='agency',
            field=models.ForeignKey(blank=True, help_text='Who gives it, if they take part here.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='preparations', to='partners.agency'),
        ),
        migrations.AddField(
            model_name='preparation',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='preparations', to='rehab.case'),
        ),
        migrations.AddConstraint(
            model_name='placementquestion',
            constraint=models.UniqueConstraint(fields=('placement', 'text'), name='question_is_asked_once', violation_error_message='This has been asked already.'),
        ),
        migrations.AddConstraint(
            model_name='placementquestion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answer_text', ''), ('answered_at', None), ('answered_by', None), ('status', 'asked')), models.Q(('answered_at__isnull', False), ('answered_by__isnull', False), ('status', 'answered'), models.Q(('answer_text', ''), _negated=True)), _connector='OR'), name='answered_question_says_what_by_whom_and_when'),
        ),
        migrations.AddIndex(
            model_name='preparation',
            index=models.Index(fields=['starts_on', 'id'], name='preparation_by_day'),
        ),
        migrations.AddIndex(
            model_name='preparation',
            index=models.Index(fields=['case', '-starts_on'], name='preparation_of_case'),
        ),
        migrations.AddConstraint(
            model_name='preparation',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['planned', 'begun'])), fields=('case', 'kind'), name='preparation_of_a_kind_is_arranged_once_at_a_time', violation_error_message='One is planned or under way already. End or cancel that one first.'),
        ),
        migrations.AddConstraint(
            model_name='preparation',
            constraint=models.CheckConstraint(condition=models.Q(('agency', None), ('place', ''), _negated=True), name='preparation_says_with_whom_or_where', violation_error_message='Say which agency gives it, or where it is.'),
        ),
        migrations.AddConstraint(
            model_name='preparation',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='preparation_is_not_planned_to_end_before_it_begins', violation_error_message='It cannot be planned to end before it begins.'),
        ),
        migrations.AddConstraint(
            model_name='preparation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('begun_on__isnull', False), ('status__in', ['begun', 'completed', 'left'])), models.Q(('begun_on', None), ('status__in', ['planned', 'cancelled'])), _connector='OR'), name='preparation_begun_says_when'),
        ),
        migrations.AddConstraint(
            model_name='preparation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_on__isnull', False), ('status__in', ['completed', 'left', 'cancelled'])), models.Q(('ended_on', None), ('status__in', ['planned', 'begun'])), _connector='OR'), name='preparation_ended_says_when'),
        ),
        migrations.AddConstraint(
            model_name='preparation',
            constraint=models.CheckConstraint(condition=models.Q(('begun_on', None), ('ended_on', None), ('ended_on__gte', models.F('begun_on')), _connector='OR'), name='preparation_does_not_end_before_it_began', violation_error_message='It cannot have ended before it began.'),
        ),
        migrations.AddConstraint(
            model_name='preparation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['left', 'cancelled']), _negated=True), models.Q(('end_reason', ''), _negated=True), _connector='OR'), name='preparation_that_ended_early_says_why', violation_error_message='Say why.'),
        ),
    ]
