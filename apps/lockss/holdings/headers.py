"""What the columns of a list are called, in the languages of the knowledge bases and systems that export them."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from apps.lockss.holdings.identifiers import identifiers_of
from apps.lockss.holdings.model import NEEDED, Field, Layout, Raw

# How far down a head is looked for: exports begin with titles, dates and empty lines.
DEEPEST_HEAD = 30
MOST_CANDIDATES = 200
_NAMES: Mapping[Field, str] = {
    Field.TITLE: """publication title|title|journal title|journal|title name|resource title|full title|book title|
        titel|zeitschrift|zeitschriftentitel|haupttitel|titel der zeitschrift|buchtitel|
        titre|titre de la publication|titre du periodique|titre de la revue|revue|
        titulo|titulo de la publicacion|titulo de la revista|revista|
        titolo|titolo della rivista|titolo della pubblicazione|rivista|periodico|
        titulo da publicacao|titulo da revista|titulo do periodico|nome do periodico""",
    Field.PUBLISHER: """publisher|publisher name|publishers|verlag|verlagsname|herausgeber|
        editeur|nom de l editeur|maison d edition|editorial|editor|nombre del editor|
        editore|casa editrice|nome editore|editora|nome da editora""",
    Field.ISSN: """issn|print issn|p issn|pissn|issn print|issn 1|print identifier|identifier|issn druck|druck issn|
        issn printausgabe|issn papier|issn imprime|issn version imprimee|issn impreso|issn stampa|issn cartaceo|
        issn a stampa|issn impresso|issn da versao impressa""",
    Field.EISSN: """eissn|e issn|online issn|electronic issn|issn online|issn electronic|online identifier|issn 2|
        issn e|elektronische issn|online ausgabe issn|issn elektronisch|issn electronique|issn en ligne|
        issn electronico|issn en linea|issn elettronico|issn eletronico|issn em linha|issn da versao eletronica""",
    Field.ISSN_L: "issn l|issnl|linking issn|l issn|issn de liaison|issn de enlace|issn link",
    Field.ISBN: """isbn|print isbn|p isbn|isbn print|isbn13|isbn 13|isbn 10|isbn10|isbn druck|isbn papier|isbn impreso|
        isbn stampa|isbn imprime|isbn impresso""",
    Field.EISBN: """eisbn|e isbn|online isbn|electronic isbn|isbn online|isbn electronique|isbn electronico|
        isbn elettronico|isbn eletronico|isbn em linha|isbn e book|e book isbn|isbn en ligne""",
    Field.FIRST: """date first issue online|first date|start date|coverage start|begin|from|start|starts|begins|first|start issue|
        coverage starts|coverage begins|first issue|anfang|comienzo|start year|first year|
        coverage from|year from|managed coverage begin|custom coverage begin|coverage begin|
        first issue date|first volume date|date of first issue|date of first volume|date first volume|
        date of first issue online|first issue online date|coverage start date|coverage begin date|
        erstes datum|datum erste ausgabe|datum der ersten ausgabe|datum der ersten online ausgabe|
        datum erste online ausgabe|datum erste ausgabe online|datum erstes heft|datum des ersten heftes|
        datum erster band|datum des ersten bandes|datum erster jahrgang|datum des ersten jahrgangs|
        anfangsdatum|startdatum|beginndatum|datum von|datum beginn|datum anfang|
        premiere date|date du premier numero|date premier numero|date du premier numero en ligne|
        date premier numero en ligne|date du premier volume|date premier volume|date du premier fascicule|
        date premier fascicule|date de debut de couverture|date debut|
        primera fecha|fecha inicial|fecha inicio|fecha desde|fecha del primer numero|fecha primer numero|
        fecha del primer numero en linea|fecha primer numero en linea|fecha del primer volumen|
        fecha primer volumen|fecha del primer fasciculo|fecha primer fasciculo|
        prima data|data iniziale|data del primo numero|data primo numero|data del primo numero online|
        data primo numero online|data del primo fascicolo|data primo fascicolo|data del primo volume|
        data primo volume|data dal|
        von|beginn|jahr von|erstes jahr|lizenzbeginn|startjahr|bestand von|
        debut|date de debut|annee de debut|premiere annee|
        desde|inicio|fecha de inicio|ano de inicio|primer ano|
        da|dal|inizio|data inizio|anno inizio|data di inizio|
        ano inicial|data inicial|primeiro ano|data de inicio|data do primeiro numero|data do primeiro volume""",
    Field.LAST: """date last issue online|last date|end date|coverage end|end|to|end year|last year|ends|last|end issue|
        coverage ends|last issue|
        coverage to|year to|managed coverage end|custom coverage end|
        last issue date|last volume date|date of last issue|date of last volume|date last volume|
        date of last issue online|last issue online date|coverage end date|
        letztes datum|datum letzte ausgabe|datum der letzten ausgabe|datum der letzten online ausgabe|
        datum letzte online ausgabe|datum letzte ausgabe online|datum letztes heft|datum des letzten heftes|
        datum letzter band|datum des letzten bandes|datum letzter jahrgang|datum des letzten jahrgangs|
        enddatum|schlussdatum|datum bis|datum ende|
        derniere date|date du dernier numero|date dernier numero|date du dernier numero en ligne|
        date dernier numero en ligne|date du dernier volume|date dernier volume|date du dernier fascicule|
        date dernier fascicule|date de fin de couverture|
        ultima fecha|fecha final|fecha fin|fecha hasta|fecha del ultimo numero|fecha ultimo numero|
        fecha del ultimo numero en linea|fecha ultimo numero en linea|fecha del ultimo volumen|
        fecha ultimo volumen|fecha del ultimo fasciculo|fecha ultimo fasciculo|
        ultima data|data finale|data dell ultimo numero|data ultimo numero|data dell ultimo numero online|
        data ultimo numero online|data dell ultimo fascicolo|data ultimo fascicolo|data dell ultimo volume|
        data ultimo volume|data al|
        bis|ende|jahr bis|letztes jahr|lizenzende|endjahr|bestand bis|
        fin|date de fin|annee de fin|derniere annee|
        hasta|fecha de fin|ano de fin|ultimo ano|
        a|al|fine|data fine|anno fine|data di fine|
        ate|ano final|data final|data de fim|ano de fim|data do ultimo numero|data do ultimo volume""",
    Field.COVERAGE: """coverage|holdings|holding|coverage statement|holdings statement|coverage dates|years|availability|
        available|subscribed years|date coverage|
        coverage years|coverage period|coverage range|coverage information|years held|years available|
        holdings years|holdings range|available years|date range|year range|
        bestand|bestandsangaben|bestandsangabe|zeitraum|jahre|lizenzierter zeitraum|
        bestandsverlauf|bestandsnachweis|bestandsdaten|bestandsjahre|bestandszeitraum|bestandsumfang|
        lokaler bestand|lokalbestand|unser bestand|vorhandener bestand|jahrgang|jahrgange|bestand jahrgange|
        vorhandene jahrgange|vorhandene jahre|lizenzierte jahre|lizenzierte jahrgange|lizenzzeitraum|
        verfugbare jahre|verfugbarer zeitraum|verfugbarkeit|abdeckung|zeitliche abdeckung|
        couverture|etat de collection|annees|periode|
        etat de la collection|etat des collections|etats de collection|collection|collections|
        couverture temporelle|couverture chronologique|dates de couverture|periode couverte|
        periode de couverture|annees couvertes|annees disponibles|annees possedees|annees conservees|disponibilite|
        cobertura|fondos|anos|
        cobertura temporal|cobertura cronologica|fechas de cobertura|periodo|periodo cubierto|
        periodo de cobertura|anos cubiertos|anos disponibles|anos disponible|existencias|estado de la coleccion|
        estado de coleccion|coleccion|disponibilidad|
        copertura|consistenza|posseduto|anni|
        copertura temporale|copertura cronologica|date di copertura|periodo coperto|periodo di copertura|
        anni coperti|anni disponibili|anni posseduti|consistenze|stato di consistenza|disponibilita|
        acervo|colecao|estado da colecao|anos disponiveis|anos cobertos|periodo coberto|disponibilidade""",
    Field.EMBARGO: "embargo info|embargo|moving wall|karenzzeit|sperrfrist|barriere mobile",
    Field.YEAR: """date monograph published online|date monograph published print|publication year|year|
        year of publication|publication date|date of publication|erscheinungsjahr|jahr|annee|annee de publication|
        ano|ano de publicacion|ano de publicacao|anno|anno di pubblicazione""",
}


def folded(name: str) -> str:
    """Without marks, signs and case: ``Éditeur (nom)`` is ``editeur nom``."""
    bare = "".join(
        sign for sign in unicodedata.normalize("NFKD", name[:200]) if unicodedata.category(sign) != "Mn"
    )
    return " ".join(re.sub(r"[^0-9a-z]+", " ", bare.casefold()).split())


_FIELDS: Mapping[str, Field] = {
    folded(name): field for field, names in _NAMES.items() for name in names.split("|")
}


def field_of(name: str) -> Field | None:
    return _FIELDS.get(folded(name))


def recognised(cells: Sequence[str]) -> int:
    """How many different fields are named."""
    found = {field_of(cell) for cell in cells[:MOST_CANDIDATES] if len(cell) < 80}
    return len(found - {None})


def columns_of(cells: Sequence[str]) -> dict[Field, int]:
    """The first column of each name counts; later ones repeat it in other words."""
    found: dict[Field, int] = {}
    for at, cell in enumerate(cells[:MOST_CANDIDATES]):
        field = field_of(cell) if len(cell) < 80 else None
        if field is not None:
            found.setdefault(field, at)
    return found


def layout_of(head: Sequence[Raw]) -> Layout | None:
    """From the first lines of a table: the one that names most is the head. None: nothing is known by its name.

    A table without a head is known by its content, if that is identifiers.
    """
    rows = [raw for raw in head[:DEEPEST_HEAD] if raw.fault is None]
    best = max(rows, key=lambda raw: recognised(raw.cells), default=None)
    if best is not None:
        columns = columns_of(best.cells)
        if any(field in columns for field in NEEDED):
            return Layout(best.line, columns, best.cells)
    return _by_content(rows)


def _by_content(rows: Sequence[Raw]) -> Layout | None:
    width = max((len(raw.cells) for raw in rows), default=0)
    columns: dict[Field, int] = {}
    for at in range(min(width, MOST_CANDIDATES)):
        cells = [raw.cells[at] for raw in rows if at < len(raw.cells) and raw.cells[at].strip()]
        found = [identifiers_of(cell) for cell in cells]
        if not found:
            continue
        for field, kind in ((Field.ISSN, "issns"), (Field.ISBN, "isbns")):
            good = sum(1 for one in found if getattr(one, kind))
            if good >= 1 and good * 10 >= len(found) * 6:
                columns.setdefault(field, at)
    return Layout(0, columns) if columns else None
