"""Sentences of the code that rows keep are remembered as they are written: who changes one changes its template."""

import ast
import re
from pathlib import Path

import pytest
from django.utils.translation import override

from apps.common.stored import retold
from lockss_portal.conf.load import ROOT
from tests.common.test_stored import read_all

# What says something that rows keep, and nothing else in words.
SAY = (
    "lockss/tdb/lexer.py",
    "lockss/tdb/parser.py",
    "lockss/tdb/propertylist.py",
    "lockss/tdb/xmldb.py",
    "lockss/tdb/xmlrecords.py",
    "lockss/tdb/xmlwalk.py",
    "lockss/kbart/check.py",
    "lockss/kbart/check_row.py",
    "lockss/kbart/heads.py",
    "lockss/kbart/rows.py",
    "lockss/kbart/table.py",
    "titles/fetching.py",
    "titles/kbart_files.py",
    "titles/reading.py",
    "titles/services/leftovers.py",
    "titles/sniffing.py",
    "titles/sources.py",
    "titles/staging.py",
    "titles/tasks.py",
    "titles/tdb_files.py",
    "lockss/lcap/admission.py",
    "lockss/lcap/participant.py",
    "lockss/lcap/poll_opening.py",
    "lockss/lcap/poller.py",
    "lockss/lcap/repair_queue.py",
    "lockss/lcap/voter.py",
    "polls/services/effects.py",
    "polls/services/inbox.py",
    "polls/services/pollers.py",
    "polls/services/repairs.py",
    "polls/services/voters.py",
    "polls/content.py",
    "peers/lcapd/admission.py",
    "peers/lcapd/channel.py",
    "peers/lcapd/receiver.py",
    "repository/bodies.py",
    "repository/fixity.py",
    "repository/tasks.py",
    "exports/taking/bags.py",
    "exports/taking/folder.py",
    "exports/taking/packages.py",
    "exports/taking/records.py",
    "exports/taking/storing.py",
    "exports/taking/streams.py",
    "exports/taking/trees.py",
    "exports/taking/warcs.py",
    "crawls/permission_round.py",
    "crawls/run.py",
    "crawls/services.py",
    "lockss/permission/page.py",
    "plugins/fetching.py",
    "plugins/reading.py",
    "plugins/services/jars.py",
    "plugins/services/loading.py",
    "plugins/services/registries.py",
    "plugins/services/signers.py",
    "plugins/services/trials.py",
    "aus/services/plugin_trials.py",
    "aus/tasks.py",
    "lockss/jar/archive.py",
    "lockss/jar/cms.py",
    "lockss/jar/keystore.py",
    "lockss/jar/manifest.py",
    "lockss/jar/verify.py",
    "lockss/plugin/au_build.py",
    "lockss/plugin/definition.py",
    "lockss/plugin/dialect.py",
    "lockss/plugin/expand.py",
    "lockss/plugin/inherit.py",
    "lockss/plugin/javaclasses.py",
    "lockss/plugin/matcher.py",
    "lockss/plugin/template.py",
    "lockss/plugin/values.py",
    "lockss/plugin/xmlmap.py",
)
# Parts of sentences that are told whole elsewhere, names, and what a request alone is answered.
PARTS = {
    "7: fetch.txt",
    "7: bag-info.txt",
    "Payload-Oxum 7.7",
    "it is never read as a whole",
    " and replaces 7",
    "Value | None",
    "POLL_ACK without voterNonce",
    "poll complete",
    "vote deadline",
    "POLL_ACK or VOTE with nak",
    "any other message",
    "7, expected from 7",
    "an effect that nobody carries out: 7",
    "message %s of %s: not acted on",
    "7 bytes of 7",
    "7 stored version is 7: 7",
    "7 stored versions are 7: 7",
    "describe articles",
    "Version 7 of 7 7 The version in use stays.",
    "does something differently with what is stored, and waits for a decision.",
    "does nothing differently on stored pages and waits for somebody to use it.",
    "is not used. 7",
    "7 Import 7 read the list instead. Nothing was changed.",
    "7 Import 7 read the list later. Nothing was changed.",
    "7 Nothing was changed.",
    "7found “7”, expected 7",
    "after <then> in <if>",
    "identifier is the ISSN-L",
    "in <if>",
    "it is no list that is read here; expected 7",
    "it is a web page, perhaps of a sign-in; expected 7",
    "the file ends",
    "the last edition is still being read",
    "unknown publisher",
    "volumes are numbered in two ways",
    "Expected an address that begins with https:// or http:// and names a host.",
    "a title database (text, XML or properties), a KBART file, or a ZIP archive of such files",
}
WORD = re.compile(r"[A-Za-z]{2,}")
CODE = re.compile(r"\\|\(\?|\[|\n|  |, \Z")


def sentences(file: Path) -> set[str]:
    """Texts of two words and more in a module, 7 for each value; without what documents it, expressions and bare words."""
    tree = ast.parse(file.read_text())
    nodes = list(ast.walk(tree))
    within = {
        id(part)
        for node in nodes
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
        if part is not node
    }
    within |= {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    found = set()
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "7" for part in node.values)
            found.add("".join(map(str, parts)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in within:
            found.add(node.value)
    return {
        said
        for said in found
        if len(WORD.findall(said)) > 1 and " " in said.strip() and not CODE.search(said)
    }


@pytest.fixture(scope="module", autouse=True)
def _all_read():
    read_all()


@pytest.mark.parametrize("name", SAY)
def test_what_is_said_is_remembered(name):
    with override("es"):
        left = {said for said in sentences(ROOT / "apps" / name) if retold(said) == said}
    assert left <= PARTS


def test_no_exception_is_kept_for_nothing():
    said = set().union(*(sentences(ROOT / "apps" / name) for name in SAY))
    with override("es"):
        assert {part for part in PARTS if part in said and retold(part) == part} == PARTS
