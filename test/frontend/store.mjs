// What the members of a cluster have in common: an event is stored once, at the expected version if one was given.
// A second append of the same event is recognized by its expected version alone; with "any" it is stored again, as the
// real server was seen to do after a fail-over.
import { createServer } from 'node:http';

const streams = new Map();
const attempts = new Map();

function append({ stream, id, expected }) {
  attempts.set(id, (attempts.get(id) ?? 0) + 1);
  const events = streams.get(stream) ?? [];
  streams.set(stream, events);
  const at = Number(expected) + 1;
  const any = expected === undefined || Number(expected) < -1;
  if (any || at === events.length) return { status: 201, number: events.push(id) - 1 };
  return events[at] === id ? { status: 201, number: at } : { status: 400, number: 0 };
}

const server = createServer(async (req, res) => {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  if (req.method === 'POST') return res.end(JSON.stringify(append(JSON.parse(Buffer.concat(chunks).toString()))));
  const ids = [...streams.values()].flat();
  res.end(
    JSON.stringify({
      stored: ids.length,
      distinct: new Set(ids).size,
      resent: [...attempts.values()].filter((n) => n > 1).length,
      ids,
    }),
  );
});
server.listen(Number(process.argv[2]), process.argv[3], () => process.stdout.write('ready\n'));
