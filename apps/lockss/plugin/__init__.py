"""Platform definitions (plugins): read, inherited, filled in with an AU's values, and what a node can do with them."""

from apps.lockss.plugin.au import DEFAULT_SETTINGS, AuDefinition, AuSettings
from apps.lockss.plugin.au_build import AuFault, AuFaultCode
from apps.lockss.plugin.au_make import NoAu, make_au
from apps.lockss.plugin.au_params import AuParams, changed_identity, definitional, read_params
from apps.lockss.plugin.capabilities import Ability, Can, Capabilities, Reason, capabilities
from apps.lockss.plugin.definition import load_definition
from apps.lockss.plugin.filters import FilterContext
from apps.lockss.plugin.findings import DefinitionCode, Finding, Place, Severity
from apps.lockss.plugin.identity import (
    newest,
    path_of_plugin_id,
    plugin_id_of_path,
    plugin_key,
    version_number,
)
from apps.lockss.plugin.jar import Jar, JarLimits, read_jar
from apps.lockss.plugin.javaclasses import REGISTRY, NamedClass, Policy, Registry, unmapped_classes
from apps.lockss.plugin.keys import MimeUse
from apps.lockss.plugin.matcher import Pattern, compile_pattern
from apps.lockss.plugin.model import PluginDefinition
from apps.lockss.plugin.params import ConfigParam, ParamFault, ParamType
from apps.lockss.plugin.rules import Basis, CrawlRules, Verdict
from apps.lockss.plugin.urlsets import SubstanceState
from apps.lockss.plugin.windows import Window, may_crawl
from apps.lockss.plugin.xmltree import XmlLimits

__all__ = [
    "DEFAULT_SETTINGS",
    "REGISTRY",
    "Ability",
    "AuDefinition",
    "AuFault",
    "AuFaultCode",
    "AuParams",
    "AuSettings",
    "Basis",
    "Can",
    "Capabilities",
    "ConfigParam",
    "CrawlRules",
    "DefinitionCode",
    "FilterContext",
    "Finding",
    "Jar",
    "JarLimits",
    "MimeUse",
    "NamedClass",
    "NoAu",
    "ParamFault",
    "ParamType",
    "Pattern",
    "Place",
    "PluginDefinition",
    "Policy",
    "Reason",
    "Registry",
    "Severity",
    "SubstanceState",
    "Verdict",
    "Window",
    "XmlLimits",
    "capabilities",
    "changed_identity",
    "compile_pattern",
    "definitional",
    "load_definition",
    "make_au",
    "may_crawl",
    "newest",
    "path_of_plugin_id",
    "plugin_id_of_path",
    "plugin_key",
    "read_jar",
    "read_params",
    "unmapped_classes",
    "version_number",
]
