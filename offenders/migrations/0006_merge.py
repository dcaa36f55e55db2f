"""Likely pairs and merges; the references of what was merged in lead to the one kept, kept by the database.

What is written for a person at the moment their record is merged into another's goes to the one kept.
"""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


KEEP = """
CREATE OR REPLACE FUNCTION offenders_search(o offenders_offender) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT CASE WHEN o.merged_into_id IS NOT NULL THEN '' ELSE concat_ws(' ',
     offenders_plain(o.given_names || ' ' || o.family_name),
     (SELECT string_agg(offenders_plain(a.given_names || ' ' || a.family_name), ' ' ORDER BY a.id)
        FROM offenders_alias a WHERE a.offender_id = o.id),
     lower(o.reference),
     (SELECT string_agg(lower(m.reference), ' ' ORDER BY m.reference)
        FROM offenders_offender m WHERE m.merged_into_id = o.id),
     to_char(o.date_of_birth, 'YYYY-MM-DD DDMMYYYY'),
     nullif(offenders_bare(o.phone), ''),
     (SELECT string_agg(offenders_bare(i.value), ' ' ORDER BY i.id)
        FROM offenders_identifier i WHERE i.offender_id = o.id)) END $$;

CREATE FUNCTION offenders_merge_search() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  UPDATE offenders_offender SET search = '' WHERE id IN (OLD.merged_into_id, NEW.merged_into_id);
  RETURN NULL;
END $$;
CREATE TRIGGER offenders_offender_merged AFTER UPDATE OF merged_into_id ON offenders_offender
FOR EACH ROW WHEN (OLD.merged_into_id IS DISTINCT FROM NEW.merged_into_id) EXECUTE FUNCTION offenders_merge_search();

-- waits for a merge under way, and then sees where the person went
CREATE FUNCTION offenders_follow_merge() RETURNS trigger LANGUAGE plpgsql AS
$$ DECLARE into_id uuid; BEGIN
  SELECT merged_into_id INTO into_id FROM offenders_offender WHERE id = NEW.offender_id FOR KEY SHARE;
  NEW.offender_id := coalesce(into_id, NEW.offender_id);
  RETURN NEW;
END $$;

-- whether two dates of birth are one, written down wrong: day and month swapped, or one digit another
CREATE FUNCTION offenders_near_day(a date, b date) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT CASE
     WHEN a = b THEN 'same'
     WHEN extract(year FROM a) = extract(year FROM b) AND extract(day FROM a) = extract(month FROM b)
       AND extract(month FROM a) = extract(day FROM b) THEN 'swapped'
     WHEN (SELECT count(*) FROM generate_series(1, 8) i
            WHERE substr(to_char(a, 'YYYYMMDD'), i, 1) <> substr(to_char(b, 'YYYYMMDD'), i, 1)) = 1 THEN 'digit'
   END $$;
"""

LEAVE = """
DROP FUNCTION offenders_near_day(date, date);
DROP FUNCTION offenders_follow_merge();
DROP TRIGGER offenders_offender_merged ON offenders_offender;
DROP FUNCTION offenders_merge_search();
CREATE OR REPLACE FUNCTION offenders_search(o offenders_offender) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT concat_ws(' ',
     offenders_plain(o.given_names || ' ' || o.family_name),
     (SELECT string_agg(offenders_plain(a.given_names || ' ' || a.family_name), ' ' ORDER BY a.id)
        FROM offenders_alias a WHERE a.offender_id = o.id),
     lower(o.reference),
     to_char(o.date_of_birth, 'YYYY-MM-DD DDMMYYYY'),
     nullif(offenders_bare(o.phone), ''),
     (SELECT string_agg(offenders_bare(i.value), ' ' ORDER BY i.id)
        FROM offenders_identifier i WHERE i.offender_id = o.id)) $$;
"""

FOLLOW = """
CREATE TRIGGER {table}_follows_merge BEFORE INSERT ON {table}
FOR EACH ROW EXECUTE FUNCTION offenders_follow_merge();
"""
TABLES = [
    f"offenders_{name}"
    for name in ("alias", "identifier", "address", "marker", "involvement", "consent", "entry", "note", "restriction")
]


