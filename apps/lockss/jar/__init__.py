"""Signed JARs as Java's tools check them, and the key stores that say whose signature counts (libraries, "JKS")."""

from apps.lockss.jar.archive import JarError, JarLimits
from apps.lockss.jar.keystore import KeystoreError, read_keystore
from apps.lockss.jar.trust import Certificate
from apps.lockss.jar.verify import Problem, Signature, SignatureState, SignedBy, verify_jar

__all__ = [
    "Certificate",
    "JarError",
    "JarLimits",
    "KeystoreError",
    "Problem",
    "Signature",
    "SignatureState",
    "SignedBy",
    "read_keystore",
    "verify_jar",
]
