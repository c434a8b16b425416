import { setTimeout as sleep } from 'node:timers/promises';
import { ask, connections } from './http';
import type { AuditOptions, AuditSummary, Ledger } from './shapes';

/** Looks for every event of the ledger on every member, in the member's own data. */
export async function audit({ members, ledger }: AuditOptions): Promise<AuditSummary> {
  const holds = await Promise.all(members.map((member) => heldBy(member, ledger)));
  const missing = Object.fromEntries(members.map((member) => [member, 0]));
  const lost: string[] = [];
  let checked = 0;
  for (const [stream, ids] of Object.entries(ledger)) {
    for (const [number, id] of ids.entries()) {
      checked++;
      const lacking = members.filter((_, i) => holds[i][stream]?.[number] !== id);
      for (const member of lacking) missing[member]++;
      if (lacking.length === members.length) lost.push(`${number}@${stream}`);
    }
  }
  return { checked, lost, missing };
}

/** What a member holds of the ledger's streams. A page that cannot be read is asked for again, five times. */
async function heldBy(member: string, ledger: Ledger): Promise<Ledger> {
  const agent = connections();
  const held: Ledger = {};
  for (const [stream, ids] of Object.entries(ledger)) {
    held[stream] = [];
    for (let from = 0; from < ids.length; from += 200) {
      const url = `${member}/streams/${stream}/${from}/forward/200?embed=body`;
      let status = 0;
      for (let tries = 0; tries < 5 && status !== 200 && status !== 404; tries++) {
        if (tries > 0) await sleep(500);
        const answer = await ask(
          url,
          { headers: { accept: 'application/vnd.eventstore.atom+json' }, timeoutMs: 5000 },
          agent,
        );
        status = answer.status;
        if (status !== 200) continue;
        for (const entry of JSON.parse(answer.body).entries)
          held[stream][entry.eventNumber] = JSON.parse(entry.data).id;
      }
    }
  }
  return held;
}
