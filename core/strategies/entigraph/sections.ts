/** The parts of a relation in Markdown: one account per thing and one analysis, each under its heading. */
import { sha256 } from '../../hash';
import type { EntigraphParams } from './params';
import { countMentions, searchable } from './entity-key';

export interface Part {
  /** What stands around the heading's words: `### ` and nothing, or `**` twice. */
  readonly marks: readonly [string, string];
  readonly heading: string;
  readonly body: string;
}

const HEADING = /^(?:(#{1,4}) +(.+?)[ #]*|\*\*([^*\n]+?)\*\*:?)$/u;

/** Parts in order. Text before the first heading is a lead-in and cut; a heading without a body is one too. */
export function parseParts(text: string): Part[] {
  const parts: { marks: [string, string]; heading: string; lines: string[] }[] = [];
  for (const line of text.split('\n')) {
    const match = HEADING.exec(line.trim());
    if (match === null) {
      parts.at(-1)?.lines.push(line);
      continue;
    }
    const [, hashes, hashed, bold] = match;
    const marks: [string, string] = hashes === undefined ? ['**', '**'] : [`${hashes} `, ''];
    parts.push({ marks, heading: (hashed ?? bold ?? '').replace(/^\*\*(.+)\*\*$/u, '$1'), lines: [] });
  }
  return parts
    .map(({ marks, heading, lines }) => ({ marks, heading, body: lines.join('\n').trim() }))
    .filter(({ body }) => body !== '');
}

interface Headed {
  readonly parts: readonly Part[];
  readonly title: string;
  readonly names: readonly string[];
  readonly headings: EntigraphParams['headings'];
  /** Decides which headings a rotated text gets. */
  readonly key: string;
}

/** The text as it is kept. A title that no heading names is added to the first, so that the text says what it is about. */
export function writeParts({ parts, title, names, headings, key }: Headed): {
  text: string;
  titleAdded: boolean;
} {
  if (headings === 'strip') return { text: parts.map(({ body }) => body).join('\n\n'), titleAdded: false };
  const headed =
    headings === 'rotate' ? parts.map((part, index) => rotated(part, index, names, title, key)) : parts;
  const titleAdded = !headed.some(({ heading }) => countMentions(title, searchable(heading)) > 0);
  const text = headed
    .map(({ marks: [open, close], heading, body }, index) => {
      const words = titleAdded && index === 0 ? `${heading} (${title})` : heading;
      return `${open}${words}${close}\n\n${body}`;
    })
    .join('\n\n');
  return { text, titleAdded };
}

const ROTATION: readonly (readonly [account: string, analysis: string])[] = [
  ['{title}: {thing}', '{title}: {things} together'],
  ['{thing} in {title}', 'How {things} meet in {title}'],
  ['What {title} says about {thing}', 'What {title} says about {things}'],
  ['The place of {thing} in {title}', '{things} and their ties in {title}'],
  ['{title}, seen from {thing}', '{title}, between {things}'],
  ['Reading {title} for {thing}', 'Reading {title} for {things}'],
  ['{thing}, according to {title}', '{things}, according to {title}'],
  ['About {thing} ({title})', 'About {things} ({title})'],
];

function rotated(part: Part, index: number, names: readonly string[], title: string, key: string): Part {
  const variant = ROTATION[parseInt(sha256(key).slice(0, 8), 16) % ROTATION.length]!;
  const name = names[index];
  const template = name === undefined ? variant[1] : variant[0];
  const values: Readonly<Record<string, string>> = { title, thing: name ?? '', things: names.join(' and ') };
  return { ...part, heading: template.replace(/\{(\w+)\}/gu, (_, slot: string) => values[slot] ?? '') };
}
