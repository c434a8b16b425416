import { EventStoreError } from '../errors';

/** What Azure and Kubernetes accept. No pattern lets a quote, a blank or a line break through: scripts hold these, too. */
const NAMES = {
  'storage account': ['ES206', /^[a-z0-9]{3,24}$/, '3 to 24 lower-case letters and digits'],
  'resource group': ['ES206', /^[-\w.()]{0,89}[-\w()]$/, 'at most 90 letters, digits and "-_.()", no "." at the end'],
  'secret name': [
    'ES206',
    /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/,
    'lower-case letters, digits, "-" and ".", e.g. azure-secret',
  ],
  'claim name': [
    'ES206',
    /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/,
    'lower-case letters, digits, "-" and ".", e.g. bench-results',
  ],
  sku: [
    'ES206',
    /^(Standard|Premium|StandardV2|PremiumV2)_(LRS|GRS|ZRS|GZRS|RAGRS|RAGZRS)$/,
    'a tier and a redundancy, e.g. Premium_ZRS or PremiumV2_LRS',
  ],
  'share name': [
    'ES201',
    /^(?!.*--)[a-z0-9][-a-z0-9]{1,61}[a-z0-9]$/,
    '3 to 63 lower-case letters, digits and single "-", no "-" at an end; change the share prefix',
  ],
} as const satisfies Record<string, readonly [string, RegExp, string]>;

/** Fails for a name that Azure or Kubernetes refuses. */
export function requireSyntax(what: keyof typeof NAMES, given: string | undefined): void {
  const [code, pattern, allowed] = NAMES[what];
  if (given !== undefined && !pattern.test(given)) {
    throw new EventStoreError(code, `${what} must be ${allowed}, got ${JSON.stringify(given)}`);
  }
}
