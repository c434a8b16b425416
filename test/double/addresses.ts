import { networkInterfaces } from 'node:os';
import type { Address, Options } from './options';

/** Where a member says that it can be reached. */
export interface Addresses {
  /** for members */
  readonly http: Address;
  /** for the copying of its log */
  readonly tcp: Address;
  /** for clients */
  readonly client: Address;
}

export function addressesOf(options: Options): Addresses {
  const number = (name: string) => options.number(name);
  const ip = (name: string) => {
    const given = options.text(name) ?? '127.0.0.1';
    return given === '0.0.0.0' ? firstAddress(number('ClusterSize')) : given;
  };
  const http = {
    host: options.text('NodeHostAdvertiseAs') ?? ip('NodeIp'),
    port: number('NodePortAdvertiseAs') || number('NodePort'),
  };
  const tcp = {
    host: options.text('ReplicationHostAdvertiseAs') ?? ip('ReplicationIp'),
    port: number('ReplicationTcpPortAdvertiseAs') || number('ReplicationPort'),
  };
  const client = {
    host: options.text('AdvertiseHostToClientAs') || http.host,
    port: number('AdvertiseNodePortToClientAs') || http.port,
  };
  return { http, tcp, client };
}

/** What a member advertises that listens everywhere and was given no name. */
function firstAddress(size: number): string {
  const found = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const first = found.find(({ family, internal }) => family === 'IPv4' && !internal);
  return size > 1 && first ? first.address : '127.0.0.1';
}
