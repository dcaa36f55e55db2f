import datetime as dt

from partners.systems import versions


def test_what_is_on_its_way_out_says_since_when_and_until_when(signed_in, administrator, monkeypatch):
    client = signed_in(administrator)
    assert "Deprecation" not in client.get("/api/v1/systems/")
    ending = versions.Ending(dt.date(2026, 12, 1), dt.date(2027, 12, 1))
    monkeypatch.setitem(versions.ENDINGS, ("GET", "api:system-list"), ending)
    answer = client.get("/api/v1/systems/")
    assert (answer["Deprecation"], answer["Sunset"]) == ("@1796083200", "Wed, 01 Dec 2027 00:00:00 GMT")
    assert "Deprecation" not in client.get("/api/v1/system-tokens/")
