"""A body on its way to the sink: counted, held to its limits, and checked for a proper end (collecting §4)."""

from apps.lockss.coding import CodingFault, Decoder, decoder_for
from apps.lockss.fetch import BodyReport, Fault, FetchLimits, Framing, Sink


class SinkError(Exception):
    """Wraps what the sink raised, so that a full disk is not taken for a network error."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(str(cause))
        self.cause = cause


class BodyWriter:
    """Stored bytes are those sent; the content coding is only undone to see that it ends, and how large it gets."""

    def __init__(
        self, sink: Sink, limits: FetchLimits, framing: Framing, content_encoding: str | None
    ) -> None:
        self._sink = sink
        self._limits = limits
        self._framing = framing
        self._coding = content_encoding
        self._decoder = decoder_for(content_encoding)
        self.stored = 0
        self.stale = False

    def write(self, data: bytes) -> Fault | None:
        """Pass a piece on; a fault means: stop reading. No byte over the limit reaches the sink."""
        room = self._limits.body - self.stored
        over = len(data) > room
        if over:
            data = data[:room]
        self.stored += len(data)
        try:
            self._sink.write(data)
        except Exception as error:
            raise SinkError(error) from error
        if over:
            return Fault.BODY_TOO_LARGE
        return self._count_decoded(data)

    def _count_decoded(self, data: bytes) -> Fault | None:
        decoder = self._decoder
        if decoder is None or decoder.identity:
            return None
        for _piece in decoder.feed(data):
            if decoder.decoded > self._limits.decoded:
                return Fault.DECODED_TOO_LARGE
        if decoder.never_began:
            # Some servers label plain files; what cannot even begin to be decoded is kept as it is (lcap-v3 §5.4).
            self.stale = True
            self._decoder = Decoder()
        return None

    def finish(self, fault: Fault | None) -> tuple[BodyReport, Fault | None, str]:
        """The report, the fault that stands in the end, and its detail."""
        detail = ""
        if fault is None and self._decoder is not None and not self._decoder.identity:
            error = self._decoder.close()
            if error is not None:
                fault = Fault.BAD_CODING
                cut = error.fault is CodingFault.TRUNCATED
                detail = f"{self._coding} {'cut short' if cut else 'corrupt'}: {error.detail}"
        decoded = None
        if self._decoder is not None:
            decoded = self.stored if self._decoder.identity else self._decoder.decoded
        if self.stale:
            detail = f"not {self._coding} although the header says so"
        report = BodyReport(self.stored, decoded, self._framing, self._coding, complete=fault is None)
        return report, fault, detail
