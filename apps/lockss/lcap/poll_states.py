"""``docs/poll-states.md``, drawn from the transition tables, so that it cannot say anything else.

Run ``python -m apps.lockss.lcap.poll_states > docs/poll-states.md`` after changing a table.
"""

import sys

from apps.lockss.lcap import participant, poller, voter
from apps.lockss.lcap.participant import ParticipantEventKind
from apps.lockss.lcap.poller_events import PollEventKind
from apps.lockss.lcap.poller_state import ParticipantPhase, PollPhase
from apps.lockss.lcap.table import Kind, Move, Phase, Table
from apps.lockss.lcap.voter_events import VoterEventKind
from apps.lockss.lcap.voter_state import VoterPhase

HEAD = """# States of a poll

Drawn from the transition tables of the core; a test compares. Each table says what an event does in a state:
the handler, and the states in which it can end. A blank is out of turn: the event becomes a finding and
changes nothing.
"""


def document() -> str:
    """The whole page, as Markdown with Mermaid diagrams."""
    parts = [
        HEAD,
        _section(
            "The voter",
            "`apps/lockss/lcap/voter.py`; one row per poll. `admission.admit` makes the first state.",
            voter.TABLE,
            VoterPhase,
            VoterEventKind,
        ),
        _section(
            "The poller",
            "`apps/lockss/lcap/poller.py`; one row per poll. `poller.start` makes the first state. A message goes "
            "to its voter's dialogue, below, and may then change the poll.",
            poller.TABLE,
            PollPhase,
            PollEventKind,
        ),
        _section(
            "The poller's dialogue with one voter",
            "`apps/lockss/lcap/participant.py`; one row per invited peer.",
            participant.TABLE,
            ParticipantPhase,
            ParticipantEventKind,
        ),
    ]
    return "\n".join(parts)


def _section(title: str, text: str, table: Table[Phase, Kind], phases: type[Phase], kinds: type[Kind]) -> str:
    return f"## {title}\n\n{text}\n\n{_diagram(table, phases)}\n{_grid(table, phases, kinds)}"


def _diagram(table: Table[Phase, Kind], phases: type[Phase]) -> str:
    lines = [f"    [*] --> {next(iter(phases)).name}"]
    for (phase, kind), move in table.items():
        lines += [f"    {phase.name} --> {to.name}: {kind}" for to in move.to if to is not phase]
    return "```mermaid\nstateDiagram-v2\n" + "\n".join(lines) + "\n```\n"


def _grid(table: Table[Phase, Kind], phases: type[Phase], kinds: type[Kind]) -> str:
    columns = list(phases)
    rows = ["| Event | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    for kind in kinds:
        cells = [_cell(table.get((phase, kind))) for phase in columns]
        rows.append(f"| {kind} | " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


def _cell(move: Move[Phase] | None) -> str:
    return "" if move is None else f"`{move.handler}` → {', '.join(move.to)}"


if __name__ == "__main__":
    sys.stdout.write(document())
