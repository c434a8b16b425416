import { type Options, Refusal } from './options';

/** What is refused although every option is known and of its type. `--what-if` does not come this far. */
export function checkTogether(options: Options): void {
  const size = options.number('ClusterSize');
  const insecure = options.flag('Insecure') || options.flag('Dev');
  const problems: [boolean, string][] = [
    [size <= 0, 'ClusterSize must be greater than 0.'],
    [
      options.number('LeaderElectionTimeoutMs') < 1000,
      'LeaderElectionTimeoutMs must be greater than or equal to 1000.',
    ],
    [
      options.flag('ReadOnlyReplica') && size <= 1,
      'This node cannot be configured as a Read Only Replica as these node types are only supported in a clustered configuration.',
    ],
    [
      options.seeds.length > 1 && size === 1,
      'The given ClusterSize is set to 1 but GossipSeeds are multiple. We will never be able to sync up with this configuration.',
    ],
    [
      size > 1 && !options.flag('DiscoverViaDns') && options.seeds.length === 0,
      'DNS discovery is disabled, but no gossip seed endpoints have been specified. Specify gossip seeds using the `GossipSeed` option.',
    ],
    [
      !insecure &&
        !options.text('CertificateFile') &&
        !options.text('CertificateThumbprint') &&
        !options.text('CertificateSubjectName'),
      'A certificate is required unless insecure mode (--insecure) is set.',
    ],
    [
      insecure && (changed(options, 'DefaultAdminPassword') || changed(options, 'DefaultOpsPassword')),
      'Cannot set default admin password when not using the internal authentication.',
    ],
  ];
  // not the server's words: it would speak TLS
  problems.push([!insecure, 'This double of the server speaks no TLS: set Insecure.']);
  const found = problems.filter(([wrong]) => wrong).map(([, words]) => words);
  if (found.length > 0) throw new Refusal([found[0]]);
}

function changed(options: Options, name: string): boolean {
  return (options.text(name) ?? 'changeit') !== 'changeit';
}
