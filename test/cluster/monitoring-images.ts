import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { containerOf, find, generate } from '../helpers';
import { type Tool, tool } from '../tools/tools';
import { bundle, type Image, put } from './images';

/** A small program of this machine: what is packed with it is the C library that the others need. */
const WITH_C_LIBRARY = ['/usr/bin/env'];

/**
 * What the monitoring's manifests name: the real Telegraf and the real InfluxDB, and in the place of Grafana, which
 * cannot be had here, a stand-in that takes its provisioning.
 */
export function monitoringImages(work: string): Image[] {
  const manifests = generate({ monitoring: 'influxdb' });
  const imageOf = (deployment: string) => containerOf(find(manifests, 'Deployment', deployment)).image;
  const real = (part: string, user: number, ...programs: Tool[]): Image => ({
    name: imageOf(`monitoring-${part}`),
    root: copied(join(work, part), programs),
    user,
    programs: WITH_C_LIBRARY,
  });
  const grafana = join(work, 'grafana');
  bundle('test/cluster/grafana/main.ts', join(grafana, 'grafana/grafana.js'));
  put(join(grafana, 'run.sh'), '#!/bin/sh\nexec node /grafana/grafana.js\n');
  return [
    real('telegraf', 10001, 'telegraf'),
    real('influxdb', 10001, 'influxd', 'influx'),
    {
      name: imageOf('monitoring-grafana'),
      root: grafana,
      user: 472,
      programs: [process.execPath],
      entrypoint: '/run.sh',
    },
  ];
}

function copied(root: string, programs: Tool[]): string {
  mkdirSync(join(root, 'usr/bin'), { recursive: true });
  for (const program of programs) copyFileSync(tool(program)!, join(root, 'usr/bin', program));
  return root;
}
