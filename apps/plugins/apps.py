from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.accounts import acts
from apps.accounts.choices import Role
from apps.common import navigation, words
from apps.plugins import stored_findings as _stored_findings  # noqa: F401 - remembered by being read
from apps.plugins import stored_reasons
from apps.plugins.words import ALL


class PluginsConfig(AppConfig):
    name = "apps.plugins"
    label = "plugins"

    def ready(self) -> None:
        stored_reasons.remember_words()
        # Those who load plugins, and those whom an obstacle sends here.
        navigation.register(
            navigation.Place("plugins", _("Plugins"), "/plugins/", 65, roles=(Role.NETWORK, Role.LIBRARIAN))
        )
        words.register(*ALL)
        acts.register(
            {
                "plugins.load": _("loaded a plugin"),
                "plugins.keep-out": _("kept a version of a plugin out"),
                "plugins.take-jar": _("took in a JAR of plugins"),
                "plugins.trust-signer": _("trusted a signer of plugins"),
                "plugins.distrust-signer": _("withdrew the trust in a signer of plugins"),
                "plugins.add-registry": _("followed a plugin registry"),
                "plugins.end-registry": _("ended a plugin registry"),
                "plugins.override-collecting": _("let a plugin collect, or not, without missing code"),
            }
        )
