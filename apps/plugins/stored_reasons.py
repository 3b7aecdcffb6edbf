"""What rows of this room keep in words: why a JAR, a registry or a version is not taken; and what people are answered."""

from django.utils.translation import gettext_noop as _

from apps.common.stored import in_english, remember
from apps.plugins.choices import JarSignature

# Of registries and what is fetched from them.
remember(
    _("The plugin registry “%(name)s” could not be read: %(why)s What it gave before stays loaded."),
    _(
        "Its page carries no permission statement of a LOCKSS network, so nothing was fetched from it. Have the statement put on the page, or enter the registry again as one that needs none."
    ),
    _("It leads to %s. Enter that address if it is the right one."),
    _("No host of this name is known."),
    _("The answer could not be read."),
    _("The answer is longer than what is read of one."),
    _("The answer took too long."),
    _("The answer was cut off."),
    _("The host answers with HTTP %s instead of the file."),
    _("The host does not answer."),
    _("The host does not take connections."),
    _("The host packs its answer although it was asked not to."),
    _("The host stopped answering."),
    _("The page links to %(n)s JARs; at most %(most)s are read of one registry."),
    _("This address is not public, so the node does not ask it."),
    _("This is no address that can be asked."),
    _("Expected an address that begins with http:// or https://."),
    _("An address with a user name or password is not kept: everybody here could read it."),
    _("This address is followed already, as “%s”."),
    _("This registry is no longer followed. Enter its address again."),
    _("This registry was changed since the page was shown. Look again."),
)
# Of JARs and definitions.
remember(
    _("The JAR %(name)s was refused: %(why)s. Nothing of it was loaded."),
    _("The JAR %(name)s was loaded although it is %(signature)s."),
    _("%(name)s cannot be read: %(why)s"),
    _("%(name)s has more than %(n)s bytes."),
    _("%s holds no definition of a plugin: there is no .xml file in it. Nothing was kept."),
    _("%(what)s, and %(n)s more"),
    _("it is not signed, and this node takes only what a trusted signer has signed"),
    _("it is signed by %s, whom this node does not trust"),
    _("several signers, each a part of it"),
    _("it is a map, but none of a plugin's"),
    _("it is no definition"),
    _("its path makes no plugin id"),
    _(
        "which package it belongs to cannot be told, because its plugin_identifier does not name this file. Load the folder or the JAR that holds its packages (org/…)."
    ),
    _("This signer was changed since the page was shown. Look again."),
    _("Another version of this plugin is in use since the page was shown. Look again."),
    _("What is missing protects the publisher or the content: nobody may do without it."),
)
# Of the core's reader of JARs and their signatures.
remember(
    _("%(n)s entries; at most %(most)s are read"),
    _("its list of entries has %(n)s bytes; at most %(most)s are read"),
    _("its name is longer than %s characters"),
    _("more than %s bytes come out of the JAR"),
    _("this is no readable JAR (%s)"),
    _("this name stands in the JAR twice, so that what is meant cannot be told"),
    _("%(n)s certificates; at most %(most)s are read"),
    _("it cannot be read (%s)"),
    _("it does not say that it signs plain data"),
    _("it holds no signed data"),
    _("its attribute %s stands twice"),
    _("signed in a way that is not known"),
    _("signed with %s, which proves nothing any more or is not known"),
    _("signed with a kind of key that is not known"),
    _("the signature does not fit the signature file"),
    _("the signature file was changed after it was signed"),
    _("the signer's certificate is missing"),
    _("what it signs is not the signature file beside it"),
    _("it is empty"),
    _("line %(line)s: %(name)s has a section already"),
    _("line %(line)s: %(name)s stands twice in one section"),
    _("line %s: a section begins without Name"),
    _("line %s: expected a name, a colon and a value"),
    _("line %s: nothing to continue"),
    _("line %s: this is not UTF-8"),
    _("more than %s sections"),
    _("it does not begin with Signature-Version"),
    _("it is not signed: it was added afterwards, or left out of the signature"),
    _("it is signed, but the manifest does not name it"),
    _("it is signed, but there is no manifest"),
    _("it is there twice, in capitals and in small letters"),
    _("it was changed after it was signed"),
    _("it was signed, but it is gone"),
    _("its Magic “%s” is not known here"),
    _("its section of the manifest was changed after it was signed"),
    _("the head of the manifest was changed after it was signed"),
    _("the manifest has no digest of it that still proves anything"),
)
# Of key stores.
remember(
    _("%(n)s bytes; at most %(most)s are read"),
    _("%(n)s certificates; at most %(most)s are read."),
    _("%(n)s entries; at most %(most)s are read."),
    _("A certificate of kind %s is not known."),
    _("The password is not right, or the key store was changed."),
    _("There is no certificate in this file."),
    _("This is no key store, or it needs a password."),
    _("This is no key store, or the password is not right."),
    _("This key store goes on where it should end."),
    _("This key store holds secret keys. Export its certificates alone."),
    _("This key store is cut off."),
    _("Version %s of this key store's format is not known."),
)
# Of versions that are tried.
remember(
    _(
        "Version %(version)s of %(plugin)s does nothing differently on stored pages and waits for somebody to use it. The version in use stays."
    ),
    _("Version %(version)s of %(plugin)s is not used."),
    _("The version in use stays."),
    # As older versions wrote it.
    _("Version %(version)s of %(plugin)s is not used: %(why)s. The version in use stays."),
    _(
        "Version %(version)s of %(plugin)s does something differently with what is stored, and waits for a decision. The version in use stays."
    ),
    _("%(name)s could not be used with it: %(why)s."),
    _("needs %s"),
    _("It asks for the parameter %(key)s, which %(name)s was selected without."),
    _("No stored archival unit could be made with the version in use, so none could be tried."),
    _(
        "With it %(name)s would be another archival unit: its AUID would change from %(old)s to %(new)s, and all that is stored and agreed under the old one would be lost to it."
    ),
    _("Another version came into use while this one was tried; it is tried again."),
    _("There is nothing to decide about this version."),
    _("This version is in use already; there is nothing to try."),
    _("This version was tried again, or somebody decided, since the page was shown. Look at it again."),
)


def remember_words() -> None:
    """How a JAR is signed is kept by findings; the catalogues are there once all apps are."""
    with in_english():
        remember(*(str(state.label) for state in JarSignature))
