import { readdirSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { checkManifests } from '../contracts';
import { generate } from '../helpers';
import { mutated } from './mutation';
import { changedPlaces, withoutLines, withoutObjects } from './systematic';

const scenarios: Record<string, any> = {
  dist: readdirSync('dist')
    .filter((f) => f.endsWith('.yaml'))
    .flatMap((f) => parseAllDocuments(readFileSync('dist/' + f, 'utf8')).map((d) => d.toJS())),
  disk: generate({ storage: 'disk' }),
  pod: generate({}),
  nfs: generate({ storage: 'azurefile', protocol: 'nfs', storageAccount: 'esstore', resourceGroup: 'rg' }),
  internal: generate({ exposure: 'internal', allowedIps: ['10.0.0.0/8', '192.168.7.0/24'] }),
  dyn: generate({ storage: 'azurefile-dynamic', serverVersion: '23.10' }),
  secure: parseAllDocuments(readFileSync('test/golden/exposure-public-secure.yaml', 'utf8')).map((d) => d.toJS()),
};
for (const [n, m] of Object.entries(scenarios)) {
  if (process.argv[2] && n !== process.argv[2]) continue;
  const t = Date.now();
  const all = [
    ...withoutObjects(m),
    ...changedPlaces(m),
    ...withoutLines(m, 'start.sh'),
    ...withoutLines(m, 'nginx.conf'),
  ];
  const surv = all.filter((x) => checkManifests(mutated(m, x)).length === 0);
  console.log('=====', n, all.length, surv.length, Date.now() - t, 'ms');
  for (const s of surv) console.log(s.name);
}
