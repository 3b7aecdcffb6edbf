"""Celery's configuration, built from the node's settings without Django, so that beat stays light."""

from lockss_portal.conf.schema import Node
from lockss_portal.engines.broker import broker_settings

# Long work is a job, whose row names its queue. Scanners and the inbox are short and go to ``default``, so that
# a poll's deadline does not wait behind the hashing of a large AU.
OWN = ("crawl", "poll", "repair", "default")
# What people without an account ask for, at the pace of sites that nobody here knows: it has workers of its own, so
# that it never takes a place of the node's work.
PUBLIC = "public"
QUEUES = (*OWN, PUBLIC)
# A message that no worker acknowledged comes again after this time. The scanners are quicker, and a second
# delivery does nothing (jobs are rows); so it is longer than any step.
UNACKNOWLEDGED_S = 12 * 3600
# A broker that stands still keeps its connections open: whoever reads from one would wait for ever. BRPOP answers
# within a second.
SILENT_S = 10


def celery_configuration(node: Node) -> dict[str, object]:
    return {
        "broker_url": broker_settings(node).url,
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": {
            "visibility_timeout": UNACKNOWLEDGED_S,
            "socket_connect_timeout": 5,
            "socket_timeout": SILENT_S,
        },
        "task_default_queue": "default",
        "task_queues": {name: {"exchange": name, "routing_key": name} for name in QUEUES},
        "task_create_missing_queues": False,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "worker_prefetch_multiplier": 1,
        "worker_max_tasks_per_child": node.worker_max_tasks,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "timezone": "UTC",
        "enable_utc": True,
    }
