import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parsePlan, time } from '../../cli/benchmark/plan';
import { runCli } from '../../cli/run';
import { codeOf } from '../helpers';

const plan = (text: string) => parsePlan(text, 'es');

describe('--benchmark', () => {
  it('reads every key', () => {
    expect(
      plan(
        'users=500,rate=20,duration=5m,warmup=90s,generators=2,events=4,retries=1,timeout=60s,door=service,reads=leader,results=claim:bench,variant=pod storage,kills=1m+3m18s:leader+4m:es-2',
      ),
    ).toEqual({
      ...{ users: 500, rate: 20, duration: 300, warmup: 90, generators: 2, events: 4, retries: 1, timeout: 60 },
      ...{ door: 'service', reads: 'leader', results: { claim: 'bench' }, variant: 'pod storage' },
      kills: [{ at: 60 }, { at: 198, victim: 'leader' }, { at: 240, victim: 2 }],
    });
  });

  it('reads times as people write them', () => {
    const seconds = fc.nat(86_400);
    fc.assert(
      fc.property(seconds, (given) => {
        const [h, m, s] = [Math.floor(given / 3600), Math.floor((given % 3600) / 60), given % 60];
        const text = [h ? `${h}h` : '', m ? `${m}m` : '', s || given === 0 ? `${s}s` : ''].join('');
        expect(time(text)).toBe(given);
        expect(time(`${given}s`)).toBe(given);
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['no value', 'users='],
    ['no key', '100'],
    ['an empty part', 'users=100,,duration=5m'],
    ['an unknown key', 'vus=100'],
    ['a key that every object has', 'constructor=1'],
    ['a key twice', 'users=1,users=2'],
    ['a number with a unit', 'users=1k'],
    ['a negative number', 'users=-1'],
    ['a time without a unit', 'duration=300'],
    ['a time of nothing', 'duration=m'],
    ['an unknown door', 'door=back'],
    ['unknown results', 'results=s3'],
    ['kills with a comma', 'kills=1m,3m'],
    ['a kill of another cluster', 'kills=1m:db-1'],
    ['a kill of the nobody', 'kills=1m:es-0'],
    ['a kill with too many colons', 'kills=1m:es-1:es-2'],
    ['a kill of no time', 'kills=leader'],
  ])('refuses %s', (_, text) => {
    expect(codeOf(() => plan(text))).toBe('ES540');
  });

  it('names the key that was probably meant', () => {
    expect(() => plan('user=10')).toThrow('did you mean users');
  });
});

describe('synth with --benchmark', () => {
  let out: string;
  let said: string;
  beforeEach(() => {
    out = join(mkdtempSync(join(tmpdir(), 'bench-')), 'dist');
    said = '';
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, 'write').mockImplementation((text) => {
        said += text;
        return true;
      });
    }
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(join(out, '..'), { recursive: true, force: true });
  });
  const synth = (...args: string[]) => runCli(['--nodes', '3', '--out', out, ...args]);
  const benchmark = join('benchmark');

  it('leaves all other files as they are, byte by byte', () => {
    synth();
    const before = readdirSync(out).map((name) => readFileSync(join(out, name), 'utf8'));
    synth('--benchmark', 'users=20,kills=1m+3m18s');
    const files = readdirSync(out).filter((name) => name !== benchmark);
    expect(files.map((name) => readFileSync(join(out, name), 'utf8'))).toEqual(before);
    expect(readdirSync(join(out, benchmark)).sort()).toEqual(['kills.k8s.yaml', 'load.k8s.yaml']);
  });

  it('kills a follower and the leader in turns, and names the variant after the storage', () => {
    synth('--storage', 'disk', '--benchmark', 'kills=1m+2m+3m');
    const kills = readFileSync(join(out, benchmark, 'kills.k8s.yaml'), 'utf8');
    expect([...kills.matchAll(/"victim": "(\w+)"/g)].map(([, victim]) => victim)).toEqual([
      'follower',
      'leader',
      'follower',
    ]);
    expect(readFileSync(join(out, benchmark, 'load.k8s.yaml'), 'utf8')).toContain('"variant": "disk"');
  });

  it('takes its own files away when they are no longer asked for, and leaves those of others', () => {
    synth('--benchmark', 'kills=1m');
    synth('--benchmark', 'users=10');
    expect(readdirSync(join(out, benchmark))).toEqual(['load.k8s.yaml']);
    synth();
    expect(existsSync(join(out, benchmark))).toBe(false);
  });

  it('writes nothing at all when a word of it is wrong', () => {
    for (const [text, code] of [
      ['users=many', 'ES540'],
      ['users=0', 'ES541'],
      ['kills=10m', 'ES548'],
      ['kills=1m:es-9', 'ES549'],
      ['variant=a/b', 'ES545'],
    ]) {
      said = '';
      expect(synth('--benchmark', text)).toBe(1);
      expect(said).toMatch(new RegExp(`^${code} [^\n]+\n$`));
      expect(existsSync(out)).toBe(false);
    }
  });

  it('prints no load with --stdout: it would start with its cluster', () => {
    expect(runCli(['--stdout', '--benchmark', 'users=10'])).toBe(0);
    expect(said).toContain('ES006W --benchmark');
    expect(said).not.toContain('kind: Job');
  });
});
