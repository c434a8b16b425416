// A short load with the metrics of the benchmark's scenario: what its dashboard reads must be there under these names.
import { sleep } from 'k6';
import http from 'k6/http';
import { Counter, Trend } from 'k6/metrics';

const durations = ['es_create_duration', 'es_append_duration', 'es_read_stream_duration', 'es_read_event_duration'].map(
  (name) => new Trend(name, true),
);
const counters = ['es_acked', 'es_refused', 'es_indeterminate', 'es_stale_reads'].map((name) => new Counter(name));

export const options = { vus: 2, duration: __ENV.SECONDS + 's' };

export default function () {
  const { timings } = http.get(__ENV.TARGET);
  for (const trend of durations) trend.add(timings.duration);
  for (const counter of counters) counter.add(1);
  sleep(0.1);
}
