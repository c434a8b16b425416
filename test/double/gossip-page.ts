import type { Member } from './gossip';

/** A member on the page /gossip, as it was recorded. */
export function asClientsSeeIt(member: Member): object {
  const { tcp, http, client } = member;
  return {
    instanceId: member.instanceId,
    timeStamp: new Date(member.timeStamp).toISOString().replace('Z', '0000Z'),
    state: member.state,
    isAlive: member.isAlive,
    internalTcpIp: tcp.host,
    internalTcpPort: tcp.port,
    internalSecureTcpPort: 0,
    externalTcpIp: tcp.host,
    externalTcpPort: 0,
    externalSecureTcpPort: 0,
    internalHttpEndPointIp: http.host,
    internalHttpEndPointPort: http.port,
    httpEndPointIp: client.host,
    httpEndPointPort: client.port,
    lastCommitPosition: member.lastCommitPosition,
    writerCheckpoint: member.writerCheckpoint,
    chaserCheckpoint: member.writerCheckpoint,
    epochPosition: member.epochPosition,
    epochNumber: member.epochNumber,
    epochId: member.epochId,
    nodePriority: member.nodePriority,
    isReadOnlyReplica: member.isReadOnlyReplica,
    esVersion: member.esVersion,
  };
}
