import type { Database, ReadEvent } from './database';
import type { Exchange } from './http';
import type { Line } from './line';

/** Which page of a stream is asked for. */
export interface Feed {
  /** undefined: from the end */
  readonly from?: number;
  readonly forward: boolean;
  readonly count: number;
  /** the stream's own address, with no page in it */
  readonly whole: boolean;
}

interface Page {
  readonly eTag: string;
}

/** A page, newest first, with links to the others; `isFull`: it never changes. */
export function feedOf(
  database: Database,
  stream: string,
  head: number,
  page: Feed,
  { url, outside }: Exchange,
  line: Line,
): { feed: Page; isFull: boolean } {
  const { count, forward } = page;
  const first = database.first(stream);
  const from = page.from ?? (forward ? first : head);
  const low = Math.max(first, forward ? from : from - count + 1);
  const high = Math.min(head, forward ? from + count - 1 : from);
  const events: ReadEvent[] = [];
  for (let number = high; number >= low; number--) {
    const event = database.event(stream, number);
    if (event) events.push(event);
  }
  const self = `${outside}/streams/${encodeURIComponent(stream)}`;
  const link = (relation: string, path: string) => ({ uri: `${self}${path}`, relation, type: null });
  const isHead = high >= head;
  const links = [link('self', ''), link('first', `/head/backward/${count}`)];
  if (low > first)
    links.push(link('last', `/${first}/forward/${count}`), link('next', `/${low - 1}/backward/${count}`));
  if (high >= low) links.push(link('previous', `/${high + 1}/forward/${count}`));
  links.push(link('metadata', '/metadata'));
  const embed = url.searchParams.get('embed')?.toLowerCase() ?? 'none';
  const feed = {
    title: `Event stream '${stream}'`,
    id: self,
    updated: new Date(events[0]?.created ?? 0).toISOString(),
    streamId: stream,
    author: { name: line.author },
    headOfStream: isHead,
    selfUrl: self,
    eTag: `${head};${hash(embed)}`,
    links,
    entries: events.map((event) => entry(event, outside, line, embed)),
  };
  return { feed, isFull: !isHead && events.length === count && !page.whole };
}

/** An entry of a feed: as much of the event as was asked for. */
function entry(event: ReadEvent, outside: string, line: Line, embed: string): object {
  const rich = {
    eventId: event.i,
    eventType: event.t,
    eventNumber: event.number,
    ...(embed === 'rich' ? {} : { data: event.d, metaData: event.m || null, linkMetaData: null }),
    streamId: event.stream,
    isJson: event.j,
    isMetaData: event.m !== '',
    isLinkMetaData: false,
    isRedacted: false,
    positionEventNumber: event.number,
    positionStreamId: event.stream,
  };
  const isRich = ['rich', 'body', 'pretty', 'tryharder'].includes(embed);
  const plain = plainEntry(event, outside, line);
  return isRich ? { ...rich, ...plain } : embed === 'content' ? { ...plain, content: eventOf(event) } : plain;
}

function plainEntry(event: ReadEvent, outside: string, line: Line) {
  const uri = `${outside}/streams/${encodeURIComponent(event.stream)}/${event.number}`;
  return {
    title: `${event.number}@${event.stream}`,
    id: uri,
    updated: new Date(event.created).toISOString(),
    author: { name: line.author },
    summary: event.t,
    links: [
      { uri, relation: 'edit', type: null },
      { uri, relation: 'alternate', type: null },
    ],
  };
}

export function entryOf(event: ReadEvent, outside: string, line: Line): object {
  return { ...plainEntry(event, outside, line), content: eventOf(event) };
}

export function eventOf(event: ReadEvent): object {
  const value = (text: string) => (event.j && text !== '' ? JSON.parse(text) : text);
  return {
    eventStreamId: event.stream,
    eventNumber: event.number,
    eventType: event.t,
    eventId: event.i,
    data: value(event.d),
    metadata: value(event.m),
  };
}

function hash(text: string): number {
  let sum = 17;
  for (const letter of text) sum = (sum * 31 + letter.charCodeAt(0)) | 0;
  return Math.abs(sum);
}
