"""What somebody asks of a report, as parameters of an address: each is understood or refused with a sentence.

The parameters of LOCKSS 1.x's title list are taken too, in their names and values (kbart §2).
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common.display import count_text
from apps.common.errors import BadQuery
from apps.common.pages import Link
from apps.common.search import fold
from apps.common.text import storable
from apps.kbart.choices import Form, Kind, Shape
from apps.lockss.kbart import KbartError, Layout, NoteStyle, Scope, layout_of
from apps.nodes.replicas import institutions
from apps.titles.models import Publisher, TitleSet

LONGEST = 4_000
# Of what stands behind a page's address: a request line holds 4,094 bytes, and links of the page add to it.
LONGEST_QUERY = 3_000
# Names that LOCKSS 1.x gives them, and what its words are here.
OLD_NAMES = {
    "type": "kind",
    "coverageNotesFormat": "notes",
    "omitEmptyCols": "omit_empty",
    "omitHeader": "omit_header",
    "excludeNoIdTitles": "with_id",
    "ordering_list": "columns",
}
# What 1.x asks beside them. Columns of one's own are known by themselves; what cannot be had is said.
WITHOUT_USE: dict[str, str | Promise] = {
    "isCustom": "",
    "showHealthRatings": _("There is no column of health here: the scope “preserved” tells what is proved."),
}
REPORTS = "/reports/"
REPORT = "/reports/kbart/"
PUBLISHERS = "/publishers/"
MEMBERS = "/network/members/"
OLD_VALUES = {
    "scope": {"all": "available", "configured": "selected"},
    "kind": {"journals": "serials", "books": "monographs"},
}
YES, NO = ("yes", "true", "on", "1"), ("no", "false", "off", "0")
# Only tables of lines have a header line.
HEADED = (Form.TSV, Form.CSV, Form.XLSX)


@dataclass(frozen=True, slots=True)
class Order:
    """The first part decides of rows, the second of how they are written. ``publisher``, ``set``,
    ``institution``: numbers of rows.

    ``since``: only what came into the scope on this day or later.
    """

    scope: Scope = Scope.PRESERVED
    publisher: int | None = None
    set: int | None = None
    institution: int | None = None
    kind: Kind = Kind.ALL
    report: Shape = Shape.KBART
    notes: NoteStyle | None = None
    with_id: bool = False
    since: dt.date | None = None

    format: Form = Form.TSV
    columns: str = "kbart"
    omit_empty: bool = False
    omit_header: bool = False
    compress: bool = False
    ending: str = "txt"

    @property
    def layout(self) -> Layout:
        return layout_of("sfx" if self.report == Shape.SFX and self.columns == "kbart" else self.columns)

    @property
    def is_standard(self) -> bool:
        """Whether the file is one that knowledge bases take: KBART and nothing else."""
        return (
            self.report == Shape.KBART
            and self.format == Form.TSV
            and self.layout.standard
            and not self.omit_empty
            and not self.omit_header
        )

    @property
    def is_plain(self) -> bool:
        """Whether its file is its rows as they are kept, byte for byte."""
        changed = self.omit_empty or self.omit_header or self.compress
        return self.format == Form.TSV and self.layout.standard and not changed

    def given(self) -> dict[str, str]:
        """As parameters, those that are not as usual."""
        usual = Order()
        found = {}
        for one in fields(self):
            value = getattr(self, one.name)
            told = one.name == "scope" and self.report != Shape.KEEPERS
            if value != getattr(usual, one.name) or told:
                found[one.name] = _written(value)
        return found

    def query(self, **changes: str) -> str:
        """The query of an address; an empty value takes a parameter away."""
        kept = {**self.given(), **changes}
        return "?" + urlencode({name: value for name, value in kept.items() if value})

    @property
    def unkept(self) -> dict[str, str]:
        """Options of writing that a series does not keep: it keeps rows, and is asked for its writing when fetched."""
        asked = {name: value for name, value in self.given().items() if name in WRITING}
        if self.report == Shape.SFX:
            # Its lines have no heads however they are asked for.
            asked.pop("omit_header", None)
        return asked

    def rows_alone(self) -> "Order":
        """The same rows, written as usual."""
        kept = {name: getattr(self, name) for name in ROWS}
        return Order(**kept)


ROWS = ("scope", "publisher", "set", "institution", "kind", "report", "notes", "with_id", "since")
WRITING = ("format", "columns", "omit_empty", "omit_header", "compress", "ending")


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value.isoformat() if isinstance(value, dt.date) else value)


def given_in(parameters: QueryDict) -> dict[str, str]:
    """Each once; of ``columns`` the last counts: a form has a named order and, behind it, columns of one's own."""
    found = {}
    for name in parameters:
        values = [value for value in parameters.getlist(name) if value.strip()]
        if len(set(values)) > 1 and OLD_NAMES.get(name, name) != "columns":
            raise BadQuery(gettext("“%s” is given more than once.") % storable(name, 60))
        found[name] = values[-1] if values else ""
    return found


