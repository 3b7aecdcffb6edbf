"""Packages of preserved content as texts and names: what stands in a BagIt bag, a WACZ, a zip of files. Pure."""

from apps.lockss.packages.bags import (
    BagFault,
    BagFaultCode,
    bag_info,
    bagit_text,
    manifest_line,
    parse_manifest_line,
)
from apps.lockss.packages.files import Naming, Stamp, clean_prefix, container_name, part_name
from apps.lockss.packages.options import (
    ExportOptions,
    OptionFault,
    OptionFaultCode,
    PackageFormat,
    options_of,
)
from apps.lockss.packages.paths import LONGEST_PART, Xlate, is_folder_of, is_safe, marked, path_of
from apps.lockss.packages.wacz import (
    Page,
    Resource,
    datapackage,
    datapackage_digest,
    idx_head,
    idx_line,
    pages_head,
)

__all__ = [
    "LONGEST_PART",
    "BagFault",
    "BagFaultCode",
    "ExportOptions",
    "Naming",
    "OptionFault",
    "OptionFaultCode",
    "PackageFormat",
    "Page",
    "Resource",
    "Stamp",
    "Xlate",
    "bag_info",
    "bagit_text",
    "clean_prefix",
    "container_name",
    "datapackage",
    "datapackage_digest",
    "idx_head",
    "idx_line",
    "is_folder_of",
    "is_safe",
    "manifest_line",
    "marked",
    "options_of",
    "pages_head",
    "parse_manifest_line",
    "part_name",
    "path_of",
]
