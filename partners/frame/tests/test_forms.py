import datetime
from decimal import Decimal

import pytest
from django import forms
from django.db import models
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test.utils import isolate_apps

from partners.frame.forms import Checkboxes, DateField, FilterForm, Form, ModelForm, MoneyField, Radios


class Arrival(Form):
    arrived_on = DateField(label="Date of arrival")
    left_on = DateField(label="Date of departure", required=False)
    reason = forms.ChoiceField(label="Why", choices=[("a", "One"), ("b", "Another")], widget=Radios)
    needs = forms.MultipleChoiceField(choices=[("x", "Bed"), ("y", "Food")], widget=Checkboxes, required=False)
    spend = MoneyField(label="Daily spend", required=False)


def sent(**more):
    return {"arrived_on": "2021-07-01", "reason": "a", **more}


@pytest.mark.parametrize(
    "written",
    [
        "27/3/1990",
        "27.03.1990",
        "27-3-1990",
        "1990-03-27",
        "27 Mar 1990",
        "27th march 1990",
        datetime.date(1990, 3, 27),
    ],
)
def test_a_date_is_understood_as_one_string(written):
    form = Arrival(sent(arrived_on=written))
    assert form.is_valid(), form.errors
    assert form.cleaned_data["arrived_on"] == datetime.date(1990, 3, 27)


def test_a_date_is_understood_in_three_boxes():
    form = Arrival(QueryDict("arrived_on_day=1&arrived_on_month=sept&arrived_on_year=2021&reason=a"))
    assert form.is_valid(), form.errors
    assert form.cleaned_data["arrived_on"] == datetime.date(2021, 9, 1)
    assert form.cleaned_data["left_on"] is None


@pytest.mark.parametrize(
    ("day", "month", "year", "sentence", "wrong"),
    [
        ("", "", "", "Enter date of arrival", ("day", "month", "year")),
        ("1", "", "2021", "Date of arrival must include a month", ("month",)),
        ("1", "", "", "Date of arrival must include a month and a year", ("month", "year")),
        ("1", "13", "2021", "Date of arrival must be a real date", ("month",)),
        ("1", "ma", "2021", "Date of arrival must be a real date", ("month",)),
        ("32", "1", "2021", "Date of arrival must be a real date", ("day",)),
        ("30", "2", "2021", "Date of arrival must be a real date", ("day", "month", "year")),
        ("1", "2", "21", "Year must include 4 numbers", ("year",)),
        ("1", "2", "0000", "Date of arrival must be a real date", ("day", "month", "year")),
    ],
)
def test_the_wrong_part_of_a_date_is_named_and_linked_to(day, month, year, sentence, wrong):
    form = Arrival(sent(arrived_on=None, arrived_on_day=day, arrived_on_month=month, arrived_on_year=year))
    assert form.errors["arrived_on"] == [sentence]
    assert form["arrived_on"].wrong_parts == wrong
    assert f'href="#id_arrived_on-{wrong[0]}"' in render_to_string("frame/error_summary.html", {"form": form})


@pytest.mark.parametrize(
    "text", ["rubbish", "1990-03-27T00:00", "27/3/1990/4", "%s", "\uff11/\uff12/\uff11\uff19\uff19\uff10"]
)
def test_rubbish_for_a_date_is_refused_or_read_never_a_crash(text):
    form = Arrival(sent(arrived_on=text))
    form.is_valid()
    assert str(form)


def test_what_was_sent_as_a_date_is_shown_again():
    assert 'value="Smarch"' in str(Arrival(sent(arrived_on="1 Smarch 2021"))["arrived_on"])
    assert 'value="1990"' in str(Arrival(initial={"arrived_on": datetime.date(1990, 3, 27)})["arrived_on"])


@pytest.mark.parametrize(
    ("written", "pounds"),
    [("£1,250.50", "1250.50"), ("20", "20"), (" 0 ", "0"), (12.5, "12.5"), (Decimal("3.10"), "3.10")],
)
def test_money_is_pounds_exactly(written, pounds):
    form = Arrival(sent(spend=written))
    assert form.is_valid(), form.errors
    assert form.cleaned_data["spend"] == Decimal(pounds)


@pytest.mark.parametrize("written", ["-1", "1.234", "lots", "NaN", "1e99", "99999999999"])
def test_money_that_is_none_is_refused_with_a_sentence(written):
    errors = Arrival(sent(spend=written)).errors["spend"]
    assert all(isinstance(error, str) and error for error in errors)


def test_links_of_the_error_summary_land_on_a_control():
    form = Arrival({"needs": ["z"]})
    page = str(form)
    for name in form.errors:
        assert f'id="{form[name].focus_id}"' in page


def test_optional_is_said_except_of_filters():
    assert "Daily spend (optional)" in str(Arrival())
    assert "Date of arrival (optional)" not in str(Arrival())
    assert "(optional)" not in str(type("Filters", (FilterForm,), {"q": forms.CharField(required=False)})())


def test_nothing_is_left_to_the_browser_to_check():
    page = str(type("Any", (Form,), {"n": forms.IntegerField(min_value=1), "e": forms.EmailField()})())
    assert " required" not in page
    assert 'type="number"' not in page


def test_what_is_missing_is_said_in_words():
    class Asked(Form):
        pnc = forms.CharField(label="PNC ID")
        agreed = forms.ChoiceField(label="Have they agreed?", choices=[("y", "Yes")], widget=Radios)
        unit = forms.ChoiceField(choices=[("y", "Yes")])
        own = forms.CharField(error_messages={"required": "Say why"})

    assert {name: errors[0] for name, errors in Asked({}).errors.items()} == {
        "pnc": "Enter PNC ID",
        "agreed": "Answer “Have they agreed?”",
        "unit": "Select unit",
        "own": "Say why",
    }


@isolate_apps("partners.frame")
def test_a_model_form_has_our_controls():
    class Stay(models.Model):
        arrived_on = models.DateField()
        noticed_at = models.DateTimeField()
        reason = models.CharField(choices=[("a", "One")], blank=True)

        class Meta:
            app_label = "frame"

        def __str__(self):
            return "a stay"

    class StayForm(ModelForm):
        class Meta:
            model = Stay
            fields = ("arrived_on", "noticed_at", "reason")

    form = StayForm({})
    assert isinstance(form.fields["arrived_on"], DateField)
    assert not isinstance(form.fields["noticed_at"], DateField)
    assert isinstance(form.fields["reason"].widget, Radios)
    assert "---" not in str(form["reason"])
    assert form.errors["arrived_on"] == ["Enter arrived on"]


def test_what_people_wrote_is_escaped():
    form = type("Any", (Form,), {"a": forms.CharField(label="<b>", help_text="<i>")})({"a": "<script>"})
    assert not any(tag in str(form) for tag in ("<b>", "<i>", "<script>"))
