"""What rows of this room keep in words of a package: why it is not taken, what was found in it, and what was expected."""

from django.utils.translation import gettext_noop as _

from apps.common.stored import remember

remember(
    # Why nothing of it is taken.
    _("the package does not say which archival unit it is of: name one"),
    _("this node has no archival unit %s: select it first"),
    _("%s is no WARC, WACZ, BagIt tar, zip or tgz"),
    _("%s is a tar without %s"),
    _("%s is a zip without %s or datapackage.json"),
    _("%s is a bag without a manifest"),
    _("%s lies no longer in the folder of imports"),
    _("%s cannot be read: the user of the node may not"),
    _("it is no zip that can be read (%s)"),
    _("it is no zip, or its end is missing"),
    _("its list of members has %s bytes"),
    _("its members overlap: %s bytes of them in a file of %s"),
    _("%s: %s bytes inflate to %s"),
    _("%s bytes inflate to more than %s"),
    _("%s has more than %s bytes"),
    _("its tag files have more than %s bytes"),
    _("datapackage.json does not list its members (%s)"),
    _("an extended header of %s bytes"),
    _("the tar cannot be read on: %s"),
    _("it does not inflate: %s"),
    _("it ends inside a gzip member"),
    _("it is empty"),
)
remember(
    # Places; what stands before and behind is names.
    _("%s, record %s"),
    _("%s, behind record %s"),
    _("%s, line %s"),
)
remember(
    # Members.
    _("a name that leads out of its folder"),
    _("a path inside"),
    _("a member of type %s"),
    _("files and folders alone"),
    _("a member that can be read"),
    _("not in datapackage.json"),
    _("not in every manifest"),
    _("listed with its digest"),
    _("listed in datapackage.json"),
    _("listed twice"),
    _("there more than once"),
    _("one member of a name"),
    _("one file of a name"),
    _("not there"),
    _("sha256 or sha512 is known"),
    _("beside the bag"),
    _("all below %s/"),
    _("files that are elsewhere"),
    _("a bag that holds all its files"),
    _("a version with path and digest"),
    _("a line of an export"),
    _("in no line"),
    _("in no line at this place"),
)
remember(
    # Records.
    _("no WARC record begins here"),
    _("no WARC record of a version that is known begins here"),
    _("it ends inside the head of a record"),
    _("it ends inside a record"),
    _("a record is not as long as its head says"),
    _("record %s has no length"),
    _("a %s record of %s bytes"),
    _("record %s: no end of its HTTP head"),
    _("record %s is larger than what is taken"),
    _("a whole record"),
    _("the head of the version it refers to"),
    _("JSON, as it says of itself"),
    _("the bytes of its digest"),
    _("the version it refers to, earlier in the package or here"),
    _("no end"),
    _("a last record that tells what it holds"),
    _("%s versions"),
    _("a URL of http, https or ftp"),
    _("date %s"),
    _("a moment in UTC"),
    _("status %s of %s"),
    _("a success (%s); what redirects is kept as the page that it leads to"),
    _("nothing newer here than that; version %s is of %s"),
    _("%s, %s UTC"),
)
