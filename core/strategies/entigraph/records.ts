/** What the stages hand to each other. All of it is JSON; texts stand only in windows, extractions and records. */

export interface Document {
  readonly docHash: string;
  /** Every id under which this text was given; the first names it. */
  readonly docIds: readonly string[];
  readonly title?: string;
  readonly author?: string;
  readonly date?: string;
  readonly source?: string;
  readonly licence?: string;
  readonly characters: number;
  readonly tokens: number;
  /** Ordinal of its first window in `ingest/windows`; its windows follow one another. */
  readonly firstWindow: number;
  readonly windowCount: number;
}

export interface Window {
  readonly docHash: string;
  /** 0-based in its document. */
  readonly window: number;
  readonly text: string;
  readonly tokens: number;
}

export const ENTITY_TYPES = ['person', 'organisation', 'place', 'object', 'event', 'term', 'idea'] as const;
export type EntityType = (typeof ENTITY_TYPES)[number];

/** A name as it was found, before any cleaning. */
export interface NamedEntity {
  readonly name: string;
  readonly type: EntityType;
}

/** Accepted record of `extract`. */
export interface Extraction {
  readonly docHash: string;
  readonly window: number;
  readonly summary: string;
  readonly title?: string;
  readonly entities: readonly NamedEntity[];
  /** The model's answers were of no use; the entities come from the text alone. */
  readonly textOnly?: true;
}

export interface Entity {
  /** From the name alone, so that it survives changes in the rest of the list. */
  readonly id: string;
  readonly name: string;
  readonly type: EntityType;
  readonly aliases: readonly string[];
  readonly mentions: number;
  /** [window, mentions in it], ascending; windows without a mention are left out. */
  readonly windows: readonly (readonly [number, number])[];
}

interface WindowSummary {
  readonly window: number;
  readonly text: string;
  readonly callKeys: readonly string[];
}

/** Item of `canonicalise/entities`: one per document, in the order of `ingest/documents`. */
export interface DocumentEntities {
  readonly docHash: string;
  readonly docOrdinal: number;
  readonly docIds: readonly string[];
  readonly title: string;
  readonly titleGenerated: boolean;
  readonly author?: string;
  readonly date?: string;
  readonly tokens: number;
  readonly firstWindow: number;
  readonly windowCount: number;
  readonly entities: readonly Entity[];
  readonly summaries: readonly WindowSummary[];
}

export type UnitKind = 'summary' | 'pair' | 'triple';

/** A row of `entigraph`. */
export interface RelateData {
  readonly docHash: string;
  readonly kind: UnitKind;
  /** Ids, in the order in which they are asked for. */
  readonly entityIds: readonly string[];
  readonly sample: number;
  /** Windows of the document that the prompt shows. */
  readonly windows: readonly number[];
  /** Place in the interleaved order of all documents' units. */
  readonly order: number;
}

/** Accepted record of `entigraph`. */
export interface RelateRecord {
  readonly docHash: string;
  readonly docIds: readonly string[];
  readonly title: string;
  readonly kind: UnitKind;
  readonly windowIds: readonly string[];
  readonly entities: readonly { readonly id: string; readonly name: string }[];
  readonly sample: number;
  readonly position: number;
  readonly text: string;
  readonly tokens: number;
  readonly titleAdded: boolean;
  readonly generator: string;
  readonly promptVersion: string;
  /** Of a summary: the calls of the extraction it comes from. */
  readonly callKeys: readonly string[];
  readonly checks: { readonly copyShare: number; readonly distinct4: number };
}

/** Accepted record of `select-entigraph`: a line of the dataset. */
export interface EntigraphRecord extends RelateRecord {
  readonly id: string;
  readonly arm: 'entigraph';
  /** Beyond the target: not in the corpus. */
  readonly surplus: boolean;
}

/** A row of `select-entigraph`. It carries its record because accepted rows of a stage are no collection. */
export interface SelectData {
  readonly record: EntigraphRecord;
  /** MinHash bands, so that later tranches need not count again. */
  readonly bands: readonly number[];
  /** Key of the earlier text that this one repeats. */
  readonly duplicateOf?: string;
}
