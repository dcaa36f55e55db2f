"""The settings of rehab: costs, bookings, follow-ups, plans and what is done after an early departure."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0007_area_centre'),
    ]

    operations = [
        migrations.AlterField(
            model_name='setting',
            name='key',
            field=models.CharField(choices=[('goods_multiplier', 'Pounds of goods stolen for a pound of drugs'), ('low_daily_spend', 'Pounds a day counted at the most in the low estimate'), ('high_daily_spend', 'Pounds a day for a person not assessed, in the high estimate'), ('staff_cost', "Pounds a year that the programme's staff cost"), ('unpriced_stay', 'Pounds for a stay whose price is not known: low, central, high'), ('follow_up_weeks', 'Weeks after departure at which a follow-up is due'), ('follow_up_attempts', 'Attempts before a follow-up is recorded as not reached'), ('lapse_days', 'Days in which the plan is gone through again after a lapse'), ('emergency_access_hours', 'Hours for which a person is opened in an emergency'), ('involvement_days', 'Days an agency keeps sight of a person after its work ends'), ('hold_minutes', 'Minutes for which a slot is held while a referral is finished'), ('slot_days', 'Days ahead for which slots are offered'), ('journey_days', 'Days after which a referral that was begun and left is cleared'), ('contact_days', 'Working days until someone referred should have been reached'), ('contact_attempts', 'Attempts to reach someone before “not engaged” is proposed'), ('approval_from_gravity', 'Gravity score from which a resolution needs approval'), ('reminder_hours', 'Hours before an appointment at which people are reminded'), ('plan_warning_days', 'Days before leaving rehab at which an empty plan is pressed'), ('link_days', 'Days for which someone outside may answer an action by a link'), ('stay_weeks', 'Weeks for which a rehab place is booked unless another day of leaving is said'), ('agreement_warning_days', 'Days before an agreement ends at which people are warned'), ('concern_days', 'Days within which a concern of a rehab is looked into'), ('checklist_days', 'Days for which what happened in rehab, or after it, still starts tasks'), ('contact_after_days', 'Days within which someone who left rehab early is spoken with')], max_length=40),
        ),
    ]