class Migration(migrations.Migration):
    dependencies = [
        ("offenders", "0005_restriction"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LikelyPair",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("score", models.PositiveSmallIntegerField(help_text="How alike, of 100.")),
                ("reasons", models.JSONField(default=list, help_text="In what they are alike, and in what not.")),
                ("found_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "To be decided"), ("different", "Not the same"), ("merged", "Merged")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["-score", "-found_at", "-id"],
                "default_permissions": ["view"],
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("choices", models.JSONField(default=dict, help_text="Fact: whose was taken, kept or gone.")),
                (
                    "moved",
                    models.JSONField(
                        default=dict, help_text="Table: [[key, {column: [before, after]}], …]; null: made by it."
                    ),
                ),
                (
                    "own",
                    models.JSONField(default=dict, help_text="Table: [key, …] of what the kept person already had."),
                ),
                ("left", models.JSONField(default=dict, help_text="Of one undone: what was changed or added since, and is left.")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("reason", models.TextField()),
                ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                ("undone_reason", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["-at", "-id"],
                "permissions": [("merge_offender", "Can merge two records of one person, review a merge, and undo it")],
                "default_permissions": ["view"],
            },
        ),
        migrations.AddField(
            model_name="offender",
            name="merged_into",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="offenders.offender",
            ),
        ),
        migrations.AddConstraint(
            model_name="offender",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("merged_into", None), models.Q(("merged_into", models.F("pk")), _negated=True), _connector="OR"
                ),
                name="offender_is_not_merged_into_itself",
            ),
        ),
        migrations.AddField(
            model_name="likelypair",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="pairs_decided",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="likelypair",
            name="one",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="pairs_before", to="offenders.offender"
            ),
        ),
        migrations.AddField(
            model_name="likelypair",
            name="other",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="pairs_after", to="offenders.offender"
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="merges_made", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="gone",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="merges_away", to="offenders.offender"
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="kept",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="merges", to="offenders.offender"
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="reviewed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merges_reviewed",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="undone_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merges_undone",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="involvement",
            name="merge",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="involvements",
                to="offenders.merge",
            ),
        ),
        migrations.AddIndex(
            model_name="likelypair",
            index=models.Index(fields=["state", "-score", "-found_at", "-id"], name="pair_by_score"),
        ),
        migrations.AddConstraint(
            model_name="likelypair",
            constraint=models.CheckConstraint(
                condition=models.Q(("one__lt", models.F("other"))), name="pair_is_of_two_in_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="likelypair",
            constraint=models.UniqueConstraint(models.F("one"), models.F("other"), name="pair_is_there_once"),
        ),
        migrations.AddConstraint(
            model_name="likelypair",
            constraint=models.CheckConstraint(
                condition=models.Q(("score__range", (0, 100))), name="pair_scores_0_to_100"
            ),
        ),
        migrations.AddConstraint(
            model_name="likelypair",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "open"),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="decided_pair_says_who_and_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(("kept", models.F("gone")), _negated=True), name="merge_is_of_two_people"
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="merge_says_why"),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                    models.Q(
                        ("reviewed_at__isnull", False),
                        ("reviewed_by__isnull", False),
                        models.Q(("reviewed_by", models.F("by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="merge_is_reviewed_by_someone_else",
                violation_error_message="Someone else than who merged them reviews it.",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("undone_at", None), ("undone_by", None), ("undone_reason", "")),
                    models.Q(
                        ("undone_at__isnull", False),
                        ("undone_by__isnull", False),
                        models.Q(("undone_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="merge_undone_says_who_and_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at", None)),
                fields=("gone",),
                name="person_is_merged_away_once",
                violation_error_message="This record is merged into another already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reviewed_at", None), ("undone_at", None)),
                fields=("kept",),
                name="person_has_one_merge_to_review",
                violation_error_message="What was merged into this record before is still to be reviewed.",
            ),
        ),
        migrations.RunSQL(KEEP, LEAVE),
        *(
            migrations.RunSQL(FOLLOW.format(table=table), f"DROP TRIGGER {table}_follows_merge ON {table};")
            for table in TABLES
        ),
    ]
