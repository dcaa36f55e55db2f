"""What people who work here are good at."""

from django.db import models


class Skill(models.TextChoices):
    """What someone is good at that not everyone is, for who chooses whom to give someone to."""

    PUNJABI = "punjabi", "Punjabi"
    URDU = "urdu", "Urdu"
    BENGALI = "bengali", "Bengali"
    POLISH = "polish", "Polish"
    ROMANIAN = "romanian", "Romanian"
    SIGN_LANGUAGE = "sign_language", "British Sign Language"
    WOMEN = "women", "Women"
    YOUNG_PEOPLE = "young_people", "Young people"
    ALCOHOL = "alcohol", "Alcohol"
    DUAL_DIAGNOSIS = "dual_diagnosis", "Dual diagnosis"
    HOMELESSNESS = "homelessness", "People without a home"
