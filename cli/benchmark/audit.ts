import type { CommandModule } from 'yargs';
import type { Settings } from '../../lib/benchmark/settings';
import { EventStoreError } from '../../lib/errors';
import type { Given } from '../config-file';
import { K6, MEMBERS, membersOf, requireUrl, URL_FLAG } from './bench-flags';
import { ledgersIn, readRun } from './folder';
import { requireSuccess, runK6 } from './k6';
import { mergeAudits } from './merge-audit';

/** `npm run audit`: reads back what the ledger of a run holds, once more. */
export const auditCommand: CommandModule = {
  command: 'audit <folder>',
  describe: "read every event back that a run's ledger holds",
  builder: (yargs) =>
    yargs
      .usage(
        "npm run audit -- FOLDER --url http://127.0.0.1:2113 [flags]\n\nReads every event back that the ledger of a run's folder holds, and writes audit.ndjson there anew.",
      )
      .positional('folder', {
        type: 'string',
        demandOption: true,
        describe: "the run's folder, e.g. results/local/run-1",
      })
      .options({ url: URL_FLAG, members: MEMBERS, k6: K6 })
      .example('npm run audit -- results/pod/run-1 --url http://127.0.0.1:2113', 'the leader behind a port-forward'),
  handler: (argv) => {
    const given = argv as Given;
    const folder = String(given.folder);
    const run = readRun(folder) as unknown as Settings;
    const url = given.url === undefined ? run.url : requireUrl('--url', String(given.url));
    // an address for this machine makes those inside Kubernetes useless
    const members = (given.members ?? given.url) ? membersOf(given.members as string | undefined) : run.members;
    auditFolder(folder, { ...run, url, members }, (given.k6 as string | undefined) ?? 'k6');
    process.stdout.write(`the audit is in ${folder}/audit.ndjson\n`);
  },
};

/** Audits all ledgers of a run's folder. */
export function auditFolder(folder: string, settings: Settings, program: string): void {
  const shards = ledgersIn(folder);
  if (shards.length === 0) {
    throw new EventStoreError(
      'ES552',
      `a run's folder must hold ledger-1.log, got ${folder}: nothing was written, or the run is not complete`,
    );
  }
  for (const shard of shards) {
    const environment = { JOB_COMPLETION_INDEX: String(shard - 1) };
    const code = runK6({
      program,
      script: 'audit',
      settings,
      results: folder,
      log: `audit-${shard}.ndjson`,
      environment,
    });
    requireSuccess('audit', code, folder);
  }
  mergeAudits(folder, shards);
}
