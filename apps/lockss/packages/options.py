"""What may be asked of an export, read strictly: a fault names its option (ExportContent of LOCKSS 1.x)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from apps.lockss.packages.files import Naming, clean_prefix
from apps.lockss.packages.paths import Xlate

MIB = 1 << 20
MOST_MIB = 1 << 20
"""A tebibyte."""
DEFAULT_MIB = 1_024
MOST_VERSIONS = 10_000


class PackageFormat(StrEnum):
    WARC = "warc"
    WACZ = "wacz"
    BAGIT = "bagit"
    ZIP = "zip"
    TGZ = "tgz"

    @property
    def is_files(self) -> bool:
        """Whether it holds files by path, one version of each URL; else WARC records, with all of them."""
        return self in (PackageFormat.ZIP, PackageFormat.TGZ)


class OptionFaultCode(StrEnum):
    MALFORMED = "export-option-malformed"
    UNKNOWN = "export-option-unknown"
    NOT_HERE = "export-option-not-of-format"


@dataclass(frozen=True, slots=True)
class OptionFault:
    """``option`` as it is spelt; ``expected`` lists values or says what is taken."""

    code: OptionFaultCode
    option: str
    found: str
    expected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """``max_mib``: a new file is begun once one is this large (0: never); ``max_versions`` of each URL (0: all)."""

    format: PackageFormat = PackageFormat.WARC
    prefix: str = "lockss"
    naming: Naming = Naming.OURS
    compress: bool = True
    max_mib: int = DEFAULT_MIB
    max_versions: int = 0
    exclude_dir_nodes: bool = False
    xlate: Xlate = Xlate.NONE

    def told(self) -> dict[str, str | int | bool]:
        """As values of JSON; ``options_of`` reads them back."""
        return asdict(self)


_NAMES = frozenset(
    ["format", "prefix", "naming", "compress", "max_mib", "max_versions", "exclude_dir_nodes", "xlate"]
)


def options_of(given: Mapping[str, object]) -> ExportOptions | OptionFault:
    """Values as texts of a form or command line, or as ``told`` gave them. What is not given has its default."""
    for name in given:
        if name not in _NAMES:
            return _fault(OptionFaultCode.UNKNOWN, name, given[name], ", ".join(sorted(_NAMES)))
    values: dict[str, object] = {}
    for name, kind in (("format", PackageFormat), ("naming", Naming), ("xlate", Xlate)):
        if name in given:
            text = str(given[name])
            if text not in [str(one.value) for one in kind]:
                return _fault(OptionFaultCode.MALFORMED, name, text, ", ".join(one.value for one in kind))
            values[name] = kind(text)
    if "prefix" in given:
        prefix = clean_prefix(str(given["prefix"]))
        if prefix is None:
            expected = "letters, digits, dots, hyphens and underscores, 60 at most"
            return _fault(OptionFaultCode.MALFORMED, "prefix", given["prefix"], expected)
        values["prefix"] = prefix
    for name, most in (("max_mib", MOST_MIB), ("max_versions", MOST_VERSIONS)):
        if name in given:
            text = str(given[name])
            if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) > most:
                return _fault(OptionFaultCode.MALFORMED, name, text, f"a number from 0 to {most}")
            values[name] = int(text)
    for name in ("compress", "exclude_dir_nodes"):
        if name in given:
            values[name] = given[name] is True or str(given[name]).lower() in ("yes", "true", "on", "1")
    return _fitting(ExportOptions(**values))  # type: ignore[arg-type]


def _fitting(options: ExportOptions) -> ExportOptions | OptionFault:
    kind = options.format
    if options.xlate is not Xlate.NONE and not kind.is_files:
        return _fault(OptionFaultCode.NOT_HERE, "xlate", options.xlate, "format zip or tgz")
    if options.max_versions > 1 and kind.is_files:
        return _fault(
            OptionFaultCode.NOT_HERE, "max_versions", options.max_versions, "0 or 1 for zip and tgz"
        )
    if not options.compress and kind is not PackageFormat.WARC:
        return _fault(OptionFaultCode.NOT_HERE, "compress", "no", "format warc")
    if options.naming is Naming.LOCKSS_1 and kind in (PackageFormat.WACZ, PackageFormat.BAGIT):
        return _fault(OptionFaultCode.NOT_HERE, "naming", options.naming, "format warc, zip or tgz")
    return options


def _fault(code: OptionFaultCode, option: str, found: object, expected: str) -> OptionFault:
    return OptionFault(code, option, str(found)[:200], expected)
