"""The demonstration from beginning to end. Every step is done by the nodes' own scheduled work; here it is only
asked for where a person would ask, watched, and told.
"""

import signal
import threading
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from apps.lockss.permission import Network, try_page
from lockss_portal.demo import damage
from lockss_portal.demo.delivering import describe, read_without_publisher
from lockss_portal.demo.kills import Executioner, Kill
from lockss_portal.demo.layout import NODES, plan
from lockss_portal.demo.nodes import RunningNode, password, prepare_all
from lockss_portal.demo.publisher import Publisher
from lockss_portal.demo.report import write_report
from lockss_portal.demo.site import JOURNALS, VOLUMES, WITHOUT_PERMISSION
from lockss_portal.demo.story import Story
from lockss_portal.demo.switch import Switch
from lockss_portal.demo.titles import HOLDINGS, tdb
from lockss_portal.demo.watch import StepFailed, wait_for

DAMAGED = 2
LOGIN = "librarian"
WAYS = {"aus": "by hand", "holdings": "by the library's holdings file", "subscription": "by a subscription"}


class Demonstration:
    """``run`` tells the whole story and returns the exit code."""

    def __init__(self, home: Path, *, once: bool, leave: bool, kills: list[Kill]) -> None:
        self._home = home
        self._once = once
        self._selected = len(JOURNALS) * len(VOLUMES) - leave
        # One volume carries no permission.
        self._collectable = self._selected - 1
        self._leave = leave
        home.mkdir(parents=True, exist_ok=True)
        port, planned = plan(home)
        self._publisher = Publisher(port)
        self._switch = Switch(home)
        self._nodes = [RunningNode(node) for node in self._write_settings(planned)]
        self._story = Story(home / "story.json")
        self._kills = Executioner(kills, self._nodes)
        self._told = False
        self._stopped = threading.Event()

    @property
    def _description(self) -> Path:
        return self._home / "demo.json"

    def _write_settings(self, planned: list) -> list:
        address = self._publisher.base_url.removeprefix("http://").rstrip("/")
        for node in planned:
            node.home.mkdir(parents=True, exist_ok=True)
            node.settings_file.write_text(node.settings(address), encoding="utf-8")
        return planned

    def run(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        try:
            with self._publisher.switched_by(self._switch):
                self._tell()
                self._story.write(came_true=True, kills=self._kills.done)
                self._told = True
                if not self._once:
                    self._leave_open()
            return 0
        except (StepFailed, psycopg.OperationalError, KeyboardInterrupt) as error:
            text = str(error) or "stopped"
            self._story.say(f"\nThe story ends here: {text}")
            self._story.write(came_true=False, error=text, kills=self._kills.done)
            return 130 if isinstance(error, KeyboardInterrupt) else 1
        finally:
            self._stop_all()

    def _tell(self) -> None:
        say = self._story.say
        say("Four libraries, one publisher: how a LOCKSS network keeps its copies safe.")
        self._start()
        self._prepare()
        self._collect()
        self._poll()
        harmed = self._damage()
        self._repair(harmed)
        self._proof()
        self._report()
        self._deliver()
        say(
            f"\nAll came true, in {self._story.elapsed_s:.0f} seconds. The story is also in {self._home / 'story.json'}"
        )

    def _keep(self) -> None:
        for node in self._nodes:
            node.keep_alive()

    def _wait(self, what: str, question, seconds: float):
        return wait_for(what, question, seconds, self._keep, self._pulse)

    def _pulse(self) -> list[tuple]:
        return [n.eye.pulse() if n.eye.is_up() else () for n in self._nodes]

    # The steps

    def _start(self) -> None:
        with self._story.step(
            "start", "Four nodes start, each with its own processes, database, store and identity"
        ) as step:
            for node in self._nodes:
                node.start()
            self._wait("all nodes up", lambda: all(n.eye.is_up() for n in self._nodes), 180)
            certificates = [n.eye.keys_dir / "lcap.crt" for n in self._nodes]
            self._wait("all identities made", lambda: all(c.exists() for c in certificates), 60)
            for running in self._nodes:
                step.say(f"{running.node.library}: {running.node.identity}, portal {running.node.portal}")
            describe(
                self._description,
                self._publisher.base_url,
                [n.node for n in self._nodes],
                (LOGIN, password(self._home)),
            )
            step.note(nodes=NODES)

    def _prepare(self) -> None:
        with self._story.step(
            "prepare", "Each library imports the title list, registers the publisher's agreement and selects"
        ) as step:
            self._kills.step("prepare")
            prepare_all(self._nodes, self._write_lists(), password(self._home), leave=self._leave)
            self._wait("all AUs selected on each node", self._all_selected, 60)
            step.say(
                f"2 journals with 3 volumes each: {self._selected} AUs selected on each of {NODES} nodes."
            )
            ways = self._nodes[0].eye.ways_of_selecting()
            for way, names in sorted(ways.items()):
                step.say(f"{WAYS.get(way, way)}: {', '.join(sorted(names))}")
            step.note(selected=[self._selected] * NODES, ways={w: len(names) for w, names in ways.items()})

    def _write_lists(self) -> Path:
        """The folder with the two editions of the title list and the libraries' own list."""
        folder = self._home / "titles"
        for name, first in (("first", True), ("second", False)):
            text = tdb(self._publisher.base_url, first_edition=first)
            (folder / name).mkdir(parents=True, exist_ok=True)
            (folder / name / "harbour_press.tdb").write_text(text, encoding="utf-8")
        (folder / "holdings.csv").write_text(HOLDINGS, encoding="utf-8")
        return folder

    def _all_selected(self) -> bool:
        return all(len(n.eye.aus()) == self._selected for n in self._nodes)

    def _collect(self) -> None:
        with self._story.step("crawl", "Each node asks the publisher's permission and collects") as step:
            self._kills.step("crawl")
            self._wait("every permitted AU collected on each node", self._all_collected, 90)
            blocked = self._wait("the one without permission refused", self._refused, 30)
            totals = self._nodes[0].eye.rows(
                "SELECT sum(urls) AS urls, sum(size) AS size FROM repository_ausummary"
            )[0]
            step.say(
                f"{self._collectable} AUs with {totals.urls} URLs ({totals.size / 1000:.0f} kB) on each node, as WARC files."
            )
            for name, message in sorted(blocked.items()):
                step.say(f"Not collected: {name}. {message}")
            near = [
                near
                for page in self._nodes[0].eye.refused_pages()
                for near in try_page(page, Network.LOCKSS).near
            ]
            for each in near:
                step.say(f"What the permission tester says of that page: {each.difference}")
            step.note(
                collected=self._collectable,
                urls=int(totals.urls),
                bytes=int(totals.size),
                refused=blocked,
                nearly=[each.difference for each in near],
            )

    def _all_collected(self) -> bool:
        return all(
            sum(c.last_success_at is not None for c in n.eye.crawls()) == self._collectable
            for n in self._nodes
        )

    def _refused(self) -> dict[str, str] | None:
        """The AU without a statement, on every node, with the reason that its page shows."""
        found = {}
        for node in self._nodes:
            for row in node.eye.permissions():
                if row.verdict == "refused":
                    found[node.node.number] = (row.name, row.message)
        names = {name for name, _ in found.values()}
        wanted = f"Volume {WITHOUT_PERMISSION[1]}"
        if len(found) < NODES or len(names) != 1 or not next(iter(names)).endswith(wanted):
            return None
        return dict([next(iter(found.values()))])

    def _poll(self) -> None:
        with self._story.step("poll", "Every node calls a poll on every AU; the others vote") as step:
            self._kills.step("poll")
            since = datetime.fromtimestamp(0, UTC)
            polls = self._wait(
                "a full agreement on each node and AU",
                lambda: self._agreed_since(since) or self._ask_again(since),
                150,
            )
            self._say_polls(step, polls)

    def _agreed_since(self, since: datetime) -> tuple[int, int] | None:
        """(polls in full agreement, other polls), once each node has one on each AU and sees every peer agree."""
        agreed = others = 0
        for node in self._nodes:
            polls = node.eye.polls_since(since)
            full = [p.au_id for p in polls if p.quorate and p.agreement == 1.0]
            agreed, others = agreed + len(full), others + len(polls) - len(full)
            if len(set(full)) < self._collectable or not self._all_peers_agree(node):
                return None
        return agreed, others

    @staticmethod
    def _say_polls(step, polls: tuple[int, int]) -> None:
        agreed, others = polls
        step.say(f"{agreed} polls, each with {NODES - 1} votes: 100 % agreement on every AU of every node.")
        if others:
            step.say(f"{others} more had no result in their time, and were called again.")
        step.note(polls=agreed, without_result=others)

    def _all_peers_agree(self, node: RunningNode) -> bool:
        """Repairs go only to those who agreed in a peer's own polls: that right must exist before the damage."""
        peers = Counter(a.au_key_id for a in node.eye.agreements() if a.highest >= 0.5)
        return sum(count >= NODES - 1 for count in peers.values()) >= self._collectable

    def _damage(self) -> list[damage.Damage]:
        node = self._nodes[DAMAGED - 1]
        with self._story.step(
            "damage", f"Behind the back of {node.node.library}, its store goes wrong in three ways"
        ) as step:
            self._kills.step("damage")
            collected = [(c.name, c.key_id) for c in node.eye.crawls() if c.last_success_at is not None]
            acts = (damage.flip_a_byte, damage.delete_files, damage.cut_in_mid_record)
            done = [
                act(node.eye.content_dir, name, node.eye.contents(key))
                for act, (name, key) in zip(acts, collected, strict=False)
            ]
            for each in done:
                step.say(
                    f"{each.kind}: {each.au} ({each.detail}), {each.urls} {'URL' if each.urls == 1 else 'URLs'} harmed."
                )
            step.note(damage=[{"kind": d.kind, "au": d.au, "file": d.file, "urls": d.urls} for d in done])
            return done

    def _repair(self, harmed: list[damage.Damage]) -> None:
        node = self._nodes[DAMAGED - 1]
        with self._story.step(
            "repair", f"{node.node.library} polls again: the damage is found, outvoted and repaired"
        ) as step:
            self._kills.step("repair")
            since = datetime.now(UTC)
            node.manage("request_polls", "--all")
            wanted = sum(d.urls for d in harmed)
            repaired, late = self._wait(
                "every harmed URL repaired", lambda: self._repaired(node, harmed, wanted, since), 180
            )
            by_source = Counter("the publisher" if s == "publisher" else "a peer" for s in repaired.values())
            told = ", ".join(f"{count} from {source}" for source, count in sorted(by_source.items()))
            step.say(f"{len(repaired)} URLs lost their poll by a landslide and were repaired: {told}.")
            step.say("Each copy was hashed before it was kept, and counted again with it.")
            if late:
                step.say(f"{late} more came when their poll had just ended; the next poll found them whole.")
            step.note(repaired=len(repaired), late=late, by_source=dict(by_source))

    def _repaired(
        self, node: RunningNode, harmed: list, wanted: int, since: datetime
    ) -> tuple[dict[tuple[str, str], str], int] | None:
        """(Sources of the repaired URLs, how many came too late for their poll); None: not all yet."""
        # Asked first, so that what has ended by then is among what is read next.
        idle = self._is_idle(node)
        aus = {d.au: d.urls for d in harmed}
        done = {
            (r.name, r.url): r.source for r in node.eye.repairs() if r.phase == "repaired" and r.name in aus
        }
        if len(done) >= wanted:
            return done, 0
        if idle:
            # A kill or a slow hour can end a poll between a copy's coming and its count: no later poll repairs it.
            full = {p.name for p in node.eye.polls_since(since) if p.quorate and p.agreement == 1.0}
            counted = Counter(name for name, _ in done)
            late = sum(max(urls - counted[name], 0) for name, urls in aus.items())
            if done and full.issuperset(aus):
                return done, late
            # A poll that a kill cut short is asked for again, as a person would.
            node.manage("request_polls", "--all")
        return None

    def _proof(self) -> None:
        with self._story.step(
            "proof", "All nodes poll once more, to prove that every copy is whole again"
        ) as step:
            self._kills.step("proof")
            since = datetime.now(UTC)
            for node in self._nodes:
                node.manage("request_polls", "--all")
            polls = self._wait(
                "full agreement everywhere", lambda: self._agreed_since(since) or self._ask_again(since), 180
            )
            same, different = self._compare()
            if any(not url.endswith("/news") for url in different):
                raise StepFailed(f"bytes differ after the repair: {sorted(different)[:5]}")
            self._say_polls(step, polls)
            step.say(
                f"The newest version of {same} URLs is the same, byte for byte, on all four nodes; "
                f"{len(different)} pages that change at every request are the same after the platform's filter."
            )
            step.note(equal_urls=same, filtered_urls=len(different))

    @staticmethod
    def _is_idle(node: RunningNode) -> bool:
        """No poll is open and none is asked for."""
        return not node.eye.rows(
            "SELECT (SELECT count(*) FROM polls_poll WHERE ended_at IS NULL) + "
            "(SELECT count(*) FROM polls_pollstatus WHERE requested_at IS NOT NULL) AS n"
        )[0].n

    def _ask_again(self, since: datetime) -> None:
        """Where a poll was cut short, ask for one more; never an answer."""
        for node in self._nodes:
            # Asked first, so that what has ended by then is among what is read next.
            idle = self._is_idle(node)
            ended = node.eye.polls_since(since)
            full = {p.au_id for p in ended if p.quorate and p.agreement == 1.0}
            if ended and idle and len(full) < self._collectable:
                node.manage("request_polls", "--all")

    def _compare(self) -> tuple[int, set[str]]:
        """(URLs whose newest bytes are equal on all nodes, URLs whose bytes are not)."""
        digests: dict[tuple[str, str], Counter] = {}
        for node in self._nodes:
            for name, key in node.eye.aus().items():
                for url, content in node.eye.contents(key).items():
                    digests.setdefault((name, url), Counter())[content.sha256] += 1
        equal = {place for place, counts in digests.items() if list(counts.values()) == [NODES]}
        return len(equal), {url for _, url in set(digests) - equal}

    def _report(self) -> None:
        with self._story.step("report", "The first node writes its KBART report") as step:
            self._kills.step("report")
            write_report(step, self._nodes[0], self._home / "kbart.tsv", self._wait)

    def _deliver(self) -> None:
        with self._story.step(
            "deliver", "The publisher is switched off, and the readers of the first library still read"
        ) as step:
            self._kills.step("deliver")
            read_without_publisher(
                step, self._nodes[0].node, self._publisher.base_url, self._switch, self._wait
            )

    # The end

    def _leave_open(self) -> None:
        first = self._nodes[0].node
        self._story.say(f"\nThe portal of {first.library} is open: {first.portal}")
        self._story.say(
            f"Sign in as “{LOGIN}” with the password “{password(self._home)}”. Ctrl-C ends everything."
        )
        harmed = self._nodes[DAMAGED - 1].node
        self._story.say(
            f"What was damaged and repaired stands at {harmed.library}: {harmed.portal}repairs/ (same login)."
        )
        while not self._stopped.wait(1):
            self._keep()

    def _stop(self, *_: object) -> None:
        """A signal ends the open portal; before that, the story where it is."""
        if not self._told and not self._stopped.is_set():
            self._stopped.set()
            raise KeyboardInterrupt
        self._stopped.set()

    def _stop_all(self) -> None:
        self._description.unlink(missing_ok=True)
        for node in self._nodes:
            node.stop()
        unclean = [n.node.library for n in self._nodes if not n.wait_until_stopped()]
        if unclean:
            self._story.say(f"Had to be ended by force: {', '.join(unclean)}")
