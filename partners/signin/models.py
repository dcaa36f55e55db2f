from .codes import RecoveryCode as RecoveryCode
from .limits import Kept as Kept
from .sessions import Session as Session
from .sso import ProvidedSession as ProvidedSession
from .sso import Provider as Provider
