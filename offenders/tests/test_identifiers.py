import pytest
from django.core.exceptions import ValidationError

from offenders.codes import ethnicity_code, sex_code
from offenders.identifiers import check_identifier


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("pnc", "99/123456X", "1999/0123456X"),
        ("pnc", "1999/1234567B", "1999/1234567B"),
        ("pnc", "19991234567b", "1999/1234567B"),
        ("pnc", "99/1234567B", "1999/1234567B"),
        ("pnc", " 1999 / 1234567 B ", "1999/1234567B"),
        ("pnc", "20/9N", "2020/0000009N"),
        ("pnc", "2003/0011985X", "2003/0011985X"),
        ("cro", "123456/99L", "123456/99L"),
        ("cro", "1234/88P", "1234/88P"),
        ("cro", "1/11x", "1/11X"),
        ("cro", "SF99/123456L", "SF99/123456L"),
        ("cro", "sf 88/1234 p", "SF88/1234P"),
        ("cro", "SF11/1X", "SF11/1X"),
        ("nhs", "943 476 5919", "9434765919"),
        ("nhs", "401-023-2137", "4010232137"),
        ("ndtms", "ab123", "AB123"),
        ("custody", "CU/1234/24", "CU/1234/24"),
    ],
)
def test_a_number_is_kept_in_its_canonical_form(kind, typed, kept):
    assert check_identifier(kind, typed) == kept


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("pnc", "1999/1234567A"),
        ("pnc", "99/1234567"),
        ("pnc", "1999/12345678B"),
        ("cro", "123456/99M"),
        ("cro", "SF99/123456M"),
        ("cro", "1234567/99L"),
        ("nhs", "485 777 3456"),
        ("nhs", "943 476 591"),
        ("nhs", "943 476 5918"),
        ("custody", "<b>"),
        ("custody", ""),
    ],
)
def test_a_number_that_cannot_be_is_refused_with_a_sentence(kind, typed):
    with pytest.raises(ValidationError, match="Check it against where you read it"):
        check_identifier(kind, typed)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("W1", "W1"), ("w9", "W9"), ("O1", "A4"), ("Chinese", "A4"), ("White British", "W1"), ("White Irish", "W2"),
        ("Other White", "W9"), ("Pakistani", "A2"), ("Indian", "A1"), ("Bangladeshi", "A3"), ("Other Asian", "A9"),
        ("Caribbean", "B1"), ("African", "B2"), ("Other Black", "B9"), ("White & Black Caribbean", "M1"),
        ("White and Black African", "M2"), ("White & Asian", "M3"), ("Other Mixed", "M9"), ("Any Other", "O9"),
        ("Gypsy or Irish Traveller", "W3"), ("Arab", "O2"), ("Not stated", "NS"), ("Ethnicity is unknown", "UN"),
        ("not known", "UN"), ("martian", None), ("", None),
    ],
)  # fmt: skip
def test_ethnicity_by_code_or_label(text, code):
    assert ethnicity_code(text) == code


@pytest.mark.parametrize(("text", "code"), [("m", "1"), ("Female", "2"), ("9", "9"), ("unknown", "0"), ("x", None)])
def test_sex_by_code_or_label(text, code):
    assert sex_code(text) == code
