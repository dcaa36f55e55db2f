import pytest

from config.tests.client import CarefulClient
from partners.models import Setting, User
from partners.systems import changes
from partners.systems.models import System, Token


@pytest.fixture
def administrator(make_user, police):
    return make_user("administrator", police, family_name="Administrator")


@pytest.fixture
def make_system(administrator):
    def make(agency, role="cgl_worker", *, name="Carenotes", unit=None):
        """A system of this agency that acts in this role."""
        system = System(agency=agency, name=name, contact="Records team, 0121 496 0000")
        return system.register(by=administrator, role=role, unit=unit)

    return make


@pytest.fixture
def system(make_system, cgl):
    return make_system(cgl)


@pytest.fixture
def acting(system):
    """The user that the system acts as, read anew."""
    return User.objects.get(pk=system.user_id)


@pytest.fixture
def calling(administrator):
    def calling(system, scope="write", **options):
        """A client that calls with a new token of this system."""
        _, secret = Token.make(system, by=administrator, scope=scope)
        return CarefulClient(headers={"Authorization": f"Bearer {secret}"}, **options)

    return calling


@pytest.fixture
def most_calls(db):
    """Let systems make no more than this number of calls a minute."""
    return lambda number: Setting.objects.filter(key="calls_a_minute").update(values=[number])


@pytest.fixture
def all_is_settled(monkeypatch):
    """A test is one transaction, which is under way: here what it wrote counts as there for good."""
    monkeypatch.setattr(changes, "horizon", lambda: (changes.LAST, changes.LAST))
