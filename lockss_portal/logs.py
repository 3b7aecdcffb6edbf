"""What the log leaves out."""

import logging


class NoTrace(logging.Filter):
    """A request that was refused, or met no database, is no fault of the portal: its line says all, and a traceback
    would hide those of faults."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", 500) != 500:
            record.exc_info = record.exc_text = None
        return True