def fit_for_address(order: Order) -> None:
    """BadQuery for columns that no address holds; the command takes longer ones."""
    # Each button of the form has a format of its own.
    taken = len(order.query(format=""))
    if taken > LONGEST_QUERY:
        raise BadQuery(
            gettext(
                "The columns are too long: the address of this report would have %(taken)s characters behind its “?”, and "
                "at most %(most)s fit. Letters beyond a–z take six of them and more."
            )
            % {"taken": count_text(taken), "most": count_text(LONGEST_QUERY)}
        )


def order_kept(options: Mapping[str, str]) -> Order:
    """Of a series or an edition: those for the Keepers were once kept with a scope, which said nothing."""
    if options.get("report") == Shape.KEEPERS:
        options = {name: value for name, value in options.items() if name != "scope"}
    return order_of(options)


def order_of(given: Mapping[str, str], *, beside: tuple[str, ...] = ()) -> Order:
    """BadQuery names the first parameter that is unknown or has a value that does not fit; ``beside`` are others'."""
    found: dict[str, object] = {}
    for name in given:
        own = OLD_NAMES.get(name, name)
        if own in beside:
            continue
        if own in WITHOUT_USE:
            _pass_over(own, given[name])
            continue
        if own not in READERS:
            raise BadQuery(
                gettext("A report has no option “%(name)s”, expected one of: %(known)s.")
                % {"name": storable(name, 60), "known": ", ".join(READERS)}
            )
        value = given[name]
        if not value.strip():
            continue
        if value != storable(value, LONGEST):
            raise BadQuery(gettext("“%s” is too long, or no text.") % storable(name, 60))
        found[own] = _read(own, value)
    return _fitting(replace(Order(), **found))


def _pass_over(name: str, value: str) -> None:
    """BadQuery where it asks for what is not here."""
    try:
        asked = bool(value.strip()) and _flag(value.strip())
    except ValueError as error:
        raise BadQuery(
            gettext("“%(name)s” is “%(value)s”, expected %(expected)s.")
            % {"name": name, "value": storable(value, 60), "expected": str(error)}
        ) from None
    if asked and WITHOUT_USE[name]:
        lead = Link(gettext("Report what is preserved"), f"{REPORT}?scope={Scope.PRESERVED.value}")
        raise BadQuery(str(WITHOUT_USE[name]), title=gettext("A report has no such column"), lead=lead)


def _read(name: str, value: str) -> object:
    try:
        return READERS[name](OLD_VALUES.get(name, {}).get(value.strip().lower(), value.strip()))
    except (ValueError, KbartError) as error:
        expected = error.message if isinstance(error, KbartError) else str(error)
        said = gettext("“%(name)s” is “%(value)s”, expected %(expected)s.")
        if isinstance(error, KbartError):
            said = gettext("“%(name)s” is “%(value)s”: %(expected)s.")
        raise BadQuery(said % {"name": name, "value": storable(value, 60), "expected": expected}) from None


