import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { readTextSummary } from '../../cli/report/read/text-summary';
import { it } from './workshop';

describe('text summaries', () => {
  const LATEST = `
     scenarios: (100.00%) 1 scenario, 20 max VUs, 5m30s max duration (incl. graceful stop):
              * load: 20 looping VUs for 5m0s (gracefulStop: 30s)

  █ TOTAL RESULTS

    HTTP
    http_req_duration....: avg=1.02s    min=159.06µs med=1m2.5s   max=1h0m1s p(90)=6.12ms p(95)=0s
      { expected_response:true }...: avg=1ms min=1ms med=1ms max=1ms p(90)=1ms p(95)=1ms
    http_req_failed......: 12.50% 750 out of 6000
    http_reqs............: 6000    20.000000/s

    EXECUTION
    iteration_duration...: avg=2.06ms min=159.06µs med=341.48µs max=96.79ms p(90)=6.12ms p(95)=9.58ms
    iterations...........: 1918    958.369226/s
    vus..................: 3       min=3            max=20
    vus_max..............: 20      min=20           max=20

    NETWORK
    data_received........: 1.5 MB  5 kB/s
`;

  const read = (folder: string, text: string) => {
    const path = join(folder, 'run.txt');
    writeFileSync(path, text);
    return readTextSummary(path);
  };

  it('are read as k6 2 prints them', ({ shop }) => {
    expect(read(shop.folder, LATEST)).toMatchObject({
      users: 20,
      requests: 6000,
      requestRate: 20,
      seconds: 300,
      plannedSeconds: 300,
      failed: 750,
      received: 1.5e6,
      latency: { avg: 1020, min: 0.15906, med: 62_500, max: 3_601_000, 'p(90)': 6.12, 'p(95)': 0 },
    });
  });

  it('are read as k6 0.3x printed them, in colours and with thresholds', ({ shop }) => {
    const colour = (text: string) => `\u001b[32m${text}\u001b[0m`;
    const text = `
   ${colour('✓')} http_req_duration..............: avg=${colour('117.14ms')} min=${colour('103.33ms')} med=110ms max=1.2s p(90)=130ms p(95)=140ms
     http_req_failed................: 1.00%  ✓ 10      ✗ 990
     http_reqs......................: 1000   33.33/s
     vus............................: 4      min=1     max=5`;
    expect(read(shop.folder, text)).toMatchObject({
      users: 5,
      requests: 1000,
      failed: 10,
      latency: { avg: 117.14, med: 110 },
    });
  });

  it.for<[string, RegExp]>([
    [LATEST.replace('http_reqs', 'http_requests'), /run\.txt:\d+: no line like 'http_reqs/],
    [LATEST.replace('avg=1.02s', 'avg=fast'), /run\.txt:8: no line like 'http_req_duration/],
    [LATEST.replace(/.*vus.*\n/g, '').replace('looping VUs', 'VUs'), /run\.txt:\d+: no line like 'vus/],
    [LATEST + LATEST, /run\.txt:31: a second summary begins here/],
    ['', /run\.txt:1: no line like 'http_reqs/],
  ])('that lack something are an error with file and line (%#)', ([text, message], { shop }) => {
    expect(() => read(shop.folder, text)).toThrow(message);
    expect(() => read(shop.folder, text)).toThrow(/^ES523 /);
  });
});
