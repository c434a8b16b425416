import type { Source } from './metric';
import type { Query } from './query';

/** A picture and the question that it answers. */
export interface Panel {
  readonly title: string;
  /** the question, in words; Grafana shows it at the panel's corner, docs/monitoring.md lists it */
  readonly answers: string;
  /** Grafana's name of the unit */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** @default 'lines' */
  readonly kind?: 'lines' | 'bars' | 'states';
  /** where the picture's scale ends */
  readonly max?: number;
  /** a line that should not be crossed */
  readonly limit?: number;
  /** the shortest step, in seconds: every step must hold a scrape, or a gap looks like a dead pod. @default 30 */
  readonly step?: number;
  /** the first release that has these metrics */
  readonly since?: string;
}

/** Panels under one heading. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** What the reader chooses above the pictures. */
export interface Variable {
  readonly name: string;
  readonly label: string;
  /** the query for the choices */
  readonly choices: Record<Source, string>;
}

/** Marks on the time axis of every panel. */
export interface Marks {
  readonly name: string;
  readonly answers: string;
  readonly color: string;
  readonly query: Record<Source, string>;
}

/** A dashboard, without the data source that it is on. */
export interface DashboardDefinition {
  /** the file's name, and the last part of the address */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly refresh: string;
  /** how far back the pictures go, in Grafana's words */
  readonly from: string;
  readonly variables: readonly Variable[];
  readonly rows: readonly Row[];
  readonly marks?: readonly Marks[];
}

/** Every panel of a dashboard, in the order of their numbers, which begin with 1. */
export function panelsOf(dashboard: DashboardDefinition): Panel[] {
  return dashboard.rows.flatMap(({ panels }) => panels);
}
