/** A drawing that a library made becomes part of our page only after this: known elements, known attributes, text. */
import { Html } from './html';

const ELEMENTS = new Set(['svg', 'g', 'path', 'rect', 'circle', 'line', 'polyline', 'polygon', 'text']);
/** Without fonts, ids, classes, links and events: the page's style sheet decides how a drawing looks. */
const ATTRIBUTES = new Set(
  (
    'viewBox width height x y x1 y1 x2 y2 cx cy r rx ry d points transform fill fill-opacity stroke stroke-width ' +
    'stroke-opacity stroke-dasharray stroke-linecap stroke-linejoin opacity text-anchor dominant-baseline'
  ).split(' '),
);
/** Its style sheet is about the pointer; its definitions are clips, of which ours need none. */
const LEFT_OUT = /<style\b[^<>]*>\s*<!\[CDATA\[[^<>]*\]\]>\s*<\/style>|<defs\b[^<>]*>.*?<\/defs>/gs;
const TAG = /<(\/?)([A-Za-z]+)((?:\s+[\w:-]+="[^"<>]*")*)\s*(\/?)>/g;
const ATTRIBUTE = /([\w:-]+)="([^"<>]*)"/g;
const REFERENCE = /url\(|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** @throws RangeError for an element that is not known, and for a `<` that begins none. */
export function safeSvg(drawing: string): Html {
  const svg = drawing.replace(LEFT_OUT, '').replace(/\s*\n\s*/g, '');
  if (svg.replace(TAG, '').includes('<')) throw new RangeError('a drawing with a broken element');
  const rebuilt = svg.replace(TAG, (_, close: string, name: string, attributes: string, empty: string) => {
    if (!ELEMENTS.has(name)) throw new RangeError(`a drawing with an element <${name}>`);
    const kept = [...attributes.matchAll(ATTRIBUTE)].filter(
      ([, attribute = '', value = '']) => ATTRIBUTES.has(attribute) && !REFERENCE.test(value),
    );
    return `<${close}${name}${kept.map(([whole]) => ` ${whole}`).join('')}${empty}>`;
  });
  return new Html(rebuilt);
}
