import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0008_rehab_settings'),
        ('rehab', '0011_absences_and_moves'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Plan',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('open', 'Open'), ('finished', 'Finished')], default='open', editable=False, max_length=8)),
                ('goal', models.TextField(blank=True, max_length=1000, verbose_name='what the person wants')),
                ('begun_on', models.DateField()),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plans_begun', to=settings.AUTH_USER_MODEL)),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='throughcare_plan', to='rehab.case')),
            ],
            options={
                'verbose_name': 'throughcare plan',
                'ordering': ['-begun_on', '-id'],
                'permissions': [('begin_plan', 'Plan: begin'), ('finish_plan', 'Plan: finish the plan'), ('reopen_plan', 'Plan: reopen the plan')],
                'default_permissions': ['view'],
            },
        ),
        migrations.CreateModel(
            name='PlanDomain',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('domain', models.CharField(choices=[('housing', 'Housing'), ('treatment', 'Treatment and prescribing'), ('recovery', 'Recovery support'), ('health', 'Health'), ('benefits', 'Benefits and identity papers'), ('family', 'Family'), ('work', 'Work and training'), ('probation', 'Probation and court'), ('safety', 'Safety')], max_length=10)),
                ('status', models.CharField(choices=[('to_plan', 'To plan'), ('planned', 'Planned'), ('not_needed', 'Nothing needed')], default='to_plan', editable=False, max_length=10)),
                ('lead_partner', models.CharField(blank=True, max_length=120, verbose_name='lead outside these agencies')),
                ('words', models.TextField(blank=True, max_length=1000, verbose_name='aim, or why nothing is needed')),
                ('by_agency', models.ForeignKey(editable=False, help_text='Who wrote it.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.agency')),
                ('lead_agency', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='domains_led', to='partners.agency', verbose_name='lead')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='domains', to='rehab.plan')),
            ],
            options={
                'verbose_name': 'domain of a plan',
                'verbose_name_plural': 'domains of plans',
                'ordering': ['plan', 'domain'],
                'permissions': [('lead_plandomain', 'Domain: say who leads it'), ('set_aside_plandomain', 'Domain: nothing is needed')],
                'default_permissions': [],
            },
        ),
        migrations.CreateModel(
            name='Action',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('text', models.TextField(max_length=500, verbose_name='what is to be done')),
                ('partner', models.CharField(blank=True, max_length=120, verbose_name='someone outside these agencies')),
                ('due_on', models.DateField(verbose_name='by when')),
                ('is_printed', models.BooleanField(default=True, verbose_name="on the person's own copy")),
                ('status', models.CharField(choices=[('open', 'To do'), ('done', 'Done'), ('not_done', 'Not done')], default='open', editable=False, max_length=8)),
                ('answered_on', models.DateField(blank=True, editable=False, null=True)),
                ('why', models.TextField(blank=True, editable=False, max_length=500, verbose_name='what came of it')),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('agency', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='actions', to='partners.agency', verbose_name='whose it is')),
                ('answered_agency', models.ForeignKey(editable=False, help_text='Whose words the answer is: of a link, the agency that sent it.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.agency')),
                ('answered_by', models.ForeignKey(editable=False, help_text='Empty when it was answered by a link.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='actions_answered', to=settings.AUTH_USER_MODEL)),
                ('by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='actions_written', to=settings.AUTH_USER_MODEL)),
                ('by_agency', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='actions_written', to='partners.agency')),
                ('worker', models.ForeignKey(blank=True, help_text='Who there does it, where that is known.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='actions', to=settings.AUTH_USER_MODEL)),
                ('domain', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='actions', to='rehab.plandomain')),
            ],
            options={
                'ordering': ['due_on', 'id'],
                'permissions': [('do_action', 'Action: it is done'), ('drop_action', 'Action: it will not be done'), ('reopen_action', 'Action: open it again'), ('link_action', 'Action: send a link to someone outside')],
                'default_permissions': ['view', 'add'],
            },
        ),
        migrations.CreateModel(
            name='ActionLink',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail address')),
                ('status', models.CharField(choices=[('sent', 'Sent'), ('answered', 'Answered'), ('revoked', 'Withdrawn')], default='sent', editable=False, max_length=8)),
                ('expires_at', models.DateTimeField(editable=False)),
                ('misses', models.PositiveSmallIntegerField(default=0, editable=False, verbose_name='wrong addresses typed')),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('action', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='links', to='rehab.action')),
                ('by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='links_sent', to=settings.AUTH_USER_MODEL)),
                ('by_agency', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.agency')),
                ('by_unit', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.unit')),
            ],
            options={
                'verbose_name': 'link',
                'ordering': ['-recorded_at', '-id'],
                'permissions': [('revoke_actionlink', 'Link: withdraw')],
                'default_permissions': [],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'sent')), fields=('action',), name='action_has_one_link_at_a_time', violation_error_message='A link was sent already. Withdraw that one before you send another.')],
            },
        ),
        migrations.AddConstraint(
            model_name='plandomain',
            constraint=models.UniqueConstraint(fields=('plan', 'domain'), name='plan_has_each_domain_once'),
        ),
        migrations.AddConstraint(
            model_name='plandomain',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'planned'), models.Q(('lead_agency', None), ('lead_partner', ''), _connector='XOR')), models.Q(models.Q(('status', 'planned'), _negated=True), ('lead_agency', None), ('lead_partner', '')), _connector='OR'), name='planned_domain_has_one_lead', violation_error_message='Name one lead: an agency, or someone outside these agencies.'),
        ),
        migrations.AddConstraint(
            model_name='plandomain',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'not_needed'), _negated=True), models.Q(('words', ''), _negated=True), _connector='OR'), name='domain_set_aside_says_why', violation_error_message='Say why nothing is needed.'),
        ),
        migrations.AddIndex(
            model_name='action',
            index=models.Index(fields=['agency', 'status', 'due_on', 'id'], name='action_of_agency'),
        ),
        migrations.AddIndex(
            model_name='action',
            index=models.Index(fields=['worker', 'status', 'due_on', 'id'], name='action_of_worker'),
        ),
        migrations.AddConstraint(
            model_name='action',
            constraint=models.CheckConstraint(condition=models.Q(('agency', None), ('partner', ''), _connector='XOR'), name='action_is_of_one_agency_or_of_someone_outside', violation_error_message="Say whose it is: one agency's, or someone's outside these agencies."),
        ),
        migrations.AddConstraint(
            model_name='action',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_agency', None), ('answered_by', None), ('answered_on', None), ('status', 'open'), ('why', '')), models.Q(models.Q(('status', 'open'), _negated=True), ('answered_agency__isnull', False), ('answered_on__isnull', False)), _connector='OR'), name='answered_action_says_when'),
        ),
        migrations.AddConstraint(
            model_name='action',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'not_done'), _negated=True), models.Q(('why', ''), _negated=True), _connector='OR'), name='action_not_done_says_why', violation_error_message='Say why it will not be done.'),
        ),
    ]
