import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import facts from '../facts/metrics.json';
import { Cluster } from './cluster';
import { type Answer, idOf, type Member } from './member';

const EVENTS = 'application/vnd.eventstore.events+json';
const JSON_TYPE = { accept: 'application/json' };
const LINES = { '23.10': '23.10.7', '24.10': '24.10.14', '25.1': '25.1.4', '26.0': '26.0.3', '26.1': '26.1.0' };
const json = ({ text }: Answer) => JSON.parse(text);

describe.each(Object.entries(LINES))('a double of %s', (line, version) => {
  const isKurrent = Number.parseInt(line, 10) >= 25;
  let one: Member;
  let destroy: () => Promise<void>;
  const post = (path: string, body: unknown, headers: Record<string, string>) =>
    one.ask('POST', path, typeof body === 'string' ? body : JSON.stringify(body), headers);
  const batch = (stream: string, numbers: number[]) =>
    numbers.map((n) => ({ eventId: idOf(stream, n), eventType: 't', data: { n }, metadata: { m: n } }));

  beforeAll(async () => {
    const cluster = await Cluster.of(
      1,
      (act) => {
        destroy = act;
      },
      { version },
    );
    [one] = cluster.start().members;
    await cluster.until('it leads', async () => (await one.state()) === 'leader', 20);
  });
  afterAll(() => destroy());

  it('says what it is', async () => {
    expect(json(await one.get('/info'))).toEqual({
      dbVersion: version,
      esVersion: version,
      state: 'leader',
      features: { projections: false, userManagement: false, atomPub: true },
      authentication: { type: 'insecure', properties: [] },
    });
    expect(
      json(await one.get('/info/options')).find(({ name }: { name: string }) => name === 'ClusterSize').value,
    ).toBe('1');
    expect((await one.get('/ping')).status).toBe(200);
    expect((await one.get('/health/live')).status).toBe(204);
    expect((await one.get('/health/live?liveCode=200')).status).toBe(line === '23.10' ? 204 : 200);
    expect((await one.get('/health/ready')).status).toBe(404);
    expect(json(await one.get('/stats')).proc.id).toBeGreaterThan(0);
    const front = await one.get('/');
    const location = front.headers.get('location')!;
    expect([front.status, location]).toEqual([302, `${one.url}${isKurrent ? '/ui/cluster' : '/web/index.html'}`]);
    expect((await one.get(new URL(location).pathname)).status).toBe(200);
    expect(
      (await one.get('/', { 'x-forwarded-host': 'es.example.org', 'x-forwarded-proto': 'https' })).headers.get(
        'location',
      ),
    ).toMatch(/^https:\/\/es\.example\.org\//);
  });

  it('takes events of its media types, and shows them in pages and alone', async () => {
    const answer = await post('/streams/s', batch('s', [0, 1, 2]), { 'content-type': EVENTS });
    expect([answer.status, answer.headers.get('location')]).toEqual([201, `${one.url}/streams/s/0`]);
    const kurrent = await post('/streams/s', batch('s', [3]), {
      'content-type': 'application/vnd.kurrent.events+json',
    });
    expect(kurrent.status).toBe(isKurrent ? 201 : 415);
    const single = { 'content-type': 'application/json', 'es-eventtype': 't' };
    const moved = await post('/streams/s', '{"n":4}', single);
    const incoming = moved.headers.get('location')!;
    expect([moved.status, incoming]).toEqual([307, expect.stringContaining(`${one.url}/streams/s/incoming/`)]);
    expect((await post(new URL(incoming).pathname, '{"n":4}', single)).status).toBe(201);
    expect((await post(new URL(incoming).pathname, '{"n":4}', single)).status).toBe(201);
    expect((await post('/streams/s', '{}', { 'content-type': 'application/json' })).status).toBe(400);
    expect(await one.read('s')).toEqual(isKurrent ? [0, 1, 2, 3, 4] : [0, 1, 2, 4]);

    expect(json(await one.get('/streams/s/1', JSON_TYPE))).toEqual({ n: 1 });
    const atom = json(await one.get('/streams/s/1', { accept: 'application/vnd.eventstore.atom+json' }));
    expect(atom.content).toMatchObject({ eventNumber: 1, eventStreamId: 's', data: { n: 1 }, metadata: { m: 1 } });
    expect((await one.get('/streams/s/99', JSON_TYPE)).status).toBe(404);
    expect((await one.get('/streams/none', JSON_TYPE)).status).toBe(404);
    expect((await one.get('/streams/s', { accept: 'text/csv' })).status).toBe(406);
    expect(await one.statusWithoutAccept('/streams/s')).toBe(406);
  });

  it('links pages with each other, on the outside name', async () => {
    const numbers = Array.from({ length: 45 }, (_, n) => n);
    expect((await post('/streams/feed', batch('feed', numbers), { 'content-type': EVENTS })).status).toBe(201);
    const found: number[] = [];
    let next: string | undefined = '/streams/feed?embed=body';
    const outside = { ...JSON_TYPE, 'x-forwarded-host': 'es.example.org', 'x-forwarded-proto': 'https' };
    for (let pages = 0; next; pages++) {
      const feed = json(await one.get(next, outside));
      found.push(...feed.entries.map(({ data }: { data: string }) => JSON.parse(data).n));
      expect(pages).toBeLessThan(4);
      const link = feed.links.find(({ relation }: { relation: string }) => relation === 'next')?.uri;
      expect(link ?? 'https://es.example.org/').toMatch(/^https:\/\/es\.example\.org\//);
      next = link && `${new URL(link).pathname}?embed=body`;
    }
    expect(found).toEqual([...numbers].reverse());
    const page = await one.get('/streams/feed/0/forward/20', JSON_TYPE);
    expect(page.headers.get('cache-control')).toContain('max-age=31536000');
    const head = await one.get('/streams/feed', JSON_TYPE);
    expect(head.headers.get('cache-control')).toContain('no-cache');
    expect((await one.get('/streams/feed', { ...JSON_TYPE, 'if-none-match': head.headers.get('etag')! })).status).toBe(
      304,
    );
  });

  it('keeps to expected versions, and knows a retry by its event id', async () => {
    const append = (n: number, expected?: number) =>
      post('/streams/v', batch('v', [n]), {
        'content-type': EVENTS,
        ...(expected === undefined ? {} : { 'es-expectedversion': String(expected) }),
      });
    expect((await append(0, -1)).status).toBe(201);
    expect((await append(0, -1)).status).toBe(201);
    expect((await append(1, 0)).status).toBe(201);
    const wrong = await append(2, 0);
    expect([wrong.status, wrong.headers.get(isKurrent ? 'kurrent-currentversion' : 'es-currentversion')]).toEqual([
      400,
      '1',
    ]);
    expect((await append(1)).status).toBe(201);
    expect((await append(3, -4)).status).toBe(201);
    expect(
      (await post('/streams/none', batch('none', [0]), { 'content-type': EVENTS, 'es-expectedversion': '-4' })).status,
    ).toBe(400);
    expect(await one.read('v')).toEqual([0, 1, 3]);
  });

  it('deletes a stream for now, or for good', async () => {
    for (const n of [0, 1]) expect(await one.append('d', n)).toBe(201);
    expect((await one.ask('DELETE', '/streams/d')).status).toBe(204);
    expect((await one.get('/streams/d', JSON_TYPE)).status).toBe(404);
    expect(await one.append('d', 2)).toBe(201);
    expect(json(await one.get('/streams/d/2', JSON_TYPE))).toEqual({ n: 2 });
    expect((await one.ask('DELETE', '/streams/d', undefined, { 'es-harddelete': 'true' })).status).toBe(204);
    expect((await one.get('/streams/d', JSON_TYPE)).status).toBe(410);
    expect(await one.append('d', 3)).toBe(410);
  });

  it('has the metrics that were recorded', async () => {
    const { text } = await one.get('/metrics');
    const series = text.split('\n').flatMap((row) => {
      if (row.startsWith('# TYPE')) return [row];
      if (!row || row.startsWith('#') || /_bucket\{.*le="[^+]/.test(row)) return [];
      return [
        row
          .replace(/ -?[0-9.e+-]+( \d+)?$/, '')
          .replace(/pid="\d+"/, 'pid=""')
          .replace(/otel_\w+="[^"]*",?/g, '')
          .replace('{}', ''),
      ];
    });
    const known = facts.series as Record<string, string[]>;
    const recorded =
      known[line] ??
      known[line === '23.10' ? '24.10' : '26.0'].filter(
        (name) => !/elections_count|logical_chunk/.test(name) || line !== '23.10',
      );
    expect(new Set(series)).toEqual(new Set(recorded));
    const written = () => Number(/io_events(?:_total)?\{[^}]*activity="written"\} (\d+)/.exec(text)?.[1]);
    expect(written()).toBeGreaterThan(50);
  });
});

describe.concurrent('a double alone', () => {
  it('has what it acknowledged after a kill, and no foreign file in its way', async ({ onTestFinished }) => {
    const cluster = await Cluster.of(1, onTestFinished, { options: { CHUNK_SIZE: '2000' } });
    const [one] = cluster.start().members;
    const leads = () => cluster.until('it leads', async () => (await one.state()) === 'leader', 20);
    await leads();
    for (let n = 0; n < 50; n++) expect(await one.append('s', n)).toBe(201);
    await one.kill();
    expect(one.files.filter((file) => file.startsWith('chunk-')).length).toBeGreaterThan(2);
    writeFileSync(join(one.db, '.learner'), '');
    one.start();
    await leads();
    expect(await one.read('s')).toHaveLength(50);
    expect(await one.append('s', 7, { 'es-expectedversion': '6' })).toBe(201);
    expect(await one.read('s')).toHaveLength(50);
  });

  it('serves no streams unless it is told to', async ({ onTestFinished }) => {
    const cluster = await Cluster.of(1, onTestFinished, { options: { ENABLE_ATOM_PUB_OVER_HTTP: 'false' } });
    const [one] = cluster.start().members;
    await cluster.until('it leads', async () => (await one.state()) === 'leader', 20);
    expect((await one.get('/streams/s', JSON_TYPE)).status).toBe(404);
    expect(json(await one.get('/info')).features.atomPub).toBe(false);
  });

  it('loses, doubles and misplaces what it is told to, and says which', async ({ onTestFinished }) => {
    const cluster = await Cluster.of(1, onTestFinished, {
      faults: 'drop=1/10,duplicate=1/15,misplace=1/25,refuse=1/49',
    });
    const [one] = cluster.start().members;
    await cluster.until('it leads', async () => (await one.state()) === 'leader', 20);
    const statuses: number[] = [];
    for (let n = 1; n <= 50; n++) statuses.push(await one.append('s', n));
    expect(statuses.filter((status) => status !== 201)).toEqual([503]);
    const { acknowledged, planted } = json(await one.get('/double/stats'));
    expect(acknowledged).toEqual({ requests: 49, events: 49, retries: 0 });
    const victims = (kind: string) =>
      planted
        .filter((victim: { kind: string }) => victim.kind === kind)
        .map(({ ids }: { ids: string[] }) => Number.parseInt(ids[0], 16));
    expect([victims('drop'), victims('duplicate'), victims('misplace')]).toEqual([
      [10, 20, 30, 40, 50],
      [15, 45],
      [25],
    ]);
    const read = await one.read('s');
    const missing = Array.from({ length: 50 }, (_, i) => i + 1).filter((n) => !read.includes(n));
    expect(missing).toEqual([10, 20, 25, 30, 40, 49, 50]);
    expect(read.filter((n, i) => read.indexOf(n) !== i)).toEqual([15, 45]);
  });
});
