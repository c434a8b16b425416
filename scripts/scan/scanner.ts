import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tool } from '../../test/tools/tools';
import type { Finding } from './finding';
import { addressOf, componentOf, type Located, type Material } from './manifests';

/** One program and how to read what it says. */
export interface Scanner {
  /** As in `tool` of an exception. */
  readonly name: string;
  /** The programs without which it cannot run. */
  readonly needs: readonly Tool[];
  scan(material: Material, context: Context): Promise<Outcome>;
}

/** What a scanner may use. */
export interface Context {
  /** An empty folder of its own. */
  readonly folder: string;
  /** The path of one of the programs that it needs. */
  readonly program: (name: Tool) => string;
  /** Folders with CustomResourceDefinitions, or JSON schemas of custom resources. */
  readonly schemas: readonly string[];
}

/** What came of it. */
export interface Outcome {
  readonly findings: readonly Finding[];
  /** What was looked at, with its unit: a scanner that looked at nothing has proven nothing. */
  readonly looked: string;
  /** Single checks that were made, where the program tells. */
  readonly checks?: number;
}

/** Where a finding belongs. */
export type Place = Pick<Finding, 'object' | 'file' | 'component'>;

export function placeOf({ manifest, file }: Located): Place {
  return { object: addressOf(manifest), file, component: componentOf(manifest) };
}

/** "1 object", "2 objects". */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Every object of every set. */
export function allObjects({ sets }: Material): Located[] {
  return sets.flatMap(({ objects }) => objects);
}

/** Writes each object into a file of its own, and knows them by the file's name, whatever folder stands before it. */
export class Copies {
  private readonly places = new Map<string, Place>();

  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  /** `change` may alter what is written. */
  public add(located: Located, change: (manifest: unknown) => unknown = (manifest) => manifest): void {
    const name = `${String(this.places.size + 1).padStart(6, '0')}.json`;
    writeFileSync(join(this.folder, name), JSON.stringify(change(located.manifest), null, 1));
    this.places.set(name, placeOf(located));
  }

  /** The place of a copy that a scanner names. */
  public placeOf(path: string): Place {
    const place = this.places.get(path.split(/[\\/]/).at(-1) ?? '');
    if (!place) throw new Error(`a scanner named ${path}, which it was not given`);
    return place;
  }
}