def _fitting(order: Order) -> Order:
    """BadQuery for options that cannot be had together."""
    if order.report == Shape.SFX and order.format != Form.TSV:
        raise BadQuery(
            gettext("“format” is “%s”, expected tsv: a link resolver reads nothing else.") % order.format
        )
    if order.omit_header and order.format not in HEADED:
        raise BadQuery(gettext("“omit_header” is “yes”, expected no: this format has no header line."))
    if order.report == Shape.KEEPERS and order.scope is not Scope.PRESERVED:
        raise BadQuery(
            gettext(
                "“scope” is “%s”: the report for the Keepers Registry has no scope. It tells what is preserved and what is in "
                "progress, side by side; leave “scope” out."
            )
            % order.scope.value,
            title=gettext("This report has no scope"),
            lead=Link(
                gettext("The report for the Keepers Registry"),
                f"{REPORT}{replace(order, scope=Scope.PRESERVED).query()}",
            ),
        )
    if order.report == Shape.KEEPERS and order.kind == Kind.MONOGRAPHS:
        raise BadQuery(
            gettext("“kind” is “monographs”, expected serials: the Keepers Registry is keyed by ISSN.")
        )
    if order.report == Shape.KEEPERS and not order.layout.standard:
        raise BadQuery(gettext("“columns” is not “kbart”, which the Keepers Registry expects."))
    if order.report == Shape.SFX:
        return replace(order, omit_header=True, notes=NoteStyle.LINKS)
    return order


def _one_of(words: type) -> Callable[[str], object]:
    def read(text: str) -> object:
        known = [str(word.value) for word in words]
        own = text.lower().replace("_", "-")
        if own not in known:
            raise ValueError(gettext("one of: %s") % ", ".join(known))
        return words(own)

    return read


def _flag(text: str) -> bool:
    if text.lower() not in YES + NO:
        raise ValueError(gettext("yes or no"))
    return text.lower() in YES


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError(gettext("a day such as 2026-11-21")) from None


def _publisher(text: str) -> int:
    """By name as people write it, or by number."""
    found = Publisher.objects.filter(name_key=fold(text)).values_list("pk", flat=True).first()
    if found is None and _is_number(text):
        found = Publisher.objects.filter(pk=int(text)).values_list("pk", flat=True).first()
    if found is None:
        raise BadQuery(
            gettext("No publisher here is called %s.") % storable(text, 60),
            title=gettext("There is no such publisher"),
            lead=Link(gettext("All publishers"), PUBLISHERS),
        )
    return found


def _set(text: str) -> int:
    if not _is_number(text) or not TitleSet.objects.filter(pk=int(text)).exists():
        raise ValueError(gettext("the number of a title set"))
    return int(text)


def _institution(text: str) -> int:
    """A member that has a node, by name as people write it, or by number."""
    known = institutions()
    by_name = {fold(name): pk for pk, name in known.items()}
    found = by_name.get(fold(text)) or (int(text) if _is_number(text) and int(text) in known else None)
    if found is None:
        raise BadQuery(
            gettext("No institution of this network that has a node is called %s.") % storable(text, 60),
            title=gettext("There is no such institution"),
            lead=Link(gettext("Members of the network"), MEMBERS),
        )
    return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def _columns(text: str) -> str:
    layout_of(text)
    return text


def _ending(text: str) -> str:
    if text not in ("txt", "tsv"):
        raise ValueError(gettext("one of: %s") % "txt, tsv")
    return text


READERS: dict[str, Callable[[str], object]] = {
    "scope": _one_of(Scope),
    "publisher": _publisher,
    "set": _set,
    "institution": _institution,
    "kind": _one_of(Kind),
    "report": _one_of(Shape),
    "notes": _one_of(NoteStyle),
    "with_id": _flag,
    "since": _day,
    "format": _one_of(Form),
    "columns": _columns,
    "omit_empty": _flag,
    "omit_header": _flag,
    "compress": _flag,
    "ending": _ending,
}
