"""
Figures for Prometheus, counted from the records of requests and read from the living parts.

Names are OpenTelemetry's for generative AI where they fit (semantic conventions 1.37, in Prometheus' spelling), else
begin with `arenabridge_`. Labels have few values: names of models beyond `MAX_MODELS` are counted as `other`.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from arenabridge.hub.hub import Hub
from arenabridge.hub.workers.worker import WorkerState
from arenabridge.usage.record import RequestRecord
from arenabridge.usage.usage import Usage

MAX_MODELS = 100
OTHER = "other"

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0)
_TOKENS = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144)
"""Close to those that the conventions advise: powers of four."""


class Metrics:
    """One for a gateway. `observe` is to be told of every record."""

    def __init__(self, hub: Hub, usage: Usage) -> None:
        self._registry = CollectorRegistry()
        self._models: set[str] = set()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        self._registry.register(_Living(hub, usage))
        labels = ("gen_ai_operation_name", "gen_ai_request_model")
        self._durations = self._histogram(
            "gen_ai_client_operation_duration_seconds",
            "Whole requests, from their arrival to their last byte.",
            (*labels, "error_type"),
            _SECONDS,
        )
        self._first_tokens = self._histogram(
            "gen_ai_server_time_to_first_token_seconds", "From the arrival to the first of an answer.", labels, _SECONDS
        )
        self._tokens = self._histogram(
            "gen_ai_client_token_usage", "Tokens of a request.", (*labels, "gen_ai_token_type"), _TOKENS
        )
        self._requests = Counter(
            "arenabridge_requests",
            "Requests of keys that have ended, by how.",
            ("end_reason", "outcome"),
            registry=self._registry,
        )
        self._queue_wait = self._histogram("arenabridge_queue_wait_seconds", "In the queue.", (), _SECONDS)
        self._bytes = Counter(
            "arenabridge_bytes", "Of requests' bodies and answers.", ("direction",), registry=self._registry
        )
        usage.ledger.subscribe(self.observe)

    def observe(self, record: RequestRecord) -> None:
        labels = (record.endpoint if record.model else OTHER, self._known(record.model))
        self._durations.labels(*labels, record.error_code or "").observe(record.duration)
        if record.first_token is not None:
            self._first_tokens.labels(*labels).observe(record.first_token)
        for kind, tokens in (("input", record.tokens_in), ("output", record.tokens_out)):
            if tokens is not None:
                self._tokens.labels(*labels, kind).observe(tokens)
        self._requests.labels(record.end_reason.value, record.outcome).inc()
        if record.queue_wait is not None:
            self._queue_wait.observe(record.queue_wait)
        self._bytes.labels("in").inc(record.bytes_in)
        self._bytes.labels("out").inc(record.bytes_out)

    def text(self) -> bytes:
        return generate_latest(self._registry)

    def _known(self, model: str) -> str:
        if model not in self._models and (not model or len(self._models) >= MAX_MODELS):
            return OTHER
        self._models.add(model)
        return model

    def _histogram(self, name: str, about: str, labels: tuple[str, ...], buckets: tuple[float, ...]) -> Histogram:
        return Histogram(name, about, labels, buckets=buckets, registry=self._registry)


class _Living(Collector):
    """What is read from the parts when somebody asks."""

    def __init__(self, hub: Hub, usage: Usage) -> None:
        self._hub = hub
        self._usage = usage

    def collect(self) -> Iterator[Metric]:
        hub, recorder = self._hub, self._usage.recorder
        yield GaugeMetricFamily("arenabridge_queue_length", "Requests that wait.", hub.waiting)
        yield GaugeMetricFamily("arenabridge_running", "Jobs that workers carry out.", hub.running)
        yield GaugeMetricFamily("arenabridge_free_slots", "Jobs more that could run now.", hub.free_slots)
        yield GaugeMetricFamily(
            "arenabridge_requests_in_flight", "Requests under way.", len(self._usage.ledger.under_way)
        )
        yield self._workers()
        yield from self._counts()
        yield CounterMetricFamily("arenabridge_records_dropped", "Records that were lost.", recorder.dropped)
        yield CounterMetricFamily("arenabridge_record_write_failures", "Of the database.", recorder.failures)
        yield GaugeMetricFamily("arenabridge_records_waiting", "To be written.", recorder.waiting)

    def _workers(self) -> Metric:
        counts = dict.fromkeys(("ready", "paused", "leaving", "frozen", "unreachable", "needs_human"), 0)
        for worker in self._hub.workers:
            counts[_state(worker)] += 1
        workers = GaugeMetricFamily("arenabridge_workers", "Connected tabs.", labels=["state"])
        for state, count in counts.items():
            workers.add_metric([state], count)
        return workers

    def _counts(self) -> Iterator[Metric]:
        uploads = CounterMetricFamily("arenabridge_upload_failures", "Steps of uploads that failed.", labels=["step"])
        for step, count in self._hub.preparation.failures.items():
            uploads.add_metric([step], count)
        yield uploads
        strangers = CounterMetricFamily("arenabridge_strangers", "Requests without a valid key.", labels=["status"])
        for status, count in self._usage.ledger.strangers.items():
            strangers.add_metric([str(status)], count)
        yield strangers
        yield CounterMetricFamily(
            "arenabridge_unknown_messages", "Of workers, in a form not known.", self._hub.unknown_messages
        )


def _state(worker: WorkerState) -> str:
    if worker.frozen:
        return "frozen"
    if worker.human is not None:
        return "unreachable" if worker.human.kind == "unreachable" else "needs_human"
    if worker.leaving:
        return "leaving"
    return "paused" if worker.is_paused else "ready"
