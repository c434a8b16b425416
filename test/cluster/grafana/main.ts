import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { parse } from 'yaml';

/**
 * In Grafana's place, which cannot be had where these tests run: takes its provisioning as Grafana does, ends when there
 * is a fault in it, answers the health page, and asks data sources by their uid.
 */

interface Datasource {
  readonly uid: string;
  readonly url: string;
  readonly type: string;
  readonly jsonData: { readonly dbName: string };
}
interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: { readonly type: string; readonly datasource?: { readonly uid: string } }[];
}

const provisioning = process.env.GF_PATHS_PROVISIONING ?? '/etc/grafana/provisioning';
const documents = (kind: string) =>
  readdirSync(join(provisioning, kind)).map((file) => parse(readFileSync(join(provisioning, kind, file), 'utf8')));

const datasources: Datasource[] = documents('datasources').flatMap((document) => document.datasources);
const dashboards: Dashboard[] = documents('dashboards')
  .flatMap((document) => document.providers)
  .flatMap(({ options }) =>
    readdirSync(options.path)
      .filter((file) => file.endsWith('.json'))
      .map((file) => JSON.parse(readFileSync(join(options.path, file), 'utf8'))),
  );

for (const { title, panels } of dashboards) {
  for (const { type, datasource } of panels) {
    if (type !== 'row' && !datasources.some(({ uid }) => uid === datasource?.uid))
      throw new Error(`${title}: no data source ${datasource?.uid}`);
  }
}
if (new Set(dashboards.map(({ uid }) => uid)).size !== dashboards.length) throw new Error('two dashboards of one uid');
const home = process.env.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH;
if (home) readFileSync(home);
// as its SQLite and its plug-ins would
writeFileSync('/var/lib/grafana/grafana.db', '');
writeFileSync('/tmp/plugin', '');

createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://grafana');
  const json = (body: unknown) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  if (pathname === '/api/health') return json({ database: 'ok' });
  if (pathname === '/api/search') return json(dashboards.map(({ uid, title }) => ({ uid, title })));
  const [, uid] = /^\/api\/datasources\/proxy\/uid\/([^/]+)\/query$/.exec(pathname) ?? [];
  const datasource = datasources.find((each) => each.uid === uid);
  if (!datasource) return response.writeHead(404).end();
  const query = new URLSearchParams({ db: datasource.jsonData.dbName, q: searchParams.get('q') ?? '' });
  try {
    const answer = await fetch(`${datasource.url}/query?${query}`, { signal: AbortSignal.timeout(5000) });
    return json(await answer.json());
  } catch (error) {
    return response.writeHead(502).end(String(error));
  }
}).listen(Number(process.env.GF_SERVER_HTTP_PORT ?? 3000));
