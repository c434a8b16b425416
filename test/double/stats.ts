import type { Http } from './http';
import type { Node } from './node';

/** The page /stats: its most used fields. The real one lists forty queues as well. */
export function stats(node: Node, http: Http): object {
  const { machine, database } = node;
  const { system, disk, io, memory } = machine;
  return {
    proc: {
      startTime: new Date(node.started).toISOString(),
      id: process.pid,
      mem: memory.rss,
      cpu: machine.cpu,
      threadsCount: machine.threads,
      diskIo: { readBytes: io.read_bytes, writtenBytes: io.write_bytes, readOps: io.syscr, writeOps: io.syscw },
      tcp: { connections: http.connectionCount },
    },
    sys: {
      cpu: machine.cpu,
      loadavg: { '1m': system.load[0], '5m': system.load[1], '15m': system.load[2] },
      freeMem: system.free,
      totalMem: system.total,
      drive: {
        '/': {
          availableBytes: disk.total - disk.used,
          totalBytes: disk.total,
          usage: Math.round((100 * disk.used) / disk.total),
          usedBytes: disk.used,
        },
      },
    },
    es: {
      checksum: database.store.position,
      checksumNonFlushed: database.store.position,
      queue: {},
      writer: { lastFlushSize: database.flushSizes.value, maxFlushDelayMs: 1000 * database.flushTimes.value },
    },
  };
}
